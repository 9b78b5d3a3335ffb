"""Numbers in headers that no recording has: whoever believes them makes a still of a film. Pure."""

from __future__ import annotations

from fractions import Fraction

from ..core.media import VideoFacts
from ..core.units import rate
from .faults import damaged
from .tracks import Candidate

RATE_MAX = 1000
"""Frames per second above which a rate is a broken clock: slow motion is stored slowed down."""
STILL_MAX = 600
"""Seconds that one of several pictures may stand."""
SIDE_MAX = 16384
"""Pixels of a side: twice what 8K has, and the most that H.264 and HEVC decoders take."""
LEAST = 100
"""Bits per second below which a length is not believed: subtitles alone take more."""


def refuse_lies(facts: VideoFacts, picture: Candidate) -> None:
    """Raise ``UnusableError`` for sizes and rates that nothing has, with the number."""
    width, height = facts.coded_width or 0, facts.coded_height or 0
    if max(width, height) > SIDE_MAX:
        raise damaged(f"says that its picture is {width}x{height}, which no decoder takes")
    if facts.fps is not None:
        _refuse_rate(facts.fps, picture)


def _refuse_rate(fps: Fraction, picture: Candidate) -> None:
    if fps > RATE_MAX:
        raise damaged(f"says that it shows {rate(fps)}: the times of its pictures are broken")
    timing = picture.track.timing if picture.track else None
    if timing and timing.frames > 1 and fps * STILL_MAX < 1:
        seconds = float(1 / fps)
        raise damaged(
            f"says that each of its {timing.frames} pictures stands for {seconds:,.0f} s:"
            " their times are broken"
        )


def too_long(facts: VideoFacts) -> bool:
    """Whether there is next to nothing in the file for the seconds that it claims."""
    return facts.duration is not None and facts.bytes * 8 < LEAST * facts.duration
