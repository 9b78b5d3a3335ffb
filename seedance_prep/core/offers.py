"""The same request at other tiers, resolutions and lengths, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .limits import Limits
from .media import Media
from .price import cost
from .request import Request

LENGTHS = (4, 5, 8, 10, 15)
"""Seconds of output that are compared, besides the one that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the request costs at one tier, resolution and length."""

    name: str
    """Of the profile: ``fast``."""
    endpoint: str
    resolution: str
    duration: int
    """Seconds."""
    low: Decimal
    high: Decimal


def lengths(request: Request) -> tuple[int, ...]:
    """The lengths that are compared, with the one that was asked for."""
    asked = str(request.duration)
    more = (int(asked),) if asked.isdecimal() and int(asked) <= LENGTHS[-1] else ()
    return tuple(sorted({*LENGTHS, *more}))


def offers(
    request: Request, media: Sequence[Media], profiles: Iterable[Limits]
) -> tuple[Offer, ...]:
    """What ``media`` (as sent) cost at every resolution of every profile, for each length."""
    return tuple(
        _offer(request, media, limits, resolution, seconds)
        for limits in profiles
        for resolution in limits.parameter.resolution.value
        for seconds in lengths(request)
        if str(seconds) in limits.parameter.duration.value
    )


def _offer(
    request: Request, media: Sequence[Media], limits: Limits, resolution: str, seconds: int
) -> Offer:
    asked = replace(request, resolution=resolution, duration=seconds)
    found = cost(asked, media, limits)
    return Offer(
        name=limits.name,
        endpoint=limits.endpoint,
        resolution=resolution,
        duration=seconds,
        low=found.low,
        high=found.high,
    )
