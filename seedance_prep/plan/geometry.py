"""Knob ``size``: one raster that is inside every limit on pixels, sides and ratio.

Nothing is ever stretched: a raster's ratio is off by at most 0.2 % (rounding to whole pixels).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt

from ..core.finding import LOSSY_SCALE_MAX, Trust
from ..core.limits import ImageLimits, Limits, VideoLimits
from ..core.plan import Box, Size
from ..core.request import Framing

RATIO_ERROR_MAX = Fraction(2, 1000)
"""How far a raster's ratio may be off; what rounding to even sides needs."""
NOMINAL = (Fraction(16, 9), Fraction(9, 16))
NOMINAL_ERROR_MAX = Fraction(7, 1000)
"""848x480 and its like are 16:9, rounded to blocks of 16 pixels."""

Ratios = tuple[Fraction, Fraction]
Fit = Callable[[Fraction, Fraction, Ratios], Size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a picture gets its raster: crop, then scale, then pad; ``None`` leaves a step out."""

    crop: Box | None = None
    size: Size | None = None
    canvas: Size | None = None
    final: Size
    trust: Trust
    """``NONE`` when nothing happens."""


@dataclass(frozen=True, slots=True)
class Area:
    """Limits on a video's raster, and the sizes that are preferred inside them."""

    least: int
    most: int
    ready: tuple[Size, ...]


def clip_shape(size: Size, framing: Framing | None, limits: Limits, allow: Trust) -> Shape | None:
    """Raster of a video at a trust; ``None`` when none can be had at that trust."""
    bounds = limits.video
    ready = tuple(raster.size for raster in limits.rasters_of("720p"))
    area = Area(bounds.pixels_min.value, bounds.pixels_max.value, ready)

    def fit(width: Fraction, height: Fraction, ratios: Ratios) -> Size:
        return clip_raster(width, height, ratios, area)

    return _allowed(size, framing, bounds, fit, 2, allow)


def image_shape(
    size: Size, framing: Framing | None, bounds: ImageLimits, allow: Trust
) -> Shape | None:
    """Raster of a still at a trust; ``None`` when none can be had at that trust."""

    def fit(width: Fraction, height: Fraction, ratios: Ratios) -> Size:
        return image_raster(width, height, ratios, bounds)

    return _allowed(size, framing, bounds, fit, 1, allow)


def _allowed(
    size: Size,
    framing: Framing | None,
    bounds: VideoLimits | ImageLimits,
    fit: Fit,
    step: int,
    allow: Trust,
) -> Shape | None:
    """The ratio that every source agrees on where the trust reaches it, else the one taken."""
    for low, high in (
        (bounds.ratio_safe_min.value, bounds.ratio_safe_max.value),
        (bounds.ratio_min.value, bounds.ratio_max.value),
    ):
        shape = _shaped(size, framing or Framing.PAD, (low, high), fit, step)
        if shape.trust <= allow:
            return shape
    return None


def _shaped(size: Size, framing: Framing, ratios: Ratios, fit: Fit, step: int) -> Shape:
    ratio = Fraction(size.width, size.height)
    if ratios[0] <= ratio <= ratios[1]:
        return _scaled(size, fit(Fraction(size.width), Fraction(size.height), ratios))
    if framing is Framing.CROP:
        return _cropped(size, ratios, fit, step)
    return _padded(size, ratios, fit, step)


def _scaled(size: Size, final: Size) -> Shape:
    if final == size:
        return Shape(final=final, trust=Trust.NONE)
    factor = max(Fraction(final.width, size.width), Fraction(final.height, size.height))
    trust = Trust.LOSSY if factor <= LOSSY_SCALE_MAX else Trust.INVENTIVE
    return Shape(size=final, final=final, trust=trust)


def _cropped(size: Size, ratios: Ratios, fit: Fit, step: int) -> Shape:
    """The largest part from the middle whose ratio is taken."""
    width, height = size.width, size.height
    if Fraction(width, height) > ratios[1]:
        width = _down(height * ratios[1], step)
    else:
        height = _down(width / ratios[0], step)
    box = Box((size.width - width) // 2, (size.height - height) // 2, width, height)
    kept = Size(width, height)
    final = fit(Fraction(width), Fraction(height), ratios)
    scaled = None if final == kept else final
    return Shape(crop=box, size=scaled, final=final, trust=Trust.INVENTIVE)


def _padded(size: Size, ratios: Ratios, fit: Fit, step: int) -> Shape:
    """The whole picture on a canvas whose ratio is taken."""
    width, height = Fraction(size.width), Fraction(size.height)
    if width / height > ratios[1]:
        canvas = fit(width, width / ratios[1], ratios)
    else:
        canvas = fit(height * ratios[0], height, ratios)
    factor = min(canvas.width / width, canvas.height / height)
    inner = Size(
        min(canvas.width, _near(width * factor, step)),
        min(canvas.height, _near(height * factor, step)),
    )
    scaled = None if inner == size else inner
    return Shape(size=scaled, canvas=canvas, final=canvas, trust=Trust.INVENTIVE)


def _down(side: Fraction, step: int) -> int:
    return max(1, int(side) // step * step if side >= step else int(side))


def _near(side: Fraction, step: int) -> int:
    return max(step, round(side / step) * step)


@cache
def clip_raster(width: Fraction, height: Fraction, ratios: Ratios, area: Area) -> Size:
    """Even sides, pixels in the window: as it is, else the largest that fits, else the smallest.

    Sizes are real numbers, since a canvas may be meant; their ratio lies in ``ratios``.
    """
    ratio, pixels = width / height, width * height
    if pixels > area.most:
        return _ready(ratio, area) or max(_evens(ratio, ratios, area), key=_largest(ratio))
    if pixels < area.least:
        aim = _nominal(ratio)
        return min(_evens(aim, ratios, area), key=_smallest(aim))
    return min(
        _evens(ratio, ratios, area),
        key=lambda size: (abs(size.width - width) + abs(size.height - height), size.pixels),
    )


def _ready(ratio: Fraction, area: Area) -> Size | None:
    """One of the model's own rasters, when the ratio is that of the picture."""
    errors = {size: _error(size, ratio) for size in area.ready}
    best = min(area.ready, key=lambda size: errors[size])
    return best if errors[best] <= RATIO_ERROR_MAX else None


def _nominal(ratio: Fraction) -> Fraction:
    for aim in NOMINAL:
        if abs(ratio / aim - 1) <= NOMINAL_ERROR_MAX:
            return aim
    return ratio


def _evens(ratio: Fraction, ratios: Ratios, area: Area) -> list[Size]:
    """Even sizes in the window whose ratio is near enough, or the nearest if none is."""
    inside = [
        size
        for size in _grid(ratio, area)
        if area.least <= size.pixels <= area.most
        and ratios[0] <= Fraction(size.width, size.height) <= ratios[1]
    ]
    near = [size for size in inside if _error(size, ratio) <= RATIO_ERROR_MAX]
    return near or [min(inside, key=lambda size: _error(size, ratio))]


def _grid(ratio: Fraction, area: Area) -> Iterator[Size]:
    low, high = (isqrt(int(pixels / ratio)) // 2 * 2 for pixels in (area.least, area.most))
    for height in range(low - 2, high + 4, 2):
        width = int(height * ratio) // 2 * 2
        yield from (Size(width, height), Size(width + 2, height))


def _error(size: Size, ratio: Fraction) -> Fraction:
    return abs(Fraction(size.width, size.height) / ratio - 1)


def _largest(ratio: Fraction) -> Callable[[Size], tuple[int, Fraction]]:
    return lambda size: (size.pixels, -_error(size, ratio))


def _smallest(ratio: Fraction) -> Callable[[Size], tuple[int, Fraction]]:
    return lambda size: (size.pixels, _error(size, ratio))


def image_raster(width: Fraction, height: Fraction, ratios: Ratios, bounds: ImageLimits) -> Size:
    """Whole sides within the limits, scaled as little as possible."""
    least, most = bounds.side_min.value, bounds.side_max.value
    factor = Fraction(1)
    if max(width, height) > most:
        factor = most / max(width, height)
    elif min(width, height) < least:
        factor = least / min(width, height)
    across, down = width * factor, height * factor
    choices = [Size(w, h) for w in _around(across) for h in _around(down)]
    inside = [
        size
        for size in choices
        if least <= min(size.width, size.height)
        and max(size.width, size.height) <= most
        and ratios[0] <= Fraction(size.width, size.height) <= ratios[1]
    ]
    return min(inside, key=lambda size: abs(size.width - across) + abs(size.height - down))


def _around(side: Fraction) -> tuple[int, int]:
    return (int(side), -int(-side // 1))
