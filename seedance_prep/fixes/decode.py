"""Decode a finished file whole: what cannot be decoded must never be sent."""

from __future__ import annotations

from pathlib import Path

from .. import process
from ..errors import ToolFailedError
from .argv import LOG
from .progress import Progress

SECONDS = 900.0


def decode_moving(path: Path, demuxer: str, kind: str | None) -> None:
    """All streams through ffmpeg, which ends at the first error."""
    source = ["-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{path}"]
    argv = [process.ffmpeg(), *LOG, "-xerror", "-progress", "pipe:1", "-nostats"]
    argv += [*source, "-map", "0", "-f", "null", "-"]
    progress = Progress()
    done = process.run(argv, bounds=process.Bounds(seconds=SECONDS), on_line=progress.line)
    if done.stderr.strip():
        raise ToolFailedError(argv, "found the finished file damaged", done.stderr)
    if (progress.frames if kind == "video" else progress.seconds) <= 0:
        raise ToolFailedError(argv, "found nothing to decode in the finished file", done.stderr)


def decode_still(path: Path) -> None:
    """Every pixel through Pillow."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.load()
    except UnidentifiedImageError as error:
        raise ToolFailedError(("Pillow",), "cannot tell what the finished file is") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ToolFailedError(("Pillow",), f"cannot decode the finished file: {error}") from error
