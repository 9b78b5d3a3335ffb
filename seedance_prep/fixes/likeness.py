"""How alike two pictures are: SSIM, from 0 (nothing in common) to 1 (the same).

Structural similarity as Wang, Bovik, Sheikh and Simoncelli define it (IEEE Transactions on Image
Processing 13/4, 2004), in windows of 8x8 pixels at every fourth, as x264 and ffmpeg measure it:
of light alone, as is usual, and the mean over red, green and blue, which also tells what became
of colours. A transparent picture is looked at over white and over black, and the worse counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageMath

STEP = 4
"""Pixels from one window to the next; a window is two steps wide."""
BAND = 64
"""Rows that are measured at a time: little memory, and a large picture need not be read whole."""
PIXELS = 4_000_000
"""Pixels that are measured at most, in bands spread over the picture."""
LIGHT, CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""The paper's two constants, which keep flat parts from being judged by their last bit."""
UNBIASED = 64 / 63
"""Of the variance of a window's 64 pixels."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two means of SSIM."""

    light: float
    colours: float


def likeness(first: Image.Image, second: Image.Image) -> Likeness:
    """How alike two pictures of one size are, both ``RGB`` or both ``RGBA``."""
    if first.mode == "RGBA":
        white, black = (likeness(_over(first, it), _over(second, it)) for it in ("white", "black"))
        return Likeness(min(white.light, black.light), min(white.colours, black.colours))
    light, colours, count = 0.0, 0.0, 0
    for box in _bands(first.width, first.height):
        one, other = first.crop(box), second.crop(box)
        mean, windows = _plane(one.convert("L"), other.convert("L"))
        light, count = light + mean * windows, count + windows
        channels = zip(one.split(), other.split(), strict=True)
        colours += sum(_plane(*pair)[0] for pair in channels) / 3 * windows
    return Likeness(light / count, colours / count)


def _over(picture: Image.Image, ground: str) -> Image.Image:
    flat = Image.new("RGB", picture.size, ground)
    flat.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    return flat


def _bands(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """All of a small picture, evenly spaced bands of a large one."""
    total = -(-height // BAND)
    wanted = min(total, max(1, PIXELS // (width * BAND)))
    for number in range(wanted):
        top = number * total // wanted * BAND
        yield 0, top, width, min(height, top + BAND + STEP)


def _plane(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """Mean over the windows of one channel, and how many there are."""
    one, other = one.convert("F"), other.convert("F")

    def product(left: Image.Image, right: Image.Image) -> Image.Image:
        made: Image.Image = ImageMath.lambda_eval(lambda k: k["l"] * k["r"], l=left, r=right)
        return made

    means = [
        _windowed(plane)
        for plane in (one, other, product(one, one), product(other, other), product(one, other))
    ]
    names = dict(zip(("a", "b", "aa", "bb", "ab"), means, strict=True))
    found: Image.Image = ImageMath.lambda_eval(_formula, **names)
    value = found.reduce(found.size).getpixel((0, 0))
    assert isinstance(value, float)
    return value, found.width * found.height


def _windowed(plane: Image.Image) -> Image.Image:
    """Mean of each window: four neighbouring blocks of one step each."""
    blocks = plane.reduce(STEP)
    across, down = max(1, blocks.width - 1), max(1, blocks.height - 1)
    parts = {
        f"p{x}{y}": blocks.crop((x, y, x + across, y + down))
        for x in (0, min(1, blocks.width - 1))
        for y in (0, min(1, blocks.height - 1))
    }
    made: Image.Image = ImageMath.lambda_eval(lambda k: sum(k[p] for p in parts) / len(parts),
                                              **parts)  # fmt: skip
    return made


def _formula(k: dict[str, Any]) -> Any:  # noqa: ANN401 - Pillow's own operands
    a, b = k["a"], k["b"]
    spread = UNBIASED * (k["aa"] + k["bb"] - a * a - b * b)
    common = UNBIASED * (k["ab"] - a * b)
    return (
        (2 * a * b + LIGHT)
        * (2 * common + CONTRAST)
        / ((a * a + b * b + LIGHT) * (spread + CONTRAST))
    )
