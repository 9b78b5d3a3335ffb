"""Rows of a JPEG that are not there: libjpeg fills them with mid-grey and says nothing aloud."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from .. import process
from ..errors import ToolFailedError
from ..private import workroom
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
    with workroom() as room:
        alone = room / "alone.jpg"
        alone.write_bytes(_alone(source.read_bytes()))
        if told := _complaints(alone):
            raise ToolFailedError(("Pillow",), MISSING, told)


def _complaints(path: Path) -> str:
    argv = ["-nostdin", "-hide_banner", "-v", "error", "-protocol_whitelist", "file,pipe"]
    argv += ["-f", "jpeg_pipe", "-i", f"file:{path}", "-frames:v", "1", "-f", "null", "-"]
    try:
        return tool.ffmpeg(argv, process.Bounds()).stderr.strip()
    except ToolFailedError as error:
        return error.tail or error.reason


def _alone(data: bytes) -> bytes:
    """The first picture of a file; the clips and pictures behind it are nobody's rows."""
    at = 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != b"\xda":
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    end = data.find(b"\xff\xd9", at)
    return data if end < 0 else data[: end + 2]
