"""Which instants of a source become which frames of the output. Arithmetic only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from ..core.media import VideoFacts
from ..core.plan import VideoRecipe

FALLBACK_RATE = Fraction(30)
NEAR = 0.001
"""Of a frame: what rounding of seconds to floats may add up to."""
TAIL = 0.1
"""Seconds by which sound outlasts a picture through padding alone."""
SHORT = 5.0
"""Seconds below which a file that keeps its length is rounded up: it is nearer to being
refused as too short than as too long."""
SETTLE = 2.0
"""Seconds decoded before the window of a clip whose frames stand still for varying times, so
that the frame which is on screen when the window opens is known; and of an MP4 whose index may
lead to a keyframe that is shown after the window opens."""
LATE = 0.001
"""Seconds behind the window's start at which an exact index is asked, so that a keyframe on the
start itself is found in spite of rounding; else all frames since the one before it are decoded
only to be thrown away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Frames of the output and where to read them."""

    fps: Fraction
    seek: float
    """Seconds at which decoding starts on the clip's clock; 0 reads from the beginning."""
    from_keyframe: bool
    """Whether what is decoded on the way to ``seek`` passes, too, at negative times."""
    skip: float
    """Seconds between ``seek`` and the first instant that is kept; negative where that is
    before it."""
    frames: int | None
    """Frames of the output; ``None`` when the source does not tell its length."""
    shown: int | None
    """Frames of the window: those of the output, less what lengthens it."""
    hold: int
    """Frames for which the last picture may be held to reach ``frames``."""
    ahead: float
    """Seconds that frame times are moved on before the nearest is taken for each frame of the
    output. Where frames are left out, "nearest" would be a tie between two; this breaks it in
    favour of the frame whose time it is, whatever a container's rounding did to that time."""

    @property
    def seconds(self) -> float | None:
        """Length of the output."""
        return None if self.frames is None else float(self.frames / self.fps)


def timing(facts: VideoFacts, recipe: VideoRecipe) -> Timing:
    """The output's frames for a recipe: never longer than the window, held only where told.

    Sound that outlasts the picture holds the last picture; what the file only claims to have is
    not held (a header may lie), so the frames that come out may be fewer than planned.
    """
    fps = recipe.fps or facts.fps or FALLBACK_RATE
    start = _start(facts, recipe)
    kept = recipe.window.length if recipe.window else _natural(facts)
    wanted = recipe.length if recipe.length is not None else kept
    from_keyframe = _exact(facts)
    seek = start + _late(facts) if from_keyframe else max(0.0, start - _settle(facts))
    seek = seek if start else 0.0
    frames = None if wanted is None else max(1, _whole(wanted, fps, recipe))
    window = recipe.window
    shown = frames if window is None else max(1, math.floor(window.length * float(fps) + NEAR))
    if frames is not None and shown is not None:
        shown = min(frames, shown)
    return Timing(
        fps=fps,
        seek=seek,
        from_keyframe=from_keyframe,
        skip=start - seek,
        frames=frames,
        shown=shown,
        hold=_hold(facts, start, frames, shown, fps),
        ahead=_ahead(facts, fps),
    )


def _ahead(facts: VideoFacts, fps: Fraction) -> float:
    if not facts.fps or facts.fps <= fps:
        return 0.0
    return float(1 / fps - 1 / facts.fps) / 2


def _start(facts: VideoFacts, recipe: VideoRecipe) -> float:
    """The window's start, moved to the nearest frame of a clip that has an even grid of them.

    Without that, a start halfway between two frames turns jitter of a millisecond into frames
    that come twice or not at all.
    """
    start = recipe.window.start if recipe.window else 0.0
    if facts.vfr or not facts.fps or not start:
        return start
    return float(round(start * facts.fps) / facts.fps)


def _exact(facts: VideoFacts) -> bool:
    """Whether the demuxer finds the last keyframe shown at or before an instant."""
    return facts.demuxer == "mov" and facts.leading is False


def _late(facts: VideoFacts) -> float:
    """A quarter of a frame where they are evenly spaced: no other frame can be meant."""
    if facts.vfr is not False or not facts.fps:
        return LATE
    return float(1 / facts.fps) / 4


def _settle(facts: VideoFacts) -> float:
    if facts.vfr is not False or not facts.fps or facts.demuxer == "mov":
        return SETTLE
    return float(1 / facts.fps) / 2


def _natural(facts: VideoFacts) -> float | None:
    """Seconds of a whole clip; sound that outlasts the picture by mere padding does not count."""
    whole, picture = facts.duration, facts.picture_duration
    if whole is not None and picture and 0 < whole - picture < TAIL:
        return picture
    return whole if whole is not None else picture


def _whole(seconds: float, fps: Fraction, recipe: VideoRecipe) -> int:
    exact = seconds * float(fps)
    if recipe.length is not None or (recipe.window is None and seconds < SHORT):
        return math.ceil(exact - NEAR)
    return math.floor(exact + NEAR)


def _hold(
    facts: VideoFacts, start: float, frames: int | None, shown: int | None, fps: Fraction
) -> int:
    picture = facts.picture_duration or facts.duration
    if frames is None or shown is None or picture is None:
        return 0
    there = math.floor(max(0.0, picture - start) * float(fps))
    return frames - min(shown, there) + 1
