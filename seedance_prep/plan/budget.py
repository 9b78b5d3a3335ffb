"""What clips have together: seconds, shared by weight, and bytes, by weight and need.

Pouring: everyone's share rises at the pace of its weight; who is full keeps all it has, and
the rest goes to the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, sqrt

MILLISECOND = 1000
BYTES_PER_SECOND_MIN = 250_000
"""Bytes that an encode must be given (2 Mbit/s): under that it looks worse than a smaller clip."""
DOUBT = 4.0
"""How far a need may be underestimated: by half, and the quick encode spends twice as much."""
HEADROOM = 0.98
"""Share of the bytes that is handed out: an encoder's size cannot be predicted exactly."""
TOLERANCE = 1e-6
"""Seconds below which two lengths are the same."""


@dataclass(frozen=True, slots=True)
class Cup:
    """One clip among those that share."""

    full: float
    """What it has; it cannot use more."""
    least: float
    """It must keep this much (or all, when it has less)."""
    weight: float = 1.0

    @property
    def low(self) -> float:
        """The least that it may be given."""
        return min(self.full, self.least)

    def at(self, level: float) -> float:
        """Its share when the level stands there."""
        return min(self.full, max(self.low, level * self.weight))


def poured(cups: Sequence[Cup], room: float) -> tuple[float, ...] | None:
    """Shares that fill the room, in whole milliseconds, or ``None`` if the least is too much."""
    if sum(cup.low for cup in cups) > room + TOLERANCE:
        return None
    if sum(cup.full for cup in cups) <= room + TOLERANCE:
        return tuple(cup.full for cup in cups)
    level = _level(cups, room)
    return tuple(_whole(cup, cup.at(level)) for cup in cups)


def _whole(cup: Cup, share: float) -> float:
    if share >= cup.full:
        return cup.full
    return max(cup.low, floor(share * MILLISECOND + TOLERANCE) / MILLISECOND)


def _level(cups: Sequence[Cup], room: float) -> float:
    """The sum of shares is linear between the levels at which someone starts or is full."""
    turns = sorted({edge / cup.weight for cup in cups for edge in (cup.low, cup.full)})
    for low, high in pairwise([0.0, *turns]):
        below, above = (sum(cup.at(level) for cup in cups) for level in (low, high))
        if above >= room:
            part = (room - below) / (above - below) if above > below else 0.0
            return low + (high - low) * max(0.0, part)
    return turns[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The bytes of one clip."""

    index: int
    bytes: int
    """As it is (or copied)."""
    seconds: float
    """Of the part that is kept."""
    weight: float
    need: float
    """Bytes that an encode of it will want for each second, by what its source spends."""
    encoded: bool
    free: bool
    """Whether it may be encoded."""

    @property
    def least(self) -> int:
        """What an encode of it needs."""
        return int(BYTES_PER_SECOND_MIN * self.seconds) + 1

    @property
    def wants(self) -> float:
        """Bytes with which nothing is missing, however wrong the estimate."""
        return max(DOUBT * self.need * self.seconds, self.least)

    @property
    def pace(self) -> float:
        """How fast its part rises beside the parts of the others.

        By the root of its need: twice the noise is worth more bytes, but not twice as many.
        """
        return self.weight * sqrt(max(self.need, 1.0)) * max(self.seconds, 0.1)


def too_heavy(loads: Sequence[Load], end: int) -> frozenset[int]:
    """Clips that must be encoded, too, so that all stay under ``end`` bytes: the largest first."""
    encoded = {load.index for load in loads if load.encoded}
    candidates = sorted(
        (load for load in loads if load.free and not load.encoded),
        key=lambda load: (-load.bytes, load.index),
    )
    for load in candidates:
        if _fits(loads, encoded, end):
            break
        encoded.add(load.index)
    if not _fits(loads, encoded, end):
        return frozenset()
    return frozenset(encoded) - {load.index for load in loads if load.encoded}


def _fits(loads: Iterable[Load], encoded: set[int], end: int) -> bool:
    total = sum(load.least if load.index in encoded else load.bytes for load in loads)
    return total <= end * HEADROOM if encoded else total < end


def allotted(loads: Sequence[Load], end: int) -> dict[int, int]:
    """Bytes that each encoded clip must stay under, by index.

    Who wants little gets all it wants; the others share the rest by weight, length and need.
    """
    kept = sum(load.bytes for load in loads if not load.encoded)
    encoded = [load for load in loads if load.encoded]
    room = max(end * HEADROOM - kept, float(sum(load.least for load in encoded)))
    shares = poured([Cup(load.wants, load.least, load.pace) for load in encoded], room) or ()
    spare = room / max(1.0, sum(shares))  # where all have what they want, none need be held back
    return {load.index: int(share * spare) for load, share in zip(encoded, shares, strict=True)}
