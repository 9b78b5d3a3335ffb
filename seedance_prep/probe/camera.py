"""Camera raw files that are TIFFs (DNG, NEF, ARW): the JPEG inside that shows the whole picture.

The first directory is mostly a thumbnail; the raw picture and its previews stand in SubIFDs
(TIFF 6.0, its Supplement 1, and the DNG specification, chapters 2 and 4).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

ENTRIES_MAX = 512
DIRECTORIES_MAX = 16
RAW = frozenset({32803, 34892})
"""Photometric interpretations of what a sensor saw: colour filter array and linear raw."""
JPEGS = frozenset({6, 7})
"""Compression: JPEG as TIFF 6.0 had it, and as its Supplement 2 has it."""
SHOWN = frozenset({1, 2, 6})
"""Photometric interpretations of a finished picture: grey, RGB, YCbCr."""
WHOLE = 0.9
"""Share of the raw picture's longer side: previews are cropped a little, thumbnails are far off."""

_SUBFILES, _WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC = 330, 256, 257, 259, 262
_STRIPS, _STRIP_BYTES, _JPEG, _JPEG_BYTES = 273, 279, 513, 514

Directory = dict[int, tuple[int, int]]
"""Tag to (count, value or offset)."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A camera's raw file."""

    preview: tuple[int, int] | None
    """Offset and bytes of the largest JPEG that shows the whole picture."""
    width: int = 0
    height: int = 0


def raw(file: BinaryIO) -> Raw | None:
    """What a TIFF holds for a camera; ``None`` when it is no raw file."""
    try:
        found = list(_directories(file))
    except struct.error:
        return None
    sensor = [_side(each) for each in found if _value(each, _PHOTOMETRIC) in RAW]
    if not sensor:
        return None
    previews = [one for each in found if (one := _preview(file, each))]
    best = max(previews, key=_longer, default=None)
    whole = best is not None and _longer(best) >= WHOLE * max(sensor)
    return best if whole else Raw(None)


def _longer(one: Raw) -> int:
    return max(one.width, one.height)


def _side(directory: Directory) -> int:
    return max(_value(directory, _WIDTH), _value(directory, _HEIGHT))


def _value(directory: Directory, tag: int) -> int:
    return directory.get(tag, (0, 0))[1]


def _preview(file: BinaryIO, directory: Directory) -> Raw | None:
    from PIL import JpegImagePlugin

    if _value(directory, _COMPRESSION) not in JPEGS:
        return None
    if _value(directory, _PHOTOMETRIC) not in SHOWN and _JPEG not in directory:
        return None
    place = _place(directory, _STRIPS, _STRIP_BYTES) or _place(directory, _JPEG, _JPEG_BYTES)
    if place is None:
        return None
    file.seek(place[0])
    try:
        picture = JpegImagePlugin.JpegImageFile(io.BytesIO(file.read(place[1])), "")
    except (OSError, SyntaxError, ValueError, struct.error, IndexError):
        return None  # lossless or of 12 bits: raw data, not a picture to look at
    return Raw(place, picture.width, picture.height)


def _place(directory: Directory, start: int, size: int) -> tuple[int, int] | None:
    (starts, offset), (sizes, count) = directory.get(start, (0, 0)), directory.get(size, (0, 0))
    return (offset, count) if starts == sizes == 1 else None


def _directories(file: BinaryIO) -> Iterator[Directory]:
    """The first directory and the ones below it."""
    file.seek(0)
    head = file.read(8)
    order = "<" if head[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", head, 4)
    main = _directory(file, order, first)
    yield main
    count, value = main.get(_SUBFILES, (0, 0))
    offsets: tuple[int, ...] = (value,) if count == 1 else ()
    if count > 1:
        file.seek(value)
        many = min(count, DIRECTORIES_MAX)
        offsets = struct.unpack(f"{order}{many}I", file.read(4 * many))
    for offset in offsets:
        yield _directory(file, order, offset)


def _directory(file: BinaryIO, order: str, at: int) -> Directory:
    file.seek(at)
    (count,) = struct.unpack(order + "H", file.read(2))
    found = {}
    for _ in range(min(count, ENTRIES_MAX)):
        row = file.read(12)
        tag, kind, many, value = struct.unpack(order + "HHII", row)
        if kind == 3 and many == 1:
            (value,) = struct.unpack_from(order + "H", row, 8)
        found[tag] = (many, value)
    return found
