"""Colours by formula, without any colour management library: what a picture must look like."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
D50 = np.array([0.9642, 1.0, 0.8249])
D65 = np.array([0.95047, 1.0, 1.08883])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
SRGB = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                 [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
P3 = np.array([[0.4865709, 0.2656677, 0.1982173], [0.2289746, 0.6917385, 0.0792869],
               [0.0, 0.0451134, 1.0439444]])  # fmt: skip
ADOBE = np.array([[0.5767309, 0.1855540, 0.1881852], [0.2973769, 0.6273491, 0.0752741],
                  [0.0270343, 0.0706872, 0.9911085]])  # fmt: skip
PROPHOTO = np.array([[0.7976749, 0.1351917, 0.0313534], [0.2880402, 0.7118741, 0.0000857],
                     [0.0, 0.0, 0.8252100]])  # fmt: skip
BT2020 = np.array([[0.6369580, 0.1446169, 0.1688810], [0.2627002, 0.6779981, 0.0593017],
                   [0.0, 0.0280727, 1.0609851]])  # fmt: skip
"""Linear RGB to XYZ under the space's own white (D65; ProPhoto: D50)."""
PATCHES = np.array(
    [
        [r, g, b]
        for r in (40, 105, 150, 205)
        for g in (40, 105, 150, 205)
        for b in (40, 105, 150, 205)
    ],
    float,
)
"""Colours spread through the cube."""


def srgb_light(values: Array) -> Array:
    """0..1 as stored in sRGB (and Display P3) to light."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_values(light: Array) -> Array:
    """Light to 0..1 as stored in sRGB, clipped to what it can show."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def adapted(xyz: Array, before: Array, after: Array) -> Array:
    """Colours that look under ``after`` as they did under ``before``."""
    cones = (BRADFORD @ after) / (BRADFORD @ before)
    return np.asarray(xyz @ (np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD).T)


def in_srgb(light: Array, space: Any, white: Array = D65) -> Array:
    """Light of a space -> 0..255 in sRGB; nearest colours where it cannot show them."""
    xyz = adapted(light @ space.T, white, D65)
    return 255 * srgb_values(xyz @ np.linalg.inv(SRGB).T)


def shown(light: Array, space: Any, white: Array = D65) -> NDArray[np.bool_]:
    """Which colours sRGB can show."""
    linear = adapted(light @ space.T, white, D65) @ np.linalg.inv(SRGB).T
    return np.asarray(((linear >= -1e-4) & (linear <= 1.0001)).all(axis=-1))


def lab(rgb: Array) -> Array:
    """sRGB in 0..255 -> CIELAB under D65."""
    xyz = srgb_light(rgb / 255) @ SRGB.T / D65
    bent = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e(one: Array, other: Array) -> Array:
    """CIEDE2000 between colours in sRGB, 0..255 (ISO/CIE 11664-6)."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(lab(one), -1, 0), np.moveaxis(lab(other), -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1 = np.degrees(np.arctan2(b1, stretch * a1)) % 360
    h2 = np.degrees(np.arctan2(b2, stretch * a2)) % 360
    apart = (h2 - h1 + 180) % 360 - 180
    coloured = c1 * c2 > 0
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(np.where(coloured, apart, 0)) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = np.where(coloured, (h1 + apart / 2) % 360, h1 + h2)
    t = (1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6)
         - 0.20 * _cos(4 * hue - 63))  # fmt: skip
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    turn = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    rt = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(2 * turn))
    p, c, h = dl / sl, dc / sc, dh / sh
    return np.asarray(np.sqrt(p * p + c * c + h * h + rt * c * h))


def _cos(degrees: Array) -> Array:
    return np.asarray(np.cos(np.radians(degrees)))
