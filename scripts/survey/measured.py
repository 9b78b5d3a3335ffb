"""What an independent reader finds outside the limits: ffprobe where there is one, and Pillow."""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image


def measured(path: Path, untouched: bool) -> list[str]:
    """What an independent reader finds outside the limits.

    What it says of the bytes counts for files that were made here, not for sources.
    """
    if path.suffix in {".jpg", ".png", ".webp"}:
        return _still(path)
    if shutil.which("ffprobe") is None:
        return []
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or (done.stderr.strip() and not untouched):
        return [f"ffprobe says {done.stderr.strip()[:200]}"]
    found = json.loads(done.stdout)
    return _moving(found) if path.suffix in {".mp4", ".mov"} else _sound(found, path)


def _still(path: Path) -> list[str]:
    with Image.open(path) as picture:
        picture.load()
        width, height = picture.size
        kind = picture.format
    rules = {
        f"is {kind}": kind in {"JPEG", "MPO", "PNG", "WEBP"},  # MPO: a JPEG with a second picture
        f"sides {width}x{height}": min(width, height) >= 300 and max(width, height) <= 6000,
        f"ratio {width}:{height}": 0.4 <= width / height <= 2.5,
        "bytes": path.stat().st_size < 30_000_000,
    }
    return [what for what, fine in rules.items() if not fine]


def _moving(found: dict[str, Any]) -> list[str]:
    video = [s for s in found["streams"] if s["codec_type"] == "video"]
    length = max(float(found["format"]["duration"]), *(float(s["duration"]) for s in video))
    first = video[0]
    pixels = first["width"] * first["height"]
    fps = Fraction(first["avg_frame_rate"])
    rules = {
        f"{len(video)} video streams": len(video) == 1,
        f"codec {first['codec_name']}": first["codec_name"] in {"h264", "hevc"},
        f"{first['width']}x{first['height']}": 409_600 <= pixels <= 927_408,
        f"ratio {first['width']}:{first['height']}": 0.4 <= first["width"] / first["height"] <= 2.5,
        f"{float(fps):.3f} fps": Fraction("23.8") <= fps <= 60,
        f"{length} s": 2.0 <= length <= 15.0,
        "bytes": int(found["format"]["size"]) < 50_000_000,
    }
    return [what for what, fine in rules.items() if not fine]


def _sound(found: dict[str, Any], path: Path) -> list[str]:
    stream = next(s for s in found["streams"] if s["codec_type"] == "audio")
    length = float(found["format"]["duration"])
    rules = {
        f"codec {stream['codec_name']}": stream["codec_name"] in {"mp3", "pcm_s16le"}
        or path.suffix == ".wav",
        f"{length} s": 1.8 <= length <= 15.0,
        "bytes": int(found["format"]["size"]) <= 15_000_000,
    }
    return [what for what, fine in rules.items() if not fine]
