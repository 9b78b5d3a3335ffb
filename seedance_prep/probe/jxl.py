"""Size of a JPEG XL picture: the SizeHeader of its codestream (ISO/IEC 18181-1). Pure."""

from __future__ import annotations

RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
WIDTHS = (9, 13, 18, 30)


class _Bits:
    """Bits of a codestream, lowest first."""

    def __init__(self, data: bytes) -> None:
        self._word = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._word & (1 << count) - 1
        self._word >>= count
        return value


def size(head: bytes) -> tuple[int, int] | None:
    """Width and height of a bare codestream or of one in boxes; ``None`` when it is not found."""
    start = head.find(b"\xff\x0a") if head[4:8] == b"JXL " else 0
    if start < 0 or head[start : start + 2] != b"\xff\x0a" or len(head) < start + 10:
        return None
    bits = _Bits(head[start + 2 : start + 18])
    small = bits.take(1)
    height = _side(bits, small)
    ratio = RATIOS.get(bits.take(3))
    width = height * ratio[0] // ratio[1] if ratio else _side(bits, small)
    return width, height


def _side(bits: _Bits, small: int) -> int:
    if small:
        return (bits.take(5) + 1) * 8
    return bits.take(WIDTHS[bits.take(2)]) + 1
