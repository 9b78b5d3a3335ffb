"""What a new file was made to hold, and what its decode shows instead. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..core.units import seconds as written

SYNC = 0.010
"""Seconds by which picture and sound of an encode may start or end apart."""
PORTION = 0.050
"""Seconds of sound in one packet of any codec that an MP4 takes, generously: copied streams are
cut between packets."""
LOOSE = 0.5
"""Seconds by which they may end apart where the source does not tell its length."""
PADDED = 0.150
"""Seconds that an encoder's padding may add to a sound, generously."""


@dataclass(frozen=True, slots=True)
class Span:
    """What one stream holds, as it was decoded."""

    frames: int
    """Pictures, or portions of sound."""
    start: float
    """Seconds at which the first one starts."""
    end: float
    """Seconds at which the last one ends."""

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a whole file holds; ``None`` for a stream that it has not."""

    picture: Span | None = None
    sound: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the plan says of a new file; ``None`` is what it cannot know."""

    frames: int | None = None
    """Pictures."""
    fps: Fraction | None = None
    seconds: float | None = None
    """Of the picture; of the sound where there is no picture."""
    sound: bool | None = None
    """Whether there is sound beside the picture."""
    wait: float = 0.0
    """Seconds by which the sound of a copy starts after its picture, as it does in the source."""
    exact: bool = False
    """Whether both streams start at 0 and end together, as those of an encode do."""

    @property
    def frame(self) -> float:
        """Seconds of one picture, at most, where frames are not evenly spaced."""
        return float(1 / self.fps) if self.fps else 0.1


def difference(promise: Promise, found: Decoded) -> str | None:
    """The first thing in which the file is not what was planned, with both numbers."""
    return next(_differences(promise, found), None)


def _differences(promise: Promise, found: Decoded) -> Iterator[str]:
    if found.picture is None:
        if found.sound and promise.seconds is not None:
            yield from _length("sound", found.sound.length, promise.seconds, PADDED)
        return
    if promise.frames is not None and found.picture.frames != promise.frames:
        yield f"made {found.picture.frames} pictures where {promise.frames} were planned"
    if promise.seconds is not None:
        near = SYNC if promise.exact else promise.frame + SYNC
        yield from _length("picture", found.picture.length, promise.seconds, near)
    if promise.sound is not None:
        yield from _together(promise, found.picture, found.sound)


def _length(what: str, measured: float, planned: float, near: float) -> Iterator[str]:
    if abs(measured - planned) > near:
        yield f"made {written(measured)} of {what} where {written(planned)} were planned"


def _together(promise: Promise, picture: Span, sound: Span | None) -> Iterator[str]:
    """The sound is there, and starts and ends with the picture."""
    if (sound is not None) != promise.sound:
        yield "lost the sound" if promise.sound else "made sound where none was planned"
    if sound is None:
        return
    if promise.exact:
        yield from _apart("start", picture.start, sound.start, SYNC)
        near = LOOSE if promise.frames is None else SYNC
        yield from _apart("end", picture.end, sound.end, near)
    elif promise.seconds is not None:
        begin = picture.start + promise.wait
        yield from _apart("start", begin, sound.start, PORTION + promise.frame)


def _apart(edge: str, picture: float, sound: float, near: float) -> Iterator[str]:
    if abs(picture - sound) > near:
        yield (
            f"made sound that {edge}s at {written(sound)} and a picture that {edge}s at"
            f" {written(picture)}; no more than {near * 1000:.0f} ms between them were planned"
        )
