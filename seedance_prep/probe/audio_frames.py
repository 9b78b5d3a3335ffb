"""Recognise bare sound frames (MP3, AAC, AC-3, DTS …), which have no signature of their own.

A sync word alone proves nothing, so the next frames must stand where the first says they do.
Header layouts: ISO/IEC 11172-3 and 13818-3 (MPEG audio), 13818-7 (ADTS), ETSI TS 102 366 (AC-3).
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.mpeg import mpeg_frame

MARGIN = 16 << 10
"""Bytes of junk in front that are forgiven."""
CHAIN = 3
"""Frames that must follow one another."""

_AC3_KBITS = (
    32,
    40,
    48,
    56,
    64,
    80,
    96,
    112,
    128,
    160,
    192,
    224,
    256,
    320,
    384,
    448,
    512,
    576,
    640,
)


def looks_like(data: bytes) -> str | None:
    """``mp3``, ``aac``, ``latm``, ``ac3``, ``eac3``, ``dts``, ``truehd`` or ``None``."""
    if data[:4] in (
        b"\x7f\xfe\x80\x01",
        b"\xfe\x7f\x01\x80",
        b"\x1f\xff\xe8\x00",
        b"\xff\x1f\x00\xe8",
    ):
        return "dts"
    if data[4:8] == b"\xf8\x72\x6f\xba":
        return "truehd"
    for name, sync, length in _FRAMES:
        if _chained(data, sync, length):
            return name
    return None


def _chained(data: bytes, sync: bytes, length: Callable[[bytes], int]) -> bool:
    at = data.find(sync, 0, MARGIN)
    while at >= 0:
        if _chain(data, at, length):
            return True
        at = data.find(sync, at + 1, MARGIN)
    return False


def _chain(data: bytes, at: int, length: Callable[[bytes], int]) -> bool:
    found = 0
    while found < CHAIN and at < len(data):
        size = length(data[at : at + 8])
        if not size:
            return False
        found, at = found + 1, at + size
    return found == CHAIN or (found == 2 and at == len(data))


def _mpeg(head: bytes) -> int:
    frame = mpeg_frame(head)
    return frame.size if frame else 0


def _adts(head: bytes) -> int:
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0


def _loas(head: bytes) -> int:
    if len(head) < 3 or head[0] != 0x56 or head[1] & 0xE0 != 0xE0:
        return 0
    return ((head[1] & 0x1F) << 8 | head[2]) + 3


def _ac3(head: bytes) -> int:
    if len(head) < 6 or head[:2] != b"\x0b\x77" or head[5] >> 3 > 10:
        return 0
    rate, size = head[4] >> 6, head[4] & 63
    if rate == 3 or size > 37:
        return 0
    kilobits, odd = _AC3_KBITS[size >> 1], size & 1
    return (kilobits * 4, 2 * (kilobits * 96000 // 44100 + odd), kilobits * 6)[rate]


def _eac3(head: bytes) -> int:
    if len(head) < 6 or head[:2] != b"\x0b\x77" or not 10 < head[5] >> 3 <= 16:
        return 0
    return (((head[2] & 7) << 8 | head[3]) + 1) * 2


_FRAMES: tuple[tuple[str, bytes, Callable[[bytes], int]], ...] = (
    ("aac", b"\xff", _adts),
    ("mp3", b"\xff", _mpeg),
    ("ac3", b"\x0b\x77", _ac3),
    ("eac3", b"\x0b\x77", _eac3),
    ("latm", b"\x56", _loas),
)
