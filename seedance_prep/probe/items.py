"""Properties of the primary picture of a HEIF or AVIF file (ISO/IEC 23008-12, 9.3)."""

from __future__ import annotations

from ..core import colours
from ..core.colours import Colours
from . import configs
from .boxes import Box, BrokenBoxesError, Reader, fields

ITEMS_MAX = 10_000
LIMIT = 4096

Property = tuple[bytes, bytes]
"""Type and (the start of the) payload."""


def properties(reader: Reader) -> tuple[Property, ...]:
    """What the primary item is associated with; nothing when the boxes are damaged."""
    try:
        meta = next((box for box in reader.top() if box.kind == b"meta"), None)
        boxes = {box.kind: box for box in reader.children(meta, 4)} if meta else {}
        known = list(reader.children(ipco)) if (ipco := _ipco(reader, boxes)) else []
        chosen = _associated(reader, boxes)
        return tuple(
            (known[number - 1].kind, reader.read(known[number - 1], LIMIT))
            for number in chosen
            if 0 < number <= len(known)
        )
    except BrokenBoxesError:
        return ()


CODED = frozenset({b"av01", b"hvc1", b"jpeg", b"vvc1", b"avc1", b"unci"})


def pictures(reader: Reader, meta: Box) -> int:
    """How many pictures stand in the box for stills, each of which ffmpeg counts as a stream."""
    iinf = next((box for box in reader.children(meta, 4) if box.kind == b"iinf"), None)
    if iinf is None:
        return 0
    short = reader.read(iinf, 1)[:1] == b"\0"
    found = 0
    for entry in reader.children(iinf, 6 if short else 8):
        head = reader.read(entry, 16)
        at = 8 if head[:1] == b"\2" else 10
        found += entry.kind == b"infe" and head[at : at + 4] in CODED
    return found


def _ipco(reader: Reader, boxes: dict[bytes, Box]) -> Box | None:
    return reader.child(boxes.get(b"iprp"), b"ipco")


def _associated(reader: Reader, boxes: dict[bytes, Box]) -> list[int]:
    """Numbers (from 1) of the properties of the primary item."""
    primary, table = boxes.get(b"pitm"), reader.child(boxes.get(b"iprp"), b"ipma")
    if primary is None or table is None:
        return []
    told = reader.read(primary)
    (wanted,) = fields("I" if told[:1] != b"\0" else "H", told, 4)
    body = reader.read(table, 1 << 20)
    version, flags, count = fields("B2xBI", body)
    wide_id, wide_index, at = version > 0, bool(flags & 1), 8
    for _ in range(min(count, ITEMS_MAX)):
        item, many = fields("IB" if wide_id else "HB", body, at)
        at += 5 if wide_id else 3
        numbers = fields(f"{many}{'H' if wide_index else 'B'}", body, at)
        at += many * (2 if wide_index else 1)
        if item == wanted:
            return [number & (0x7FFF if wide_index else 0x7F) for number in numbers]
    return []


def coded(found: tuple[Property, ...]) -> Colours | None:
    """Colours by their codes (``nclx``); ``None`` for sRGB, or when only a profile tells."""
    nits = next((_nits(body) for kind, body in found if kind == b"clli"), None)
    for kind, body in found:
        if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 8:
            primaries, transfer = fields("HH", body, 4)
            return colours.coded(primaries, transfer, nits)
    return None


def _nits(body: bytes) -> int | None:
    return int.from_bytes(body[:2], "big") or None


def bits(found: tuple[Property, ...]) -> int | None:
    """Bits per channel, as the picture's own properties or its decoder's settings tell them."""
    for kind, body in found:
        if kind == b"pixi" and len(body) > 5 and body[4]:
            return max(body[5 : 5 + body[4]], default=None)
    for kind, body in found:
        if read := configs.config(kind, body):
            return read.bits
    return None
