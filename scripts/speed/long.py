"""Clips of the bench that are made of others: 4K, two hours, other containers, three of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seedance_prep.process import ffmpeg

from .measure import Side
from .source import SECONDS, STYLES, make

UHD_SECONDS = 14
HOURS_SECONDS = 7200
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")


def made(path: Path, *argv: str | Path) -> Path:
    """The file that ffmpeg makes of its arguments, when it is not there yet."""
    if not path.exists():
        part = path.with_name(f"part-{path.name}")
        Side([(ffmpeg(), "-v", "error", "-nostdin", "-y", *argv, part)])()
        part.replace(path)
    return path


def walk(folder: Path) -> Path:
    """20 s of 1080p H.264."""
    return make(STYLES[0], folder)


def uhd(folder: Path) -> Path:
    """4K HEVC at a phone's bit rate: the walk, enlarged, with grain of its own."""
    grown = "scale=3840:2160:flags=bicubic,noise=alls=7:allf=t:all_seed=5"
    return made(
        folder / "uhd.mp4",
        *("-i", walk(folder), "-t", str(UHD_SECONDS), "-vf", grown, "-c:v", "libx265"),
        *("-preset", "ultrafast", "-b:v", "40M", "-x265-params", "log-level=error"),
        *("-pix_fmt", "yuv420p", "-tag:v", "hvc1", "-c:a", "copy"),
    )


def short(folder: Path) -> Path:
    """20 s of 1080p that two hours of it fit on a disk."""
    rate = ("-b:v", "700k", "-maxrate", "1M", "-bufsize", "2M", "-g", "250")
    sound = ("-c:a", "aac", "-b:a", "64k")
    return made(folder / "short.mp4", "-i", walk(folder), *X264, *rate, *sound)


def hours(folder: Path) -> Path:
    """Two hours: that again and again, copied."""
    times = HOURS_SECONDS // SECONDS - 1
    return made(
        folder / "hours.mp4",
        *("-stream_loop", str(times), "-i", short(folder), "-t", str(HOURS_SECONDS), "-c", "copy"),
    )


def plain(folder: Path) -> Path:
    """12 s of 720p H.264 in a container that is not taken: nothing but a new one is needed."""
    shape = ("-t", "12", "-vf", "scale=1280:720", "-g", "30", "-bf", "0", "-b:v", "6M")
    return made(folder / "plain.mkv", "-i", walk(folder), *X264, *shape, "-c:a", "aac", "-ac", "2")


def keyed(folder: Path) -> Path:
    """20 s of 720p H.264 with a keyframe a second: too long, and nothing but a cut is needed."""
    shape = ("-vf", "scale=1280:720", "-g", "30", "-bf", "0", "-b:v", "6M")
    return made(folder / "keyed.mp4", "-i", walk(folder), *X264, *shape, "-c:a", "aac", "-ac", "2")


def three(folder: Path) -> Sequence[Path]:
    """Three clips of one length."""
    return [
        made(folder / f"part{start}.mp4", "-ss", str(start), "-t", "4.6", "-i", walk(folder),
             *X264, "-crf", "18", "-c:a", "aac")
        for start in (0, 6, 12)
    ]  # fmt: skip
