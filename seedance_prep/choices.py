"""What the caller chose: how far a fix may go, and by which numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .core.finding import Level, Trust
from .core.limits import Limits
from .core.outcome import Verify
from .core.request import DEFAULT_ENDPOINT, Request
from .core.service import FAL
from .errors import UsageError
from .limits import load, profile

if TYPE_CHECKING:
    from .cache import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How far a fix may go, and how many files are worked on at a time."""

    allow: Trust = Trust.LOSSY
    mend: Level = Level.ERROR
    tolerant: bool = False
    private_addresses: bool = False
    """Whether a URL may lead to an address that is not public."""
    jobs: int = max(1, min(4, os.cpu_count() or 1))
    verify: Verify | None = None
    """What finished clips are measured for."""
    profile: Limits | None = None
    """The numbers to go by; ``None``: those of the endpoint."""
    cache: Cache | None = None
    """Where what was found and made before is kept; ``None``: nowhere."""

    def with_jobs(self, jobs: int | None) -> Options:
        """The same with another number of files at a time, when one is given."""
        return replace(self, jobs=jobs) if jobs else self


def profile_of(name: str | Path | None) -> Limits | None:
    """The limits of a name or a TOML file. Raises ``UsageError``, with every mistake of a file."""
    return None if name is None else profile(name)


def limits_for(request: Request, options: Options) -> Limits:
    """The numbers that a request is judged by."""
    found = options.profile
    if found is None:
        return load(request.endpoint, tolerant=options.tolerant)
    if request.endpoint not in {DEFAULT_ENDPOINT, found.endpoint}:
        raise UsageError(
            f"the profile {found.name} is of {found.endpoint}, not of {request.endpoint};"
            " leave the endpoint out"
        )
    return replace(found, tolerant=options.tolerant)


def need_sendable(limits: Limits | None) -> None:
    """Raise ``UsageError`` for numbers of a service that nothing is sent to."""
    if limits is not None and limits.service != FAL.name:
        raise UsageError(
            f"the profile {limits.name} is of {limits.service}; requests are sent to fal only"
            " (check, fix and price go by it)"
        )
