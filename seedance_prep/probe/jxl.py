"""Size, orientation and depth of a JPEG XL picture, from the start of its codestream.

ISO/IEC 18181-1: SizeHeader and the first fields of ImageMetadata. Pure.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
WIDTHS = (9, 13, 18, 30)
HEAD = 64 << 10
"""Bytes from the start of the file that are looked through."""
BOXES_MAX = 50
START = 64
"""Bytes of the codestream that hold all of this, a preview's size left aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the codestream says of the picture."""

    width: int
    """Pixels as they are seen; decoders turn the picture by themselves."""
    height: int
    bits: int | None = None
    alpha: bool | None = None


class _Bits:
    """Bits of a codestream, lowest first."""

    def __init__(self, data: bytes) -> None:
        self._word = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._word & (1 << count) - 1
        self._word >>= count
        return value

    def chosen(self, *choices: tuple[int, int]) -> int:
        """One of four ways to write a number: what to add, and how many bits follow."""
        base, count = choices[self.take(2)]
        return base + self.take(count)


def header(head: bytes) -> Header | None:
    """Of the first bytes of a file, bare or in boxes; ``None`` when the picture starts later."""
    stream = _codestream(head)
    if stream[:2] != b"\xff\x0a" or len(stream) < 12:
        return None
    bits = _Bits(stream[2:START])
    width, height = _size(bits)
    if bits.take(1):  # everything as usual
        return Header(width=width, height=height, bits=8, alpha=False)
    turned = bits.take(1) and _extra(bits)
    if turned is None:
        return Header(width=width, height=height)
    if turned >= 4:  # orientations 5 to 8 exchange the sides
        width, height = height, width
    return Header(width=width, height=height, bits=_depth(bits), alpha=_alpha(bits))


def _codestream(head: bytes) -> bytes:
    if head[4:8] != b"JXL ":
        return head
    at = 0
    for _ in range(BOXES_MAX):
        if at + 8 > len(head):
            break
        size, kind = struct.unpack_from(">I4s", head, at)
        if kind in (b"jxlc", b"jxlp"):
            return head[at + (8 if kind == b"jxlc" else 12) :]
        at += max(size, 8)
    return b""


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)
    height = _side(bits, small)
    ratio = RATIOS.get(bits.take(3))
    width = height * ratio[0] // ratio[1] if ratio else _side(bits, small)
    return width, height


def _side(bits: _Bits, small: int) -> int:
    if small:
        return (bits.take(5) + 1) * 8
    return bits.take(WIDTHS[bits.take(2)]) + 1


def _extra(bits: _Bits) -> int | None:
    """Orientation less one; ``None`` when a preview stands between here and the rest."""
    turned = bits.take(3)
    if bits.take(1):
        _size(bits)  # the size to show it at, which is only advice
    if bits.take(1):
        return None
    if bits.take(1):
        bits.chosen((100, 0), (1000, 0), (1, 10), (1, 30))  # ticks a second
        bits.chosen((1, 0), (1001, 0), (1, 8), (1, 10))
        bits.chosen((0, 0), (0, 3), (0, 16), (0, 32))  # loops
        bits.take(1)
    return turned


def _depth(bits: _Bits) -> int:
    if bits.take(1):  # floating point
        depth = bits.chosen((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
        return depth
    return bits.chosen((8, 0), (10, 0), (12, 0), (1, 6))


def _alpha(bits: _Bits) -> bool:
    """Whether the first further channel is alpha; what else there may be is not shown."""
    bits.take(1)
    if not bits.chosen((0, 0), (1, 0), (2, 4), (1, 12)):
        return False
    return bool(bits.take(1)) or bits.chosen((0, 0), (1, 0), (2, 4), (18, 6)) == 0
