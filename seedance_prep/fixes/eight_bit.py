"""Any mode of Pillow -> one with eight bits a channel that keeps the colours' meaning."""

from __future__ import annotations

from PIL import Image

KEPT = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")
ALPHA_OF = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA", "P": "RGBA", "L": "LA", "RGB": "RGBA"}
DEEP = 16
"""Bits of the greys that Pillow keeps in its deep modes, when the file does not say."""


def eight_bit(picture: Image.Image, bits: int | None) -> Image.Image:
    """The same picture in one of the modes above; ``bits`` is how deep the file says it is.

    Colours of more than eight bits come from Pillow with their upper byte already: at most one
    step of 255 from rounding. Greys keep all bits until here, and are rounded.
    """
    if picture.mode.startswith("I"):
        return _rounded(picture, bits or DEEP)
    if picture.mode == "F":
        return _unit(picture)
    if picture.has_transparency_data and picture.mode in ALPHA_OF:
        return picture.convert(ALPHA_OF[picture.mode])
    return picture if picture.mode in KEPT else picture.convert(_plain(picture.mode))


def _plain(mode: str) -> str:
    return "L" if mode == "1" else "RGB"


def _rounded(picture: Image.Image, bits: int) -> Image.Image:
    """White is the deepest value that so many bits hold; 65535 becomes 255, not an overflow."""
    top = (1 << min(max(bits, 9), DEEP)) - 1
    table = [min(255, round(value * 255 / top)) for value in range(1 << DEEP)]
    return picture.convert("I").point(table, "L")


def _unit(picture: Image.Image) -> Image.Image:
    """Floating point greys: 0 to 1, or 0 to 255 when brighter values occur."""
    highest = picture.getextrema()[1]
    assert isinstance(highest, float)
    return picture.point(lambda value: value * (255 if highest <= 1 else 1) + 0.5).convert("L")
