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
"""120 is twice 59.94 up to one frame in a thousand, less than one in 15 s; 23.976 is 24, and
29.94 is 29.97."""
GUESSED = Fraction(1, 100)
"""An average over frames of which some may be missing: 29.87 is 29.97."""
KEPT = Fraction(6, 10)
"""Share of the frames that could be kept which must stay for the sake of an even motion."""


def target_rate(facts: VideoFacts, bounds: VideoLimits) -> Fraction:
    """Frames per second of the encode.

    Too slow: repeats every frame equally often (12 -> 24, 10 -> 30, 20 -> 40). Too fast: keeps
    every n-th frame (120 -> 59.94, 100 -> 50), but not where that loses far more than the limit
    asks for. Varying: the rate that it was recorded at, as the standard one that is meant, else
    one that has room for every frame. In the window: as it is.
    """
    if facts.vfr and not facts.cadence:
        return _roomy(facts.fps or FALLBACK)
    fps = (facts.cadence if facts.vfr is not False else None) or facts.fps
    if fps is None or fps <= 0:
        return FALLBACK
    slack = SAME if facts.vfr is False else HALVES if facts.cadence else GUESSED
    return _meant(_even(_meant(fps, slack), bounds), slack)


def _meant(fps: Fraction, slack: Fraction) -> Fraction:
    near = _nearest(fps)
    return near if abs(near / fps - 1) <= slack else fps


def _roomy(fps: Fraction) -> Fraction:
    """An average that is a standard rate (a pulldown); else one with room for every frame."""
    near = _meant(fps, HALVES)
    above = (rate for rate in STANDARD if rate >= max(fps, FALLBACK))
    return near if near in STANDARD else next(above, STANDARD[-1])


def _even(fps: Fraction, bounds: VideoLimits) -> Fraction:
    if fps < bounds.fps_safe_min.value:
        return _repeated(fps)
    if fps > bounds.fps_safe_max.value:
        return _thinned(fps, bounds.fps_safe_max.value)
    return fps


def _repeated(fps: Fraction) -> Fraction:
    """The fewest repeats of every frame that are enough, as a common rate if one is as even."""
    least = STANDARD[0]
    if least / fps - 1 <= HALVES:
        return least
    common = (rate for rate in STANDARD[:4] if _multiple(rate, fps))
    return next(common, fps * ceil(least / fps))


def _multiple(rate: Fraction, fps: Fraction) -> bool:
    return abs(rate / (fps * round(rate / fps)) - 1) <= SAME


def _thinned(fps: Fraction, most: Fraction) -> Fraction:
    rate = fps / ceil(fps / (most * (1 + HALVES)))
    meant = _meant(rate, HALVES)
    return meant if meant >= KEPT * most else STANDARD[-1]


def _nearest(fps: Fraction) -> Fraction:
    return min(STANDARD, key=lambda rate: (abs(rate - fps), rate))
