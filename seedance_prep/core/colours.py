"""What a picture's numbers mean where no ICC profile says it: primaries and a curve. Pure.

Codes of primaries and transfers are those of ITU-T H.273, which HEIF, AVIF and PNG (cICP) use.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]
"""Chromaticity: x and y of CIE 1931."""


@dataclass(frozen=True, slots=True)
class Primaries:
    """Chromaticities of the three lights and of white."""

    red: Point
    green: Point
    blue: Point
    white: Point

    def near(self, other: Primaries) -> bool:
        """Whether both mean the same, but for rounding."""
        mine = (*self.red, *self.green, *self.blue, *self.white)
        yours = (*other.red, *other.green, *other.blue, *other.white)
        return all(abs(a - b) < NEAR for a, b in zip(mine, yours, strict=True))


NEAR = 0.003
D65 = (0.3127, 0.3290)
BT709 = Primaries((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), D65)
BT2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65)
P3_FILM = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351))
P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65)
ADOBE = Primaries((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), D65)
PROPHOTO = Primaries((0.734699, 0.265301), (0.159597, 0.840403), (0.036598, 0.000105),
                     (0.345704, 0.358540))  # fmt: skip
"""RIMM/ROMM RGB (ISO 22028-2); its white is D50."""


class Curve(StrEnum):
    """How values stand for light."""

    SRGB = "sRGB"
    GAMMA = "gamma"
    PQ = "PQ"
    HLG = "HLG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The meaning of three numbers; never that of sRGB itself, which nobody needs to be told."""

    name: str
    primaries: Primaries = BT709
    curve: Curve = Curve.SRGB
    gamma: float = 2.2
    """Light is the value to this power, where the curve is ``GAMMA``."""
    nits: int | None = None
    """The brightest light in the picture, as stated (``PQ`` only)."""

    @property
    def hdr(self) -> bool:
        """Whether values stand for more light than a standard screen gives."""
        return self.curve in (Curve.PQ, Curve.HLG)


ADOBE_RGB = Colours(name="Adobe RGB (1998)", primaries=ADOBE, curve=Curve.GAMMA, gamma=2 + 51 / 256)
PROPHOTO_RGB = Colours(name="ProPhoto RGB", primaries=PROPHOTO, curve=Curve.GAMMA, gamma=1.8)

_CODED = {
    9: ("BT.2020", BT2020),
    11: ("DCI-P3", P3_FILM),
    12: ("Display P3", P3),
}
"""Primaries so far from those of sRGB that values must be converted.

Those of BT.601 are so near that tools disagree on whether the tag is meant: the values stay.
"""
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0, 17: 2.6}
_LIGHTS = {16: Curve.PQ, 18: Curve.HLG}


def coded(primaries: int, transfer: int, nits: int | None = None) -> Colours | None:
    """Colours by their codes; ``None`` when they are sRGB's, as good as that, or not told.

    The camera curves of BT.709 and BT.2020 are shown as sRGB is, which is what they were seen
    through when the picture was made.
    """
    name, lights = _CODED.get(primaries, ("BT.709", BT709))
    if curve := _LIGHTS.get(transfer):
        return Colours(name=f"{name} {curve.value}", primaries=lights, curve=curve, nits=nits)
    if gamma := _GAMMAS.get(transfer):
        name = f"{name}, gamma {gamma:g}"
        return Colours(name=name, primaries=lights, curve=Curve.GAMMA, gamma=gamma)
    return None if lights is BT709 else Colours(name=name, primaries=lights)


GAMMA_NEAR = 0.05
"""Share by which a gamma may be off 2.2 and still be the usual note that means sRGB."""


def of_png(chunks: Mapping[bytes, bytes]) -> Colours | None:
    """Colours of a PNG by its chunks, the most telling first (PNG third edition, 4.3).

    ``chunks`` are the bodies of cICP, iCCP, sRGB, gAMA and cHRM. ``None``: sRGB, or a profile says.
    """
    if len(told := chunks.get(b"cICP", b"")) == 4:
        return coded(told[0], told[1])
    if b"iCCP" in chunks or b"sRGB" in chunks:
        return None
    lights = _chromaticities(chunks.get(b"cHRM", b""))
    gamma = _gamma(chunks.get(b"gAMA", b""))
    usual = gamma is None or abs(gamma / 2.2 - 1) < GAMMA_NEAR
    if usual and lights is BT709:
        return None
    name = "other primaries" if lights is not BT709 else "the primaries of sRGB"
    if gamma is None:
        return Colours(name=name, primaries=lights)
    name = f"{name}, gamma {gamma:.3g}"
    return Colours(name=name, primaries=lights, curve=Curve.GAMMA, gamma=gamma)


def _gamma(body: bytes) -> float | None:
    """The chunk holds the power that turned light into values: the inverse is wanted."""
    value = int.from_bytes(body, "big") if len(body) == 4 else 0
    return 100_000 / value if 10_000 <= value <= 500_000 else None


def _chromaticities(body: bytes) -> Primaries:
    """BT.709 where there are none, none that make sense, or the same."""
    if len(body) != 32:
        return BT709
    white, red, green, blue = [(x / 1e5, y / 1e5) for x, y in struct.iter_unpack(">II", body)]
    told = Primaries(red, green, blue, white)
    area = (green[0] - red[0]) * (blue[1] - red[1]) - (blue[0] - red[0]) * (green[1] - red[1])
    sane = all(0 < y <= 1 and 0 <= x <= 1 for x, y in (white, red, green)) and abs(area) > 0.02
    return BT709 if not sane or told.near(BT709) else told


WIDE = re.compile(r"P3|Adobe ?RGB|ProPhoto|ROMM|2020|2100|Wide ?Gamut", re.IGNORECASE)
"""Profiles whose colours come out pale where they are taken for sRGB."""


def unlike_srgb(icc: str | None, colours: Colours | None) -> str | None:
    """What the colours of a picture are called when they are not those of sRGB."""
    if icc and WIDE.search(icc):
        return icc
    return colours.name if colours else None
