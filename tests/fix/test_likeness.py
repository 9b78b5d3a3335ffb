"""The measure of likeness: SSIM, held against ffmpeg's and against the paper's formula."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from seedance_prep.fixes.likeness import likeness

from .clips import ffmpeg

Grey = NDArray[np.float64]


def scene(width: int = 480, height: int = 320, seed: int = 3) -> Image.Image:
    """Soft light, hard edges, fine grain: what photographs consist of."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    light = 120 + 60 * np.sin(x / 37) * np.cos(y / 23)
    edges = 40.0 * ((x // 31 + y // 47) % 2)
    grain = rng.normal(0, 5, (height, width))
    tint = np.array([1.0, 0.85, 0.7])
    pixels = (light + edges + grain)[:, :, None] * tint
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def coarser(picture: Image.Image, quality: int, chroma: int = 0) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling=chroma)
    return Image.open(buffer).convert("RGB")


def by_the_paper(first: Image.Image, second: Image.Image) -> float:
    """Mean SSIM of light with the paper's window: 11x11, Gaussian with a deviation of 1.5."""
    one, other = (np.array(picture.convert("L"), float) for picture in (first, second))
    weights = np.exp(-(np.arange(-5, 6) ** 2) / 4.5)
    weights /= weights.sum()

    def mean(plane: Grey) -> Grey:
        for axis in (0, 1):
            plane = np.apply_along_axis(np.convolve, axis, plane, weights, "valid")
        return plane

    a, b = mean(one), mean(other)
    va, vb, both = mean(one * one) - a * a, mean(other * other) - b * b, mean(one * other) - a * b
    low, high = 2.55**2, 7.65**2
    whole = (2 * a * b + low) * (2 * both + high) / ((a * a + b * b + low) * (va + vb + high))
    return float(whole.mean())


def test_a_picture_is_like_itself() -> None:
    """1 for the same pixels, of any size down to one pixel."""
    for size in ((480, 320), (301, 307), (7, 5), (1, 9), (1, 1)):
        picture = scene().crop((0, 0, *size))
        same = likeness(picture, picture)
        assert (1.0, 1.0) == pytest.approx((same.light, same.colours), abs=1e-6)


@pytest.mark.parametrize("quality", [30, 60, 85, 95])
def test_it_agrees_with_others(tmp_path: Path, quality: int) -> None:
    """ffmpeg measures the same; the paper's own window nearly, the closer the more alike."""
    picture = scene().convert("L")
    worse = coarser(picture.convert("RGB"), quality).convert("L")
    for name, one in (("a.png", picture), ("b.png", worse)):
        one.save(tmp_path / name)
    said = ffmpeg("-i", tmp_path / "a.png", "-i", tmp_path / "b.png", "-lavfi",
                  "ssim=stats_file=-", "-f", "null", "-").decode()  # fmt: skip
    told = re.search(r"All:([\d.]+)", said)
    assert told is not None
    found = likeness(picture.convert("RGB"), worse.convert("RGB"))
    assert float(told.group(1)) == pytest.approx(found.light, abs=1e-3)
    near = 0.2 * (1 - found.light)
    assert by_the_paper(picture, worse) == pytest.approx(found.light, abs=near)


def test_a_large_picture_is_measured_in_parts() -> None:
    """Bands all over a picture of 12 million pixels tell the same as all of it, to 2/1000."""
    small = scene(1000, 800)
    large = Image.new("RGB", (4000, 3200))
    for number in range(16):
        large.paste(scene(1000, 800, number), (number % 4 * 1000, number // 4 * 800))
    whole, part = (likeness(one, coarser(one, 70)) for one in (large, small))
    assert part.light == pytest.approx(whole.light, abs=2e-3)


def test_colours_count_apart() -> None:
    """Red and blue of one brightness, woven finely: light keeps nearly all, colours do not."""
    woven = np.zeros((200, 200, 3), np.uint8)
    woven[:, :, 2] = 200
    woven[::2, ::2] = (76, 0, 0)
    kept = likeness(Image.fromarray(woven), coarser(Image.fromarray(woven), 95, chroma=2))
    assert kept.light > 0.98 > 0.7 > kept.colours


def test_what_hides_behind_transparency_does_not_count() -> None:
    """Colours that nobody sees may change; how much shows through may not."""
    clear = scene().convert("RGBA")
    clear.putalpha(0)
    other = Image.new("RGBA", clear.size, (9, 200, 90, 0))
    assert 1.0 == pytest.approx(likeness(clear, other).colours, abs=1e-6)
    half = scene().convert("RGBA")
    half.putalpha(128)
    assert likeness(half, scene().convert("RGBA")).light < 0.9
