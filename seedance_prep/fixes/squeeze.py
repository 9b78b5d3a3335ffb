"""Encode a picture under a number of bytes, giving up as little as possible.

First quality, then the resolution of colour, then size: each only when the one before it was
not enough. Every search is over a monotone range, so the number of encodes is bounded.
"""

from __future__ import annotations

import io
import math

from PIL import Image

from ..core.units import megabytes
from ..errors import ToolFailedError

QUALITY = 95
QUALITY_MIN = 60
FINE, COARSE = 0, 2
"""Pillow's names of 4:4:4 and 4:2:0."""
FINE_PIXELS = 4_000_000
"""Up to here colour keeps its full resolution: small pictures have few pixels to lose."""
SHRINKS = 8
SIDE_MIN = 64


def squeezed(picture: Image.Image, kind: str, cap: int | None) -> tuple[bytes, tuple[str, ...]]:
    """The file's bytes, fewer than ``cap``, and a note when the size had to give way.

    ``kind`` is ``jpeg``, ``png`` or ``webp``. Raises ``ToolFailedError`` when no size fits.
    """
    chroma = FINE if picture.width * picture.height <= FINE_PIXELS else COARSE
    data = _encoded(picture, kind, QUALITY, chroma)
    if cap is None or len(data) < cap:
        return data, ()
    for step in (FINE, COARSE):
        if kind != "png" and step >= chroma and (found := _searched(picture, kind, step, cap)):
            return found, ()
    return _shrunk(picture, kind, cap)


def _searched(picture: Image.Image, kind: str, chroma: int, cap: int) -> bytes | None:
    """The best quality under the cap: bytes grow with quality, so halving the range finds it."""
    low, high, best = QUALITY_MIN, QUALITY, None
    while low <= high:
        middle = (low + high) // 2
        data = _encoded(picture, kind, middle, chroma)
        if len(data) < cap:
            best, low = data, middle + 1
        else:
            high = middle - 1
    return best


def _shrunk(picture: Image.Image, kind: str, cap: int) -> tuple[bytes, tuple[str, ...]]:
    smaller, share = picture, 1.0
    for _ in range(SHRINKS):
        data = _encoded(smaller, kind, QUALITY_MIN, COARSE)
        if len(data) < cap:
            note = f"scaled down to {smaller.width}x{smaller.height} to fit {megabytes(cap)}"
            return data, (note,) if smaller is not picture else ()
        share *= min(0.9, 0.95 * math.sqrt(cap / len(data)))
        size = round(picture.width * share), round(picture.height * share)
        if min(size) < SIDE_MIN:
            break
        smaller = picture.resize(size, Image.Resampling.LANCZOS)
    raise ToolFailedError(("Pillow",), f"cannot make the picture smaller than {megabytes(cap)}")


def _encoded(picture: Image.Image, kind: str, quality: int, chroma: int) -> bytes:
    match kind:
        case "jpeg":
            return _jpeg(picture, quality, chroma)
        case "webp":
            return _saved(picture, "WEBP", quality=quality, method=4)
    return _saved(picture, "PNG", optimize=True)


def _jpeg(picture: Image.Image, quality: int, chroma: int) -> bytes:
    try:
        return _saved(
            picture, "JPEG", quality=quality, subsampling=chroma, optimize=True, progressive=True
        )
    except OSError:
        # Pillow gives an optimised file one buffer, which pictures of mere noise overflow
        return _saved(picture, "JPEG", quality=quality, subsampling=chroma)


def _saved(picture: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
