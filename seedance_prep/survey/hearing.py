"""When something is heard in a part of a clip, and when somebody speaks."""

from __future__ import annotations

import array
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from operator import mul
from pathlib import Path

from .. import process
from ..core.media import AudioFacts, VideoFacts
from ..core.plan import Window
from ..errors import ToolFailedError
from .thumbnails import BOUNDS, QUIET, source

SAMPLE_RATE = 8000
BIN = 0.05
"""Seconds over which loudness is taken."""
PAUSE_MIN = 0.15
"""Seconds without sound that part two words; less is a stop inside one."""
EDGE = 0.05
"""Seconds left free before a word's first sound and behind its last."""
WORDS_MAX = 6.0
"""Seconds that somebody may speak without a pause; what goes on for longer is no speech."""
LEAST = 35.0
"""Decibels above the smallest step of 16 bits under which nothing is heard."""
RANGE = 25.0
"""Decibels below the loudest tenth that still belong to words."""
ABOVE = 6.0
"""Decibels above the background that do."""
EVEN = 10.0
"""Decibels between background and loudest: less is one sound that goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What is heard; times are seconds on the clip's own clock."""

    heard: tuple[Window, ...]
    words: tuple[Window, ...]
    power: tuple[float, ...] = ()
    """Mean squares of the samples of each :data:`BIN`."""


def hearing(
    facts: VideoFacts | AudioFacts, path: Path, start: float, seconds: float
) -> Hearing | None:
    """What is heard from ``start`` on; ``None`` when there is no sound or ffmpeg finds none."""
    levels = _levels(samples(facts, path, start, seconds))
    if not levels:
        return None
    heard = [_padded(first, behind, start) for first, behind in _loud(levels)]
    words = [part for part in heard if part.length <= WORDS_MAX] if len(heard) > 1 else []
    power = tuple(10 ** (level / 10) for level in levels)
    return Hearing(heard=tuple(heard), words=tuple(words), power=power)


def samples(
    facts: VideoFacts | AudioFacts, path: Path, start: float, seconds: float
) -> array.array[int]:
    """One channel of 16 bits, :data:`SAMPLE_RATE`; none where ffmpeg finds no sound."""
    track = _track(facts)
    if track is None:
        return array.array("h")
    # on the picture's clock: what begins late is silent until then; without rumble
    chain = f"aresample={SAMPLE_RATE}:async=1:first_pts=0,highpass=f=150"
    written = ("-af", chain, "-ac", "1", "-f", "s16le", "pipe:1")
    opened = source(facts, path, start, seconds)
    argv = [process.ffmpeg(), *QUIET, *opened, "-map", f"0:a:{track}", *written]
    try:
        data = process.run(argv, bounds=BOUNDS).stdout
    except ToolFailedError:
        return array.array("h")
    samples = array.array("h", data[: len(data) & ~1])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _track(facts: VideoFacts | AudioFacts) -> int | None:
    if isinstance(facts, AudioFacts):
        return facts.track
    return facts.audio.index if facts.audio else None


def _levels(samples: array.array[int]) -> list[float]:
    """Loudness of each bin, in decibels."""
    size = int(BIN * SAMPLE_RATE)
    bins = (samples[at : at + size] for at in range(0, len(samples) - size + 1, size))
    return [10 * log10(sum(map(mul, part, part)) / size + 1) for part in bins]


def _loud(levels: Sequence[float]) -> Iterator[tuple[int, int]]:
    """First bin and the one behind the last of each part that is heard."""
    ordered = sorted(levels)
    floor, peak = ordered[len(ordered) // 10], ordered[len(ordered) * 19 // 20]
    if peak < LEAST:
        return
    needed = max(floor + ABOVE, peak - RANGE, LEAST) if peak - floor >= EVEN else LEAST
    begun: int | None = None
    quiet = 0
    for at, level in enumerate(levels):
        if level >= needed:
            begun, quiet = at if begun is None else begun, 0
        elif begun is not None:
            quiet += 1
            if quiet * BIN >= PAUSE_MIN:
                yield begun, at + 1 - quiet
                begun, quiet = None, 0
    if begun is not None:
        yield begun, len(levels) - quiet


def _padded(first: int, behind: int, start: float) -> Window:
    begins = max(start, start + first * BIN - EDGE)
    return Window(round(begins, 3), round(start + behind * BIN + EDGE, 3))
