"""The parts of a JPEG, PNG or WebP: what is picture, and what is only told about it. Pure.

JPEG: ISO/IEC 10918-1 annex B, JFIF 1.02, Adobe's APP14, ICC.1 annex B.4, CIPA DC-008 (EXIF).
PNG: third edition (2025). WebP: RFC 9649.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """What a part is."""

    PICTURE = "picture"
    """Pixels, and all that is needed to show them in their colours."""
    EXIF = "exif"
    XMP = "xmp"
    IPTC = "iptc"
    TEXT = "text"
    """Comments and named texts."""
    OTHER = "other"
    """Thumbnails, maker's blocks, signatures, and whatever follows the picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part, in the order of the file."""

    what: What
    data: bytes
    """As it stands in the file."""
    told: bytes = b""
    """What it says, without its header; empty for the picture."""


READ = frozenset({"jpeg", "png", "webp"})
"""Formats that are read here."""


def parts(data: bytes, container: str) -> tuple[Part, ...]:
    """All parts of a file, which together are the file (a JFIF thumbnail is cut out of its
    segment). Raises ``ValueError`` for a broken one.
    """
    read = {"jpeg": _jpeg, "png": _png, "webp": _webp}[container]
    try:
        return tuple(read(data))
    except IndexError as error:
        raise ValueError("ends within a header") from error


def _within(end: int, data: bytes) -> None:
    if end > len(data):
        raise ValueError(f"ends within a part, {end - len(data)} bytes too early")


def without(found: Iterable[Part], container: str, exif: bytes | None = None) -> bytes:
    """The file of the picture alone; ``exif`` (from its byte order on) is put in, if given."""
    kept = [part.data for part in found if part.what is What.PICTURE]
    match container:
        case "jpeg":
            return b"".join(_with_segment(kept, exif))
        case "png":
            chunk = [_chunk(b"eXIf", exif)] if exif else []
            return b"".join([*kept[:2], *chunk, *kept[2:]])
    return _riff(kept, exif)


_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The next marker in entropy-coded data: neither a stuffed byte nor a restart."""
_APPLICATIONS = range(0xE0, 0xF0)
_NAMES = (
    (0xE0, b"JFIF\0", What.PICTURE),
    (0xE1, b"Exif\0\0", What.EXIF),
    (0xE1, b"http://ns.adobe.com/xap/1.0/\0", What.XMP),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\0", What.XMP),
    (0xE2, b"ICC_PROFILE\0", What.PICTURE),
    (0xED, b"Photoshop 3.0\0", What.IPTC),
    (0xEE, b"Adobe", What.PICTURE),
)
JFIF_LENGTH = 18
"""Bytes of the JFIF segment without a thumbnail."""


def _jpeg(data: bytes) -> Iterator[Part]:
    yield Part(What.PICTURE, data[:2])
    at = 2
    while at < len(data):
        start = at
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF or data[at + 1] == 0:
            raise ValueError(f"has no segment at byte {at}")
        marker = data[at + 1]
        if marker == 0xD9:
            yield Part(What.PICTURE, data[start : at + 2])
            if at + 2 < len(data):
                yield Part(What.OTHER, data[at + 2 :])
            return
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        _within(at, data)
        if marker == 0xDA:
            after = _SCAN.search(data, at)
            at = after.start() if after else len(data)
        yield from _segment(marker, data[start:at])


def _segment(marker: int, data: bytes) -> Iterator[Part]:
    body = data.lstrip(b"\xff")[3:]
    if marker == 0xFE:
        yield Part(What.TEXT, data, body)
        return
    if marker not in _APPLICATIONS:
        yield Part(What.PICTURE, data)
        return
    for one, name, what in _NAMES:
        if one == marker and body.startswith(name):
            if name == b"JFIF\0" and len(body) + 4 > JFIF_LENGTH:
                yield Part(What.PICTURE, b"\xff\xe0\0\x10" + body[:12] + b"\0\0")
                yield Part(What.OTHER, b"", body[14:])
            else:
                yield Part(what, data, b"" if what is What.PICTURE else body[len(name) :])
            return
    yield Part(What.OTHER, data, body)


def _with_segment(kept: list[bytes], exif: bytes | None) -> Iterator[bytes]:
    """Behind the JFIF segment, where there is one: it must come first."""
    behind = 2 if len(kept) > 1 and kept[1].startswith(b"\xff\xe0") else 1
    yield from kept[:behind]
    if exif:
        body = b"Exif\0\0" + exif
        yield b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    yield from kept[behind:]


_PNG_NEEDED = ("CgBI", "IHDR", "PLTE", "IDAT", "IEND", "tRNS")
_PNG_COLOURS = ("gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "mDCV", "cLLI", "bKGD", "pHYs")
_PNG_FRAMES = ("acTL", "fcTL", "fdAT")
_SHOWN = frozenset({*_PNG_NEEDED, *_PNG_COLOURS, *_PNG_FRAMES})
_TEXTS = frozenset({"tEXt", "zTXt", "iTXt"})
_XMP_TEXT = b"XML:com.adobe.xmp\0"


def _png(data: bytes) -> Iterator[Part]:
    yield Part(What.PICTURE, data[:8])
    at = 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        _within(end, data)
        kind = data[at + 4 : at + 8].decode("latin-1")
        chunk, body = data[at:end], data[at + 8 : end - 4]
        if kind in _SHOWN:
            yield Part(What.PICTURE, chunk)
        elif kind == "eXIf":
            yield Part(What.EXIF, chunk, body)
        elif kind in _TEXTS:
            yield Part(What.XMP if body.startswith(_XMP_TEXT) else What.TEXT, chunk, body)
        else:
            yield Part(What.OTHER, chunk, body)
        at = end
        if kind == "IEND" and at < len(data):
            yield Part(What.OTHER, data[at:])
            return


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + check


_WEBP_TOLD = {b"EXIF": What.EXIF, b"XMP ": What.XMP}
_WEBP_SHOWN = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"})
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def _webp(data: bytes) -> Iterator[Part]:
    yield Part(What.PICTURE, data[:12])
    at, last = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= last:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + (size & 1)
        _within(end, data)
        kind, chunk = data[at : at + 4], data[at:end]
        if kind in _WEBP_SHOWN:
            yield Part(What.PICTURE, chunk)
        else:
            yield Part(_WEBP_TOLD.get(kind, What.OTHER), chunk, data[at + 8 : at + 8 + size])
        at = end
    if at < len(data):
        yield Part(What.OTHER, data[at:])


def _riff(kept: list[bytes], exif: bytes | None) -> bytes:
    head, *chunks = kept
    extended = bool(chunks) and chunks[0].startswith(b"VP8X")
    if extended:
        flags = chunks[0][8] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if exif else 0)
        chunks[0] = chunks[0][:8] + bytes([flags]) + chunks[0][9:]
    if exif and extended:
        padded = exif + b"\0" * (len(exif) & 1)
        chunks.append(b"EXIF" + len(exif).to_bytes(4, "little") + padded)
    body = b"".join(chunks)
    return head[:4] + (len(body) + 4).to_bytes(4, "little") + head[8:12] + body
