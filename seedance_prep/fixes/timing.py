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
ROUNDED = 0.05
"""Of a frame: what a container's rounding of lengths to milliseconds may add up to."""
TAIL = 0.1
"""Seconds by which sound outlasts a picture, or comes before it, through padding alone."""
LIKE = 1.005
"""Times the output's rate up to which a source counts as having no frames to spare."""
STEADY = 0.595
"""Of a frame of the output: how far a picture may be off its time before one is repeated or left
out. More than a half, so that a clock which drifts and jitters does so once, not to and fro; at
59.94 still under 10 ms."""
SHORT = 5.0
"""Seconds below which a file that keeps its length is rounded up: it is nearer to being
refused as too short than as too long."""
SETTLE = 2.0
"""Seconds decoded before the window of a clip whose frames stand still for varying times, so
that the frame which is on screen when the window opens is known; and of an MP4 whose index may
lead to a keyframe that is shown after the window opens. A window that opens before that is read
from the file's beginning: some containers are entered late."""
UNINDEXED = frozenset({"mpegts", "mpeg", "flv"})
"""Demuxers that go to any packet before an instant, be it a keyframe or not."""
GROUP = 12.0
"""Seconds between keyframes of such a stream, at most, where nobody listed them: 250 frames at 24
a second, the longest that an encoder makes unless told to, and some."""
UNTIMED = frozenset({"h264", "hevc", "mpegvideo"})
"""Demuxers of bare streams, in which no instant can be found: read from the beginning."""
LATE = 0.001
"""Seconds behind the window's start at which an exact index is asked, so that a keyframe on the
start itself is found in spite of rounding; else all frames since the one before it are decoded
only to be thrown away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Frames of the output and where to read them."""

    fps: Fraction
    seek: float
    """Seconds at which decoding starts on ffmpeg's clock; 0 reads from the beginning."""
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
    lag: float
    """Seconds by which the sound is brought forward: half of what a picture at another rate gains
    on it from the first frame to the last, where no frame is repeated or left out for that. Below
    0 where frames are left out: what begins in one of those is seen half as long later."""
    ahead: float
    """Seconds that frame times are moved on before the nearest is taken for each frame of the
    output. Where frames are left out, "nearest" would be a tie between two; this breaks it in
    favour of the frame whose time it is, whatever a container's rounding did to that time. 0 where
    every frame of the source has a place."""

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
    kept = recipe.window.length if recipe.window else _natural(facts, start)
    wanted = recipe.length if recipe.length is not None else kept
    from_keyframe = _exact(facts)
    near = start <= max(SETTLE, _settle(facts)) and not from_keyframe
    seek = start + _late(facts) if from_keyframe else start - _settle(facts)
    seek = 0.0 if near or start <= 0 else max(0.0, seek + facts.lead.sought)
    frames = None if wanted is None else max(1, _whole(wanted, fps, recipe))
    window = recipe.window
    part = window.length if window else kept if recipe.loop else None
    shown = frames if part is None else max(1, math.floor(part * float(fps) + NEAR))
    if frames is not None and shown is not None:
        shown = min(frames, shown)
    return Timing(
        fps=fps,
        seek=seek,
        from_keyframe=from_keyframe,
        skip=start + (facts.lead.sought if seek else facts.lead.read) - seek,
        frames=frames,
        shown=shown,
        hold=0 if recipe.loop else _hold(facts, start, frames, shown, fps),
        lag=_lag(facts, fps, frames) or -_ahead(facts, fps),
        ahead=_ahead(facts, fps),
    )


def _ahead(facts: VideoFacts, fps: Fraction) -> float:
    rate = _source_rate(facts)
    if not rate or rate <= fps * LIKE:
        return 0.0
    return float(1 / fps - 1 / rate) / 2


def _source_rate(facts: VideoFacts) -> Fraction | None:
    return facts.cadence or facts.fps


def _lag(facts: VideoFacts, fps: Fraction, frames: int | None) -> float:
    rate = facts.fps if facts.vfr is False else facts.cadence
    if not rate or not frames:
        return 0.0
    gained = float(frames * (1 / rate - 1 / fps))
    return gained / 2 if abs(gained * fps) < STEADY else 0.0


def _start(facts: VideoFacts, recipe: VideoRecipe) -> float:
    """The window's start, moved to the nearest frame of a clip that has an even grid of them.

    Without that, a start halfway between two frames turns jitter of a millisecond into frames
    that come twice or not at all, and half a frame of delay to the sound. A camera that leaves
    frames out does so on its grid. Where the sound comes a moment before the picture, which is an
    encoder's padding, the picture is the start.
    """
    start = recipe.window.start if recipe.window else 0.0
    first = facts.picture_start or 0.0
    if 0 < first - start < TAIL:
        return first
    rate = facts.cadence if facts.vfr else facts.fps
    if not rate:
        return start
    return first + float(round((start - first) * rate) / rate)


def _exact(facts: VideoFacts) -> bool:
    """Whether the demuxer finds the last keyframe shown at or before an instant."""
    return facts.demuxer == "mov" and facts.leading is False


def _late(facts: VideoFacts) -> float:
    """A quarter of a frame where they are evenly spaced: no other frame can be meant."""
    if facts.vfr is not False or not facts.fps:
        return LATE
    return float(1 / facts.fps) / 4


def _settle(facts: VideoFacts) -> float:
    """Seconds before the window at which reading starts.

    Whole frames and a quarter: a container whose clock ticks once per frame rounds to the frame.
    """
    if facts.demuxer in UNTIMED:
        return math.inf
    ahead = SETTLE if facts.vfr is not False or facts.demuxer == "mov" else 0.0
    if facts.demuxer in UNINDEXED:
        ahead = GROUP if facts.key_gap is None else facts.key_gap + SETTLE
    fps = facts.fps or FALLBACK_RATE
    return float((math.ceil(ahead * fps) + Fraction(1, 4)) / fps)


def _natural(facts: VideoFacts, start: float) -> float | None:
    """Seconds of a whole clip; sound that outlasts the picture by mere padding does not count."""
    whole = None if facts.duration is None else facts.duration - start
    picture = _picture_end(facts, start)
    if whole is not None and picture is not None and 0 < whole - picture < TAIL:
        return picture
    return whole if whole is not None else picture


def _picture_end(facts: VideoFacts, start: float) -> float | None:
    """Seconds from the start to the last picture's end, as the stream alone tells."""
    if not facts.picture_duration:
        return None
    return (facts.picture_start or 0.0) + facts.picture_duration - start


def _whole(seconds: float, fps: Fraction, recipe: VideoRecipe) -> int:
    exact = seconds * float(fps)
    near = ROUNDED if recipe.window is None and recipe.length is None else NEAR
    if recipe.length is not None or (recipe.window is None and seconds < SHORT):
        return math.ceil(exact - near)
    return math.floor(exact + near)


def _hold(
    facts: VideoFacts, start: float, frames: int | None, shown: int | None, fps: Fraction
) -> int:
    """Frames to hold the last picture for: while there is sound, or to the length asked for."""
    whole = None if facts.duration is None else facts.duration - start
    end = whole if facts.picture_duration is None else _picture_end(facts, start)
    if frames is None or shown is None or end is None:
        return 0
    there = math.floor(max(0.0, end) * float(fps))
    heard = _sound_end(facts, start)
    if shown == frames and heard is not None and heard * fps < frames - 1:
        return max(0, math.floor(heard * fps) - there) if heard - end > TAIL else 0
    return frames - min(shown, there) + 1


def _sound_end(facts: VideoFacts, start: float) -> float | None:
    """Seconds from the start to the end of the sound; ``None`` when its track does not tell."""
    track = facts.audio
    if track is None:
        return 0.0
    if track.duration is None or track.start is None:
        return None
    return track.start + track.duration - start
