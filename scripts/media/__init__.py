"""Pictures drawn from arithmetic, free of anyone's rights: a surfer at sunset, a beach by day."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
Colour = tuple[float, float, float]


@cache
def noise(size: int = 1024, slope: float = 1.7, seed: int = 7, stretch: float = 1.0) -> Plane:
    """Tileable cloud of noise in 0..1; ``slope`` is how soft, ``stretch`` how wide."""
    random = np.random.default_rng(seed)
    fy, fx = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size) * stretch, indexing="ij")
    radius = np.hypot(fx, fy)
    radius[0, 0] = 1
    wave = np.fft.fft2(random.standard_normal((size, size))) / radius**slope
    wave[0, 0] = 0
    field = np.real(np.fft.ifft2(wave))
    low, high = np.percentile(field, (2, 98))
    return np.asarray(np.clip((field - low) / (high - low), 0, 1), np.float32)


def sample(texture: Plane, x: Plane, y: Plane) -> Plane:
    """Bilinear look-up in a tileable texture, coordinates in its pixels."""
    size = texture.shape[0]
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = x - x0, y - y0
    i, j = x0.astype(np.int32) % size, y0.astype(np.int32) % size
    i1, j1 = (i + 1) % size, (j + 1) % size
    top = texture[j, i] * (1 - fx) + texture[j, i1] * fx
    return top * (1 - fy) + (texture[j1, i] * (1 - fx) + texture[j1, i1] * fx) * fy


def gradient(stops: tuple[tuple[float, Colour], ...], at: Plane) -> Plane:
    """Colours along 0..1."""
    places = [place for place, _ in stops]
    bands = [np.interp(at, places, [colour[band] for _, colour in stops]) for band in range(3)]
    return np.stack(bands, -1).astype(np.float32)


def smooth(low: float, high: float, value: Plane) -> Plane:
    """0 below ``low``, 1 above ``high``, without a corner between."""
    part = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(part * part * (3 - 2 * part))


def mix(under: Plane, over: Plane | Colour, alpha: Plane) -> Plane:
    """``over`` on ``under``."""
    return under + (np.asarray(over, np.float32) - under) * alpha[..., None]
