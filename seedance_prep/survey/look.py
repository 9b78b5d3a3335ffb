"""Look at a clip at a low rate: all of a short one, the most promising parts of a long one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from ..core.look import Look, Span
from ..core.media import AudioFacts, Media, VideoFacts
from ..core.plan import Window
from ..probe.packets import stored
from .hearing import Hearing, hearing
from .scenes import Scenes, scenes
from .thumbnails import RATE, Effort, glimpse, thumbnails

PIXEL, BIT = 1.3e-9, 12e-9
"""Seconds that it takes to decode a pixel and a bit of H.264, on one core of today."""
WHOLE_MAX = 6.0
"""Seconds of decoding up to which a clip is looked at whole."""
WHOLE_SECONDS = 300.0
"""Seconds up to which it is, however quickly it is decoded."""
NEARLY = 1.5
"""So much longer than what is kept it may be to be looked at whole, whatever that takes."""
PARTS_MAX = 3.0
"""Seconds of decoding for the parts of a long one; decoding what is kept once is granted."""
BOTH = 0.65
"""Share of the time that the frames take on which others lean."""
LATE = 0.15
"""Seconds by which the last such frame may be behind what is on screen."""
SLACK, SLACK_MAX = 0.4, 6.0
"""Seconds that a part has for each that is kept, on top of those; and at most."""
SLACK_MIN = 1.0
SPOTS = 5
PARTS = 4
GLIMPSE = 5
"""Thumbnails of one spot."""
GROUP_MAX = 12.0
"""Seconds before a part's start to which it is moved, so that it opens with a keyframe."""
DARK = 26
"""Mean light of a picture that is black, or nearly."""
HEARD_MAX = 600.0
"""Seconds of sound up to which all of it is heard."""
AT_ONCE = 2

One = TypeVar("One")
Found = TypeVar("Found")


def look(media: Media, kept: float) -> Look:
    """What there is to choose from, for ``kept`` seconds of the clip.

    What the file does not tell stays unknown: a look may be without spans. Raises
    ``ToolMissingError`` when there is no ffmpeg.
    """
    facts, path = media.facts, media.path
    if path is None or not isinstance(facts, VideoFacts | AudioFacts):
        return Look()
    whole = facts.duration
    if whole is None or not 0 < kept < whole < float("inf"):
        return Look()
    if isinstance(facts, AudioFacts):
        return _listened(facts, path, _sound_parts(whole, kept))
    parts, effort = _parts(facts, path, kept, whole)
    return _joined(_each(partial(_seen, facts, path, effort=effort), parts))


def _sound_parts(whole: float, kept: float) -> Sequence[Window]:
    if whole <= HEARD_MAX:
        return [Window(0.0, whole)]
    length = kept + _slack(kept)
    return [Window(start, start + length) for start in _spots(whole, length)]


def _slack(kept: float) -> float:
    return min(SLACK * kept, SLACK_MAX)


def _spots(whole: float, length: float) -> Sequence[float]:
    """Starts of parts all over the clip; the first where it begins, the last where it ends."""
    count = max(2, min(SPOTS, int(whole / length)))
    return [(whole - length) * number / (count - 1) for number in range(count)]


def _listened(facts: AudioFacts, path: Path, parts: Sequence[Window]) -> Look:
    def one(part: Window) -> Sight:
        return Sight(part, None, hearing(facts, path, part.start, part.length))

    return _joined(_each(one, parts))


def decoding(facts: VideoFacts, whole: float) -> float:
    """Seconds that one core decodes for each second of the clip."""
    pixels = (facts.coded_width or 1920) * (facts.coded_height or 1080)
    return pixels * float(facts.fps or 30) * PIXEL + facts.bytes * 8 / whole * BIT


def _parts(
    facts: VideoFacts, path: Path, kept: float, whole: float
) -> tuple[Sequence[Window], Effort]:
    """What to look at closely, and how closely."""
    cost = decoding(facts, whole)
    few = cost * BOTH
    short = few * whole <= WHOLE_MAX and whole <= WHOLE_SECONDS
    if short or whole <= NEARLY * kept:
        return [Window(0.0, whole)], Effort.ALL if cost * whole <= WHOLE_MAX else Effort.REFERENCES
    granted = max(PARTS_MAX, few * kept)
    slack = min(max(granted / few - kept, SLACK_MIN), max(_slack(kept), SLACK_MIN))
    length = kept + slack
    count = max(1, min(PARTS, int(granted / (few * length))))
    starts = _liveliest(facts, path, _spots(whole, length), kept)[:count]
    opened = _each(partial(_opened, facts, path), sorted(starts))
    return [Window(start, start + length) for start in opened], Effort.REFERENCES


def _liveliest(
    facts: VideoFacts, path: Path, spots: Sequence[float], kept: float
) -> Sequence[float]:
    """The spots by what moves there; none where a file cannot be opened in its midst quickly."""
    middle = len(spots) // 2
    pilot = _lively(facts, path, spots[middle] + kept / 2)
    if pilot is None:
        return []
    others = [*spots[:middle], *spots[middle + 1 :]]
    found = _each(partial(_lively, facts, path), [start + kept / 2 for start in others])
    moves = {spots[middle]: pilot} | {
        start: move for start, move in zip(others, found, strict=True) if move is not None
    }
    bright = [start for start in moves if moves[start] >= 0] or list(moves)
    return sorted(bright, key=lambda start: (-moves[start], start))


def _lively(facts: VideoFacts, path: Path, near: float) -> float | None:
    """How much moves there; less than nothing where it is black, ``None``: nothing to see."""
    found = glimpse(facts, path, near, GLIMPSE)
    if len(found) < GLIMPSE:
        return None
    return -1.0 if fmean(found[0]) < DARK else fmean(scenes(found, 0.0, 1.0, 0.0).motion)


def _opened(facts: VideoFacts, path: Path, start: float) -> float:
    """The keyframe from which ``start`` is decoded anyway."""
    near = stored(facts, path, Window(start, start + 0.1))
    key = next((time for time, is_key, _ in near if is_key), start)
    return max(0.0, key) if start - GROUP_MAX < key < start else start


@dataclass(frozen=True, slots=True)
class Sight:
    """One part that was looked at."""

    part: Window
    seen: Scenes | None
    heard: Hearing | None


def _seen(facts: VideoFacts, path: Path, part: Window, effort: Effort) -> Sight:
    found = thumbnails(facts, path, part.start, part.length, effort)
    late = LATE if effort is Effort.REFERENCES else 0.0
    hold = 3 / float(facts.fps) if facts.fps else 0.0
    if not found:
        return Sight(part, None, None)
    heard = hearing(facts, path, part.start, part.length)
    reached = Window(part.start, min(part.end, part.start + len(found) / RATE))
    return Sight(reached, scenes(found, part.start, hold, late), heard)


def _each(what: Callable[[One], Found], them: Iterable[One]) -> list[Found]:
    """Several at a time: most of the work is done by children."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(copy_context().run, partial(what, one)) for one in them]
        return [future.result() for future in futures]


def _joined(sights: Sequence[Sight]) -> Look:
    """One look of all parts that showed or said something."""
    shown = [sight for sight in sights if sight.seen or sight.heard]
    seen = [sight.seen for sight in shown if sight.seen]
    heard = [sight.heard for sight in shown if sight.heard]

    def every(name: str) -> tuple[Window, ...]:
        return tuple(chain.from_iterable(getattr(one, name) for one in seen))

    return Look(
        spans=tuple(
            Span(
                window=sight.part,
                motion=sight.seen.motion if sight.seen else (),
                power=sight.heard.power if sight.heard and not sight.seen else (),
            )
            for sight in shown
        ),
        black=every("black"),
        frozen=every("frozen"),
        cuts=every("cuts"),
        flashes=every("flashes"),
        shaky=every("shaky"),
        heard=tuple(chain.from_iterable(one.heard for one in heard)) if heard else None,
        words=tuple(chain.from_iterable(one.words for one in heard)),
    )
