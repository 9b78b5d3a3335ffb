"""Change bytes of a file the way that finds faults: flips, cuts, splices, lying lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

Change = Callable[[bytearray, Random, bytes], None]
EXTREMES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
LENGTHS = (0, 1, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
KEPT = 64
"""Bytes at the start that most changes leave alone: else a file is nothing known, and no decoder
ever sees it."""
MOST = 8
"""Changes of one file."""


def mutant(data: bytes, other: bytes, chance: Random) -> bytes:
    """One changed copy of ``data``; ``other`` is what may be spliced in."""
    copy = bytearray(data)
    for _ in range(chance.randint(1, MOST)):
        if len(copy) < KEPT:
            break
        chance.choice(CHANGES)(copy, chance, other)
    return bytes(copy)


def _place(copy: Sequence[int], chance: Random) -> int:
    """Where headers are, mostly: near the start or the end."""
    first = 0 if chance.random() < 0.05 else min(KEPT, len(copy) - 1)
    last = len(copy) - 1
    kind = chance.random()
    if kind < 0.5:
        last = min(last, first + 4096)
    elif kind < 0.7:
        first = max(first, last - 4096)
    return chance.randint(first, last)


def _flip(copy: bytearray, chance: Random, _: bytes) -> None:
    copy[_place(copy, chance)] ^= 1 << chance.randrange(8)


def _extreme(copy: bytearray, chance: Random, _: bytes) -> None:
    copy[_place(copy, chance)] = chance.choice(EXTREMES)


def _length(copy: bytearray, chance: Random, _: bytes) -> None:
    at, order = _place(copy, chance), chance.choice(("big", "little"))
    value = chance.choice((*LENGTHS, len(copy), len(copy) + 1))
    copy[at : at + 4] = value.to_bytes(4, "big" if order == "big" else "little")


def _cut(copy: bytearray, chance: Random, _: bytes) -> None:
    del copy[_place(copy, chance) :]


def _delete(copy: bytearray, chance: Random, _: bytes) -> None:
    at = _place(copy, chance)
    del copy[at : at + chance.choice((1, 2, 4, 16, 256, 4096))]


def _repeat(copy: bytearray, chance: Random, _: bytes) -> None:
    at = _place(copy, chance)
    copy[at:at] = copy[at : at + chance.choice((1, 4, 64, 1024))] * chance.randint(1, 8)


def _splice(copy: bytearray, chance: Random, other: bytes) -> None:
    source = chance.randrange(len(other))
    part = other[source : source + chance.choice((4, 16, 256, 4096))]
    at = _place(copy, chance)
    copy[at : at + len(part)] = part


CHANGES: tuple[Change, ...] = (_flip, _flip, _extreme, _length, _length, _cut, _delete, _repeat,
                               _splice)  # fmt: skip
