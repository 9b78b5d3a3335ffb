"""Frames of a clip as pictures, as large as they are looked at."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from .. import process
from ..core.media import VideoFacts
from ..errors import ToolFailedError
from .thumbnails import QUIET, source

BOUNDS = process.Bounds(seconds=20.0, memory=3 * process.GIB, written=1 << 20)
KEYS_ONLY = (*("-threads", "1", "-max_error_rate", "1", "-skip_loop_filter", "all"),
             *("-skip_frame", "nokey", "-noaccurate_seek"))  # fmt: skip
"""Nothing is decoded but the keyframe that is shown."""

RAW = ("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1")
Frame = tuple[int, int]


Timed = tuple[float | None, Image.Image]


def evenly(facts: VideoFacts, path: Path, whole: float, count: int, side: int) -> list[Timed]:
    """The first frame of each of ``count`` even parts of a clip, with its time where that is told.

    What no other frame leans on is not decoded, which takes a quarter off (HEVC of a phone). A part
    without a frame of its own has the one before it; fewer come of what is damaged.
    """
    size = _fitted(facts, side)
    step = whole / count
    part = f"floor((t+0.001)/{step:.6f})"
    first = f"isnan(prev_selected_t)+gt({part},{part.replace('(t', '(prev_selected_t')})"
    graph = f"[0:v:{facts.stream}]select='{first}',{_scaled(size)},split[seen][timed]"
    opened = (*_quick(), "-skip_frame", "noref", *source(facts, path, 0.0, None))
    shown = ("-map", "[seen]", "-frames:v", str(count), *RAW)
    told = ("-map", "[timed]", "-frames:v", str(count), "-fps_mode", "passthrough",
            "-f", "framecrc", "pipe:2")  # fmt: skip
    try:
        done = process.run(
            [process.ffmpeg(), *QUIET, *opened, "-filter_complex", graph, *shown, *told],
            bounds=BOUNDS,
        )
    except ToolFailedError:
        return []
    return _spread(_cut(done.stdout, size), _times(done.stderr), step, count)


def _times(said: str) -> list[float]:
    """Times of frames as ``framecrc`` lists them: a time base, then a line for each."""
    base = re.search(r"^#tb 0: (\d+)/(\d+)", said, re.MULTILINE)
    stamps = re.findall(r"^0, +-?\d+, +(-?\d+),", said, re.MULTILINE)
    return [int(stamp) * int(base[1]) / int(base[2]) for stamp in stamps] if base else []


def _spread(
    pictures: Sequence[Image.Image], times: Sequence[float], step: float, count: int
) -> list[Timed]:
    """One for each part; as they come where their times are not all told."""
    if not pictures or len(times) != len(pictures):
        return [(None, picture) for picture in pictures]
    behind = (bisect(times, (part + 1) * step - 0.001) for part in range(count))
    places = [max(0, place - 1) for place in behind]
    return [(times[place], pictures[place]) for place in places]


def frames(
    facts: VideoFacts, path: Path, times: Sequence[float], side: int, *, exact: bool = True
) -> list[Image.Image]:
    """The frames on screen at ``times``, ``side`` at most; not ``exact``: the keyframes before.

    Raises ``ToolMissingError`` when there is no ffmpeg.
    """
    size = _fitted(facts, side)
    words: list[str] = []
    for time in times:
        words += [*(_quick() if exact else KEYS_ONLY), *source(facts, path, time, None)]
    chains = [
        f"[{number}:v:{facts.stream}]trim=end_frame=1,setpts=0,{_scaled(size)}[v{number}]"
        for number in range(len(times))
    ]
    names = "".join(f"[v{number}]" for number in range(len(times)))
    graph = ";".join([*chains, f"{names}concat=n={len(times)}"])
    opened = [process.ffmpeg(), *QUIET, *words, "-filter_complex", graph]
    try:
        data = process.run([*opened, "-frames:v", str(len(times)), *RAW], bounds=BOUNDS).stdout
    except ToolFailedError:
        return []
    return _cut(data, size)


def _quick() -> Sequence[str]:
    return ("-threads", "2", "-max_error_rate", "1", "-skip_loop_filter", "noref")


def _scaled(size: Frame) -> str:
    """As wide as it is seen; full-range RGB by the picture's own matrix."""
    return f"scale={size[0]}:{size[1]}:flags=area,setsar=1,format=rgb24"


def _fitted(facts: VideoFacts, side: int) -> Frame:
    width, height = facts.width or 16, facts.height or 9
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cut(data: bytes, size: Frame) -> list[Image.Image]:
    step = size[0] * size[1] * 3
    parts = (data[at : at + step] for at in range(0, len(data) - step + 1, step))
    return [Image.frombytes("RGB", size, part) for part in parts]
