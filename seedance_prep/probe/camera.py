"""Camera raw files: the JPEG inside that shows the whole picture, never the thumbnail.

Most are TIFFs (DNG, NEF, ARW, CR2; ORF and RW2 but for their first bytes). Their first directory
is mostly a thumbnail; the raw picture and its previews stand in SubIFDs or further down the chain
(TIFF 6.0, its Supplement 1, and the DNG specification, chapters 2 and 4). RAF has a table of its
own, CR3 has tracks.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from ..core.decoders import REFUSALS
from . import movie
from .boxes import BrokenBoxesError, Reader
from .exif import Noted, noted

ENTRIES_MAX = 512
PREVIEW_MAX = 256 << 20
"""Bytes of a JPEG inside a raw file."""
DIRECTORIES_MAX = 24
RAW = frozenset({32803, 34892})
"""Photometric interpretations of what a sensor saw: colour filter array and linear raw."""
JPEGS = frozenset({6, 7, 34892})
"""Compression: JPEG as TIFF 6.0 had it, as its Supplement 2 has it, and lossy DNG."""
SHOWN = frozenset({1, 2, 6})
"""Photometric interpretations of a finished picture: grey, RGB, YCbCr."""
WHOLE = 0.9
"""Share of the raw picture's longer side: previews are cropped a little, thumbnails are far off."""
CAMERAS = frozenset({"cr2", "cr3", "orf", "raf", "rw2"})
"""Containers that are raw files by their first bytes."""

_SUBFILES, _WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC = 330, 256, 257, 259, 262
_STRIPS, _STRIP_BYTES, _JPEG, _JPEG_BYTES = 273, 279, 513, 514
_ORIENTATION, _EXIF = 274, 34665
_PANASONIC_JPEG = 46
_DECLARED = (2, 3, 0xA002, 0xA003)
"""Width and height of the sensor as Panasonic has them, and of the picture as EXIF has them."""
_FUJI_JPEG, _FUJI_TAGS = 84, 92
_FUJI_SIZES = (0x100, 0x111)

Directory = dict[int, tuple[int, int]]
"""Tag to (count, value or offset)."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A JPEG inside a file."""

    start: int
    count: int
    """Bytes."""
    width: int
    height: int
    mode: str
    told: Noted
    icc: bytes | None

    @property
    def longer(self) -> int:
        """Pixels of the longer side."""
        return max(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Raw:
    """A camera's raw file."""

    preview: Preview | None
    """The largest JPEG that shows the whole picture."""
    largest: Preview | None = None
    """The largest of all."""
    orientation: int | None = None
    """As the file around says, which the previews need not repeat."""


def raw(file: BinaryIO, size: int, container: str) -> Raw | None:
    """What a file holds for a camera; ``None`` when it is a TIFF and no raw file."""
    try:
        if container == "raf":
            return _fuji(file)
        if container == "cr3":
            return _tracks(file, size)
        return _tiff(file, container)
    except (struct.error, BrokenBoxesError):
        return Raw(None) if container in CAMERAS else None


def _tiff(file: BinaryIO, container: str) -> Raw | None:
    found = list(directories(file))
    sensor = [_side(each) for each in found if _value(each, _PHOTOMETRIC) in RAW]
    if not sensor and container not in CAMERAS:
        return None
    sides = sensor or [_declared(found)]
    places = [place for each in found for place in _places(each)]
    chosen = _chosen([one for place in places if (one := _preview(file, *place))], max(sides))
    return replace(chosen, orientation=_value(found[0], _ORIENTATION) or None)


def _chosen(previews: list[Preview], sensor: int) -> Raw:
    largest = max(previews, key=lambda one: one.longer, default=None)
    whole = largest is not None and sensor > 0 and largest.longer >= WHOLE * sensor
    return Raw(largest if whole else None, largest)


def _declared(found: list[Directory]) -> int:
    """The longer side where no directory is marked as raw: as EXIF or the maker has it."""
    wide = [_value(each, tag) for each in found for tag in _DECLARED]
    return max(wide) or max(_side(each) for each in found)


def _side(directory: Directory) -> int:
    return max(_value(directory, _WIDTH), _value(directory, _HEIGHT))


def _value(directory: Directory, tag: int) -> int:
    return directory.get(tag, (0, 0))[1]


def _places(directory: Directory) -> Iterator[tuple[int, int]]:
    """Where JPEGs of a directory start, and their bytes."""
    if _PANASONIC_JPEG in directory:
        count, offset = directory[_PANASONIC_JPEG]
        yield offset, count
    if _JPEG in directory and _JPEG_BYTES in directory:
        yield _value(directory, _JPEG), _value(directory, _JPEG_BYTES)
    (starts, offset), (sizes, count) = (
        directory.get(tag, (0, 0)) for tag in (_STRIPS, _STRIP_BYTES)
    )
    shown = _value(directory, _PHOTOMETRIC) in SHOWN or _PHOTOMETRIC not in directory
    if starts == sizes == 1 and shown and _value(directory, _COMPRESSION) in JPEGS:
        yield offset, count


def _preview(file: BinaryIO, start: int, count: int) -> Preview | None:
    from PIL import JpegImagePlugin

    file.seek(start)
    try:
        picture = JpegImagePlugin.JpegImageFile(io.BytesIO(file.read(min(count, PREVIEW_MAX))), "")
        told = noted(picture.getexif())
    except REFUSALS:
        return None  # lossless or of 12 bits: raw data, not a picture to look at
    icc = picture.info.get("icc_profile")
    return Preview(start, count, picture.width, picture.height, picture.mode, told, icc)


def directories(file: BinaryIO) -> Iterator[Directory]:
    """The directories of the chain, and the ones below each."""
    file.seek(0)
    head = file.read(8)
    order = "<" if head[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", head, 4)
    seen: set[int] = set()
    while at and at not in seen and len(seen) < DIRECTORIES_MAX:
        seen.add(at)
        each, after = _directory(file, order, at)
        yield each
        for offset in _below(file, order, each):
            if offset not in seen and len(seen) < DIRECTORIES_MAX:
                seen.add(offset)
                yield _directory(file, order, offset)[0]
        at = after


def _below(file: BinaryIO, order: str, main: Directory) -> tuple[int, ...]:
    count, value = main.get(_SUBFILES, (0, 0))
    details = (_value(main, _EXIF),) if _EXIF in main else ()
    if count <= 1:
        return (value, *details) if count else details
    file.seek(value)
    many = min(count, DIRECTORIES_MAX)
    return (*struct.unpack(f"{order}{many}I", file.read(4 * many)), *details)


def _directory(file: BinaryIO, order: str, at: int) -> tuple[Directory, int]:
    """One directory, and where the next one of the chain is (0: nowhere)."""
    file.seek(at)
    (count,) = struct.unpack(order + "H", file.read(2))
    found = {}
    for _ in range(min(count, ENTRIES_MAX)):
        row = file.read(12)
        tag, kind, many, value = struct.unpack(order + "HHII", row)
        if kind == 3 and many == 1:
            (value,) = struct.unpack_from(order + "H", row, 8)
        found[tag] = (many, value)
    after = file.read(4)
    return found, struct.unpack(order + "I", after)[0] if len(after) == 4 else 0


def _fuji(file: BinaryIO) -> Raw:
    """Big-endian places at fixed offsets; the sensor's size stands in a list of tags."""
    file.seek(_FUJI_JPEG)
    start, count, tags = struct.unpack(">III", file.read(12))
    preview = _preview(file, start, count)
    chosen = _chosen([preview] if preview else [], max(_fuji_sides(file, tags), default=0))
    return replace(chosen, orientation=preview.told.orientation if preview else None)


def _fuji_sides(file: BinaryIO, at: int) -> Iterator[int]:
    file.seek(at)
    (count,) = struct.unpack(">I", file.read(4))
    for _ in range(min(count, ENTRIES_MAX)):
        tag, size = struct.unpack(">HH", file.read(4))
        body = file.read(size)
        if tag in _FUJI_SIZES and size == 4:
            yield max(struct.unpack(">HH", body))


def _tracks(file: BinaryIO, size: int) -> Raw:
    """CR3: one track holds a JPEG of full size, the others what the sensor saw."""
    found = movie.read(Reader(file, size))
    tracks = [track for track in (found.tracks if found else ()) if track.entry.width]
    sensor = max((max(one.entry.width or 0, one.entry.height or 0) for one in tracks), default=0)
    room = 1 << 26
    places = [(one.last_chunk, min(size - one.last_chunk, room)) for one in tracks]
    previews = [one for place in places if place[1] > 0 and (one := _preview(file, *place))]
    chosen = _chosen(previews, sensor)
    return replace(chosen, orientation=chosen.preview.told.orientation if chosen.preview else None)
