"""How much of the source is left in a reduced clip: VMAF by the bundled ffmpeg."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from seedance_prep.process import ffmpeg

from .measure import Side
from .source import FPS

CLOCK = f"settb=1/{FPS},setpts=N"
"""Frames are matched by number: container timestamps differ by rounding."""


def vmaf(made: Path, clip: Path, window: tuple[int, int]) -> dict[str, float | int]:
    """VMAF at 1080p (enlarged again by bicubic, against the source itself), and at 720p against
    a lossless lanczos reduction of the source; the frames that were compared.

    The first favours no way of scaling; the second is what the hand-written command aims at.
    """
    large, count = _compared(made, clip, window, "scale=1920:1080:flags=bicubic", "null")
    small, _ = _compared(made, clip, window, "null", "scale=1280:720:flags=lanczos")
    return {"vmaf_1080": large, "vmaf_720": small, "frames": count}


def scores(made: Path, clip: Path, window: tuple[int, int]) -> dict[str, float]:
    """Mean and 1st percentile at 720p, against a lossless lanczos reduction."""
    frames = sorted(_frames(made, clip, window, "null", "scale=1280:720:flags=lanczos"))
    low = frames[len(frames) // 100]
    return {"vmaf_720": round(statistics.fmean(frames), 2), "vmaf_p1": round(low, 2)}


def _compared(
    made: Path, clip: Path, window: tuple[int, int], enlarge: str, reduce: str
) -> tuple[float, int]:
    frames = _frames(made, clip, window, enlarge, reduce)
    return round(statistics.fmean(frames), 2), len(frames)


def _frames(
    made: Path, clip: Path, window: tuple[int, int], enlarge: str, reduce: str
) -> list[float]:
    start, end = window
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "vmaf.json"
        graph = (
            f"[0:v]{CLOCK},{enlarge},format=yuv420p[a];[1:v]{CLOCK},{reduce},format=yuv420p[b];"
            f"[a][b]libvmaf=log_fmt=json:log_path={log}:n_threads=2"
        )
        second = ("-ss", str(start), "-t", str(end - start), "-i", clip)
        sink = ("-lavfi", graph, "-f", "null", "-")
        Side([(ffmpeg(), "-v", "error", "-nostdin", "-i", made, *second, *sink)])()
        document = json.loads(log.read_text())
    return [frame["metrics"]["vmaf"] for frame in document["frames"]]
