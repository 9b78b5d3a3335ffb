"""Frames of a clip as pictures, as large as they are looked at."""

from __future__ import annotations

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

Frame = tuple[int, int]


def evenly(facts: VideoFacts, path: Path, whole: float, count: int, side: int) -> list[Image.Image]:
    """So many frames of the whole clip, from its start, each decoded; few where it is damaged."""
    size = _fitted(facts, side)
    chain = f"fps={count / whole:.6f}:start_time=0:round=up,{_scaled(size)}"
    opened = (*_quick(), *source(facts, path, 0.0, None), "-map", f"0:v:{facts.stream}")
    return _rasters([*opened, "-vf", chain], count, size)


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
    return _rasters([*words, "-filter_complex", graph], len(times), size)


def _quick() -> Sequence[str]:
    return ("-threads", "2", "-max_error_rate", "1", "-skip_loop_filter", "noref")


def _scaled(size: Frame) -> str:
    """As wide as it is seen; full-range RGB by the picture's own matrix."""
    return f"scale={size[0]}:{size[1]}:flags=area,setsar=1,format=rgb24"


def _fitted(facts: VideoFacts, side: int) -> Frame:
    width, height = facts.width or 16, facts.height or 9
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _rasters(words: Sequence[str], count: int, size: Frame) -> list[Image.Image]:
    """Pictures as raw pixels; none of what ffmpeg cannot follow."""
    written = ("-frames:v", str(count), "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1")
    try:
        data = process.run([process.ffmpeg(), *QUIET, *words, *written], bounds=BOUNDS).stdout
    except ToolFailedError:
        return []
    step = size[0] * size[1] * 3
    parts = (data[at : at + step] for at in range(0, len(data) - step + 1, step))
    return [Image.frombytes("RGB", size, part) for part in parts]
