"""Copy-cuts: windows between the marks of a clip, for which nothing is decoded or encoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..core.media import VideoFacts
from ..core.plan import Window
from ..core.survey import Mark

LOSS = 0.1
"""Share of a window of our own choice that may be given up for a copy; 0.5 s are always granted."""
LOSS_MIN = 0.5
LOSS_PRESSED = 0.5
"""The same where nothing but a copy may be made."""
LOSS_ASKED = 0.1
"""Seconds that may be missing at the end of a window that the caller chose."""
TRIED = 100
"""Keyframes nearest to a window's start, and marks nearest to its end, that are tried."""
AROUND = 2.0
"""Seconds around a window in which marks are asked for."""
SOUND_RATE = 40_000
"""Bytes per second of sound (320 kbit/s) where the file does not tell."""
OVERHEAD = 30_000
"""Bytes of an MP4's index and headers for such a window, generously."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A window between two marks."""

    window: Window
    packets: int
    """Of the picture, in the order of decoding."""
    bytes: int
    """Of the output, estimated from above."""
    entry: float | None = None
    """As :attr:`seedance_prep.core.plan.VideoRecipe.entry`."""


def cuts(
    marks: Sequence[Mark],
    window: Window,
    facts: VideoFacts,
    *,
    asked: bool,
    least: float,
    pressed: bool = False,
) -> Iterator[Cut]:
    """Windows on marks inside a window that are as good, the longest first.

    ``asked`` says that the caller chose the window: then its start must be a keyframe. ``least``
    is the shortest length, in seconds, that the outcome may have. ``pressed`` says that nothing
    but a copy may be made: of a window of our own choice more may then be given up.
    """
    half = float(1 / (2 * (facts.fps or Fraction(30))))
    share = LOSS_PRESSED if pressed else LOSS
    most = half + LOSS_ASKED if asked else max(LOSS_MIN, share * window.length)
    starts = [one for one in marks if one.key and one.seconds > window.start - half][:TRIED]
    ends = [one for one in reversed(marks) if one.seconds < window.end + half][:TRIED]
    pairs = [(start, end) for start in starts for end in ends if end.packets > start.packets]
    pairs.sort(key=lambda pair: pair[0].seconds - pair[1].seconds)
    for start, end in pairs:
        late = max(0.0, start.seconds - window.start)
        lost = late + max(0.0, window.end - end.seconds)
        length = end.seconds - start.seconds
        near = lost <= most and not (asked and late > half)
        if near and least <= length <= window.length + half:
            yield _cut(marks, start, end, facts)


def _cut(marks: Sequence[Mark], start: Mark, end: Mark, facts: VideoFacts) -> Cut:
    length = end.seconds - start.seconds
    return Cut(
        window=Window(max(0.0, start.seconds), end.seconds),
        packets=end.packets - start.packets,
        bytes=int(end.bytes - start.bytes + _sound(facts) * length) + OVERHEAD,
        entry=_entry(marks, start) if start.packets else None,
    )


def _entry(marks: Sequence[Mark], start: Mark) -> float:
    """Halfway to the next keyframe, or to where nobody looked for one.

    An index of decoding times may count them up to as many frames early as wait for their turn.
    """
    behind = [one.seconds for one in marks if one.seconds > start.seconds]
    keys = (one.seconds for one in marks if one.key and one.seconds > start.seconds)
    return (start.seconds + next(keys, max(behind))) / 2


def _sound(facts: VideoFacts) -> float:
    if facts.audio is None:
        return 0.0
    return (facts.audio.bitrate or 0) / 8 or SOUND_RATE


def around(window: Window) -> Window:
    """Where marks for a window may stand."""
    slack = max(AROUND, LOSS * window.length)
    return Window(max(0.0, window.start - slack), window.end + slack)
