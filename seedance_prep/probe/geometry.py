"""Pure arithmetic: display matrix to rotation, mirror and pixel aspect; stored size to seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SAR_MAX = 20
"""Pixels wider or taller than that are a damaged header, not a picture."""
STANDARD_SARS = tuple(
    Fraction(*pair)
    for pair in (
        *((1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33)),
        *((18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1), (1, 2), (2, 3), (3, 4)),
        *((8, 9), (32, 27), (16, 15), (64, 45), (11, 12), (9, 8), (27, 32), (152, 135), (27, 64)),
    )
)
"""Pixel aspects in use: ITU-T H.264 table E-1, and those of MPEG-2 pictures in 4:3 and 16:9."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How a stored picture is turned to be seen: mirrored first, then turned clockwise."""

    rotation: int
    mirrored: bool
    stretch: Fraction | None = None
    """Pixel aspect that the matrix itself applies, when it scales one side more than the other."""


def pose(matrix: Sequence[int]) -> Pose:
    """Read a 3x3 matrix in 16.16 fixed point (``a b u c d v x y w``).

    A point (x, y) of the picture is shown at (a x + c y, b x + d y), y downwards.
    """
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    across, down = math.hypot(a, b), math.hypot(c, d)
    if not across or not down:
        return Pose(0, False)
    turned = round(math.degrees(math.atan2(-c, d)) / 90) * 90 % 360
    return Pose(turned, a * d - b * c < 0, _stretch(math.hypot(a, c), math.hypot(b, d), turned))


def _stretch(across: float, down: float, turned: int) -> Fraction | None:
    """Scale of the shown axes, turned back to the stored ones; rounding is not a stretch."""
    ratio = across / down if turned % 180 == 0 else down / across
    if abs(ratio - 1) <= 0.01 or not 1 / SAR_MAX < ratio < SAR_MAX:
        return None
    return Fraction(ratio).limit_denominator(1000)


def product(first: Sequence[int], then: Sequence[int]) -> tuple[int, ...]:
    """The 2x2 part of two display matrices, one after the other, as a 3x3 in 16.16."""
    a, b, c, d = first[0], first[1], first[3], first[4]
    e, f, g, h = then[0], then[1], then[3], then[4]
    cells = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
    w, x, y, z = (cell >> 16 for cell in cells)
    return (w, x, 0, y, z, 0, 0, 0, 0x40000000)


def standard_sar(value: float) -> Fraction | None:
    """The pixel aspect in use that a rounded decimal stands for; ``None`` for nonsense."""
    if not 1 / SAR_MAX < value < SAR_MAX:
        return None
    near = min(STANDARD_SARS, key=lambda sar: abs(float(sar) - value))
    if abs(float(near) - value) <= 0.0011 * value:
        return near
    return Fraction(value).limit_denominator(200)


def seen(width: Fraction, height: Fraction, sar: Fraction, rotation: int) -> tuple[int, int]:
    """Pixels that a viewer sees: the width is stretched, then the sides swap when turned."""
    size = (max(round(width * sar), 1), max(round(height), 1))
    return (size[1], size[0]) if rotation % 180 else size


def usable(sar: Fraction) -> Fraction | None:
    """The pixel aspect, unless no picture has one like it."""
    return sar if 1 / SAR_MAX < sar < SAR_MAX else None
