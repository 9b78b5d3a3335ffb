"""How far the whole picture moves from one thumbnail to the next, to parts of a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import sub

from PIL import Image

from .thumbnails import HIGH, WIDE

REACH = 5
"""Pixels of a thumbnail that are searched to each side."""
MATCH = 0.6
"""Share of the difference that a move must leave at most, to be one of the whole picture."""

Profile = tuple[bytes, bytes]
"""Mean light of each column and of each row."""


def profile(picture: Image.Image) -> Profile:
    """The two profiles of a thumbnail."""
    box = Image.Resampling.BOX
    return picture.resize((WIDE, 1), box).tobytes(), picture.resize((1, HIGH), box).tobytes()


def shift(before: Profile, after: Profile) -> tuple[float, float]:
    """Pixels to the right and down; 0 where the picture as a whole did not move."""
    return _moved(before[0], after[0]), _moved(before[1], after[1])


def jitter(ways: Sequence[tuple[float, float]]) -> list[float]:
    """By how much each way differs from the one before, in pixels."""
    turns = (abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(ways))
    return [0.0, *turns][: len(ways)]


def _moved(before: bytes, after: bytes) -> float:
    unlike = {by: _unlike(before, after, by) for by in range(-REACH, REACH + 1)}
    best = min(unlike, key=lambda by: (unlike[by], abs(by)))
    if best == 0 or unlike[best] > MATCH * unlike[0]:
        return 0.0
    if abs(best) == REACH:
        return float(best)
    left, here, right = (unlike[best + by] for by in (-1, 0, 1))
    bend = left - 2 * here + right
    return best + (0.5 * (left - right) / bend if bend > 0 else 0.0)


def _unlike(before: bytes, after: bytes, by: int) -> float:
    """Mean difference when ``after`` is ``before`` moved on by so many pixels."""
    there, here = (after[by:], before) if by >= 0 else (after, before[-by:])
    both = min(len(there), len(here))
    differences: int = sum(map(abs, map(sub, there[:both], here[:both])))
    return differences / both
