"""Whether a picture's file reaches its end: told by its parts, and by decoding only in doubt.

A header is sound however much is missing behind it, and decoders fill the rest with grey.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from .. import pictures
from ..core.decoders import REFUSALS
from ..core.media import ImageFacts
from .faults import UnusableError, damaged

BLOCK = 1 << 20
SEGMENTS_MAX = 5000
CHUNKS_MAX = 100_000
CUT = "ends in the middle of the picture: the rest of the file is missing or damaged"


def refuse_cut(file: BinaryIO, size: int, facts: ImageFacts) -> None:
    """Raise ``UnusableError`` for a picture of which a part is missing.

    A file without an end mark is decoded to be sure: a PNG may lack no more than that.
    """
    ends = {"jpeg": _jpeg, "png": _png, "webp": _webp}.get(facts.container)
    if ends is None:
        return
    try:
        if ends(file, size):
            return
    except struct.error:
        pass
    try:
        with pictures.opened(file, facts.container) as picture:
            picture.load()
    except REFUSALS as error:
        raise _cut(error) from error


def _cut(error: Exception) -> UnusableError:
    return damaged(f"{CUT} ({error})")


def _jpeg(file: BinaryIO, size: int) -> bool:
    """Whether an end mark follows the start of the scans (thumbnails before it have their own)."""
    file.seek(2)
    for _ in range(SEGMENTS_MAX):
        mark, kind = struct.unpack(">BB", file.read(2))
        while kind == 0xFF:
            (kind,) = struct.unpack("B", file.read(1))
        if mark != 0xFF:
            return False
        if kind == 0x01 or 0xD0 <= kind <= 0xD7:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if kind == 0xDA:
            return any(b"\xff\xd9" in block for block in _blocks(file, file.tell(), size))
        file.seek(length - 2, 1)
    return False


def _blocks(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    """The file from its end, where the mark mostly is, down to ``start``; blocks share a byte."""
    end = size
    while end > start:
        at = max(end - BLOCK, start)
        file.seek(at)
        yield file.read(end - at)
        end = at + 1 if at > start else start


def _png(file: BinaryIO, size: int) -> bool:
    at = 8
    for _ in range(CHUNKS_MAX):
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        at += length + 12
        if kind == b"IEND":
            return True
        if at > size:
            return False
    return False


def _webp(file: BinaryIO, size: int) -> bool:
    file.seek(4)
    (length,) = struct.unpack("<I", file.read(4))
    return bool(length + 8 <= size)
