"""Where the service is: the bases of fal's hosts, or one base for the local service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Bases of the service's URLs, without a slash at the end."""

    name: str
    queue: str
    rest: str
    api: str
    """Platform API, with its version: listings and prices."""
    site: str = ""
    """Where models are described."""
    needs_key: bool = True


FAL = Service(
    name="fal",
    queue="https://queue.fal.run",
    rest="https://rest.fal.ai",
    api="https://api.fal.ai/v1",
    site="https://fal.ai",
)


def at(base: str) -> Service:
    """A service that has everything on one base, as the local one has."""
    root = base.rstrip("/")
    return Service(name=root, queue=root, rest=root, api=f"{root}/v1", site=root, needs_key=False)
