"""Rows of a JPEG that are not there: libjpeg fills them with mid-grey and says nothing aloud."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from .. import process
from ..errors import ToolFailedError
from . import tool

BLOCK = 8
GREY = (128, 128)
MISSING = "cannot decode the picture: a part of it is missing, and was filled with grey"


def refuse_filled(picture: Image.Image, source: Path) -> None:
    """Raise ``ToolFailedError`` for a decoded JPEG whose end is mere filling.

    Only a last block of mid-grey is suspect; ffmpeg, which tells when data run out, decides.
    """
    if picture.format not in ("JPEG", "MPO") or picture.mode not in ("L", "RGB"):
        return
    width, height = picture.size
    corner = picture.crop((max(width - BLOCK, 0), max(height - BLOCK, 0), width, height))
    if any(band.getextrema() != GREY for band in corner.split()):
        return
    argv = ["-nostdin", "-hide_banner", "-v", "error", "-protocol_whitelist", "file,pipe"]
    argv += ["-f", "jpeg_pipe", "-i", f"file:{source.absolute()}", "-frames:v", "1"]
    try:
        told = tool.ffmpeg([*argv, "-f", "null", "-"], process.Bounds()).stderr
    except ToolFailedError as error:
        raise ToolFailedError(("Pillow",), MISSING, error.tail) from error
    if told.strip():
        raise ToolFailedError(("Pillow",), MISSING, told)
