"""PNG as Xcode packs it for iOS (``CgBI``): no zlib header, blue before red, alpha multiplied in.

Told by its chunks like any PNG, it is put together as one; then the colours are set right.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image

from .. import pictures
from ..core.media import ImageFacts

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS_MAX = 100_000
ROOM = 8
"""Bytes a pixel can have, with the filter bytes of its rows, at most (16 bits each of four)."""


def opened(file: BinaryIO, facts: ImageFacts) -> Image.Image:
    """The picture, decoded, in straight RGB or RGBA. Raises as Pillow does over damaged files."""
    picture = pictures.opened(io.BytesIO(_plain(file, facts)), "png")
    picture.load()
    if picture.mode == "RGB":
        return Image.merge("RGB", picture.split()[::-1])
    if picture.mode != "RGBA":
        return picture
    blue, green, red, alpha = picture.split()
    multiplied = Image.merge("RGBA", (red, green, blue, alpha)).tobytes()
    return Image.frombytes("RGBa", picture.size, multiplied).convert("RGBA")


def _plain(file: BinaryIO, facts: ImageFacts) -> bytes:
    """The same chunks as PNG means them; only what shows the picture is kept."""
    kept, packed = [], []
    for kind, body in _chunks(file):
        if kind == b"IDAT":
            packed.append(body)
        elif kind in (b"IHDR", b"PLTE", b"tRNS", b"iCCP"):
            kept.append((kind, body))
    most = (facts.width or 0) * (facts.height or 0) * ROOM + (facts.height or 0) * 8
    rows = zlib.decompressobj(-zlib.MAX_WBITS).decompress(b"".join(packed), max(most, 1))
    kept += [(b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in kept)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(len(SIGNATURE))
    for _ in range(CHUNKS_MAX):
        head = file.read(8)
        if len(head) < 8:
            return
        yield head[4:], file.read(int.from_bytes(head[:4], "big"))
        file.seek(4, 1)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
