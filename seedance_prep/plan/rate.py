"""Knob ``rate``: one constant frame rate that every source agrees on."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from ..core.limits import VideoLimits
from ..core.media import VideoFacts

STANDARD = tuple(
    Fraction(text) for text in ("24", "25", "30000/1001", "30", "48", "50", "60000/1001")
)
"""Cadences that players and editors expect, all within 24..59.94."""
FALLBACK = Fraction(30)
"""For a clip whose rate could not be measured: what phones and screen recorders aim for."""
SAME = Fraction(2, 10_000)
"""29.97 as a container rounds it is 30000/1001."""
HALVES = Fraction(2, 1000)
"""120 is twice 59.94 up to one frame in a thousand, less than one in 15 s."""


def target_rate(facts: VideoFacts, bounds: VideoLimits) -> Fraction:
    """Frames per second of the encode.

    Too slow: repeats every frame equally often where that gives a common rate (12 -> 24,
    10 -> 30), else the nearest common one. Too fast: keeps every n-th frame where that gives a
    standard rate, else 59.94. Varying: the nearest standard rate. In the window: as it is.
    """
    fps = facts.fps
    if fps is None or fps <= 0:
        return FALLBACK
    if fps < bounds.fps_safe_min.value:
        return _repeated(fps)
    if fps > bounds.fps_safe_max.value:
        return _thinned(fps, bounds.fps_safe_max.value)
    near = _nearest(fps, STANDARD)
    return near if facts.vfr is not False or abs(near / fps - 1) <= SAME else fps


def _repeated(fps: Fraction) -> Fraction:
    common = STANDARD[:4]
    near = _nearest(fps, common)
    if near / fps < Fraction(3, 2):
        return near
    evenly = (rate for rate in common if abs(rate / (fps * round(rate / fps)) - 1) <= SAME)
    return next(evenly, common[0])


def _thinned(fps: Fraction, most: Fraction) -> Fraction:
    fewest = ceil(fps / (most * (1 + HALVES)))
    for every in range(fewest, int(fps / STANDARD[0]) + 1):
        near = _nearest(fps / every, STANDARD)
        if abs(near * every / fps - 1) <= HALVES:
            return near
    return STANDARD[-1]


def _nearest(fps: Fraction, rates: tuple[Fraction, ...]) -> Fraction:
    return min(rates, key=lambda rate: (abs(rate - fps), rate))
