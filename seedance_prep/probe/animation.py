"""Frames of GIF, APNG and animated WebP, and WebP's own header: chunk headers only, no pixels.

GIF89a; PNG third edition (APNG chunks); WebP container specification (RFC 9649).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from ..core import colours
from ..core.colours import Colours

CHUNKS_MAX = 100_000
TEXT_MAX = 1 << 20
"""Bytes of one text or profile in a PNG: Pillow's own bound (``MAX_TEXT_CHUNK``)."""
PACKED_MAX = 4 << 20
"""Bytes of a chunk that are looked into: zlib packs a thousandfold at most."""
COLOURS = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"})
GIF_SLOW = Fraction(1, 10)
"""What players make of a GIF frame that asks for less than 2/100 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Animation:
    """What the chunks of a picture say about its frames."""

    width: int
    height: int
    delays: tuple[Fraction, ...] = ()
    """Seconds that each frame is shown for; empty for a still."""
    alpha: bool | None = None
    exif: bytes | None = None
    icc: bytes | None = None
    bits: int | None = None
    lossless: bool | None = None
    """Of a WebP: whether all that is shown was written without loss."""
    orientation: int | None = None
    """As XMP has it (1-8), for pictures without EXIF."""
    colours: Colours | None = None
    """As chunks of a PNG tell them, where no profile does."""


def chunks(file: BinaryIO, container: str) -> Animation | None:
    """Walk the chunks of a GIF, WebP or PNG (CgBI, too); ``None`` when they make no sense."""
    file.seek(0)
    try:
        return {"gif": _gif, "png": _png, "cgbi": _png, "webp": _webp}[container](file)
    except (EOFError, IndexError):
        return None


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _gif(file: BinaryIO) -> Animation:
    head = _exactly(file, 13)
    width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if head[10] & 0x80:
        file.seek(3 << (head[10] & 7) + 1, 1)
    delays, clear = [], False
    try:
        for delay, transparent in _gif_frames(file):
            delays.append(delay)
            clear = clear or transparent
    except EOFError:
        pass  # cut short: the frames up to there count
    return Animation(width=width, height=height, delays=tuple(delays), alpha=clear)


def _gif_frames(file: BinaryIO) -> Iterator[tuple[Fraction, bool]]:
    delay, transparent = Fraction(0), False
    for _ in range(CHUNKS_MAX):
        mark = _exactly(file, 1)
        if mark == b"!":
            label = _exactly(file, 1)
            first = _sub_blocks(file)
            if label == b"\xf9" and len(first) >= 4:
                delay = Fraction(int.from_bytes(first[1:3], "little"), 100)
                transparent = bool(first[0] & 1)
        elif mark == b",":
            flags = _exactly(file, 9)[8]
            file.seek(3 << (flags & 7) + 1 if flags & 0x80 else 0, 1)
            _exactly(file, 1)
            _sub_blocks(file)
            yield (delay if delay >= Fraction(2, 100) else GIF_SLOW), transparent
        else:
            return


def _sub_blocks(file: BinaryIO) -> bytes:
    """Skip a chain of sub-blocks; the first one is handed back."""
    first = b""
    while size := _exactly(file, 1)[0]:
        if first:
            file.seek(size, 1)
        else:
            first = _exactly(file, size)
    return first


def _riff_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Type and size of each chunk; the file stands at its payload."""
    for _ in range(CHUNKS_MAX):
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], "little")
        after = file.tell() + size + (size & 1)
        yield head[:4], size
        file.seek(after)


def _webp(file: BinaryIO) -> Animation | None:
    _exactly(file, 12)
    size: tuple[int, int] | None = None
    alpha, delays, lossless = False, [], False
    kept: dict[bytes, bytes] = {}
    for kind, length in _riff_chunks(file):
        head = file.read(min(length, 32))
        if kind == b"VP8X":
            size, alpha = (_three(head, 4) + 1, _three(head, 7) + 1), bool(head[0] & 0x10)
        elif kind == b"VP8 " and size is None:
            size = _le(head, 6) & 0x3FFF, _le(head, 8) & 0x3FFF
        elif kind == b"VP8L" and head[:1] == b"\x2f":
            word = int.from_bytes(head[1:5], "little")
            size = size or ((word & 0x3FFF) + 1, (word >> 14 & 0x3FFF) + 1)
            alpha, lossless = alpha or bool(word >> 28 & 1), True
        elif kind == b"ANMF":
            delays.append(Fraction(max(_three(head, 12), 1), 1000))
        elif kind in (b"EXIF", b"ICCP", b"XMP ") and length <= 4 << 20:
            kept[kind] = head + file.read(length - len(head))
    if size is None:
        return None
    width, height = size
    exif, icc = kept.get(b"EXIF"), kept.get(b"ICCP")
    found = tuple(delays)
    return Animation(
        width=width,
        height=height,
        delays=found,
        alpha=alpha,
        exif=exif,
        icc=icc,
        bits=8,
        lossless=lossless,
        orientation=_upright(kept.get(b"XMP ", b"")),
    )


def _upright(xmp: bytes) -> int | None:
    found = re.search(rb"tiff:Orientation(?:>|=[\"'])([1-8])", xmp)
    return int(found.group(1)) if found else None


def _three(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _le(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _png(file: BinaryIO) -> Animation | None:
    _exactly(file, 8)
    head, exif, animated, delays = b"", None, False, []
    told: dict[bytes, bytes] = {}
    for kind, length in _png_chunks(file):
        if kind == b"IHDR":
            head = _exactly(file, 13)
        elif kind == b"acTL":
            animated = True
        elif kind == b"fcTL" and animated:
            delays.append(_png_delay(_exactly(file, 26)))
        elif kind == b"eXIf" and length <= 4 << 20:
            exif = file.read(length)
        elif kind in COLOURS:
            told[kind] = file.read(min(length, 64))
    if not head:
        return None
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    alpha = True if head[9] in (4, 6) else None
    return Animation(
        width=width,
        height=height,
        delays=tuple(delays),
        alpha=alpha,
        exif=exif,
        bits=head[8],
        colours=colours.of_png(told),
    )


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    for _ in range(CHUNKS_MAX):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length = int.from_bytes(head[:4], "big")
        after = file.tell() + length + 4
        yield head[4:], length
        file.seek(after)


def swollen(file: BinaryIO) -> bool:
    """Whether a PNG holds text or a profile that unpacks to more than Pillow takes."""
    file.seek(8)
    packed = (
        _packed(kind, file.read(min(length, PACKED_MAX))) for kind, length in _png_chunks(file)
    )
    return any(_expands(data) for data in packed if data)


def _packed(kind: bytes, chunk: bytes) -> bytes:
    """What is compressed in a chunk, behind its keyword and method."""
    rest = chunk.partition(b"\0")[2]
    if kind in (b"zTXt", b"iCCP"):
        return rest[1:]
    return rest[2:].split(b"\0", 2)[-1] if kind == b"iTXt" and rest[:1] == b"\1" else b""


def _expands(packed: bytes) -> bool:
    try:
        return len(zlib.decompressobj().decompress(packed, TEXT_MAX + 1)) > TEXT_MAX
    except zlib.error:
        return False


def _png_delay(control: bytes) -> Fraction:
    above, below = int.from_bytes(control[20:22], "big"), int.from_bytes(control[22:24], "big")
    return max(Fraction(above, below or 100), Fraction(1, 1000))
