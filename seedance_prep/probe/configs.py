"""Depth and chroma from the decoder configuration that an ISO sample entry carries. Pure.

``avcC``, ``hvcC`` (ISO/IEC 14496-15), ``av1C`` (AV1 in ISO base media), ``vpcC`` (VP in ISO base
media).
"""

from __future__ import annotations

from dataclasses import dataclass

CHROMAS = {0: "4:0:0", 1: "4:2:0", 2: "4:2:2", 3: "4:4:4"}
_AVC_HIGH = frozenset({100, 110, 122, 144, 244})


@dataclass(frozen=True, slots=True)
class Config:
    """Bits per sample and chroma subsampling."""

    bits: int
    chroma: str


def config(kind: bytes, data: bytes) -> Config | None:
    """Read one configuration box; ``None`` when it is another box or does not tell."""
    try:
        match kind:
            case b"avcC":
                return _avc(data)
            case b"hvcC":
                return Config((data[17] & 7) + 8, CHROMAS[data[16] & 3])
            case b"av1C":
                return _av1(data[2])
            case b"vpcC":
                return Config(data[6] >> 4, CHROMAS[max((data[6] >> 1 & 7) - 1, 0) + 1])
    except (IndexError, KeyError):
        return None
    return None


def _avc(data: bytes) -> Config | None:
    if data[1] not in _AVC_HIGH:
        return Config(8, "4:2:0")
    at = 6
    for _ in range(data[5] & 31):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    sets = data[at]
    at += 1
    for _ in range(sets):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    if data[at] & 0xFC != 0xFC or data[at + 1] & 0xF8 != 0xF8:  # older writers end before these
        return None
    return Config((data[at + 1] & 7) + 8, CHROMAS[data[at] & 3])


def _av1(flags: int) -> Config:
    bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    across, down = flags >> 3 & 1, flags >> 2 & 1
    chroma = "4:0:0" if flags & 0x10 else "4:2:0" if down else "4:2:2" if across else "4:4:4"
    return Config(bits, chroma)
