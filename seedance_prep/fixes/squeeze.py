"""Write a picture in as few bytes as it must have, and never visibly worse than it may be.

What is held is likeness (SSIM) to the picture as it would be without loss, and the bytes. To fit
them, given up in this order: nothing (where that is wanted and fits), quality, the resolution of
colour, the format, the finest noise of colours, and only then size. How many bytes a setting
takes is guessed from a sample of the picture, so that few whole encodes are made; the whole
encode decides.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from PIL import Image

from ..core.plan import ImageRecipe
from ..core.units import megabytes
from ..errors import ToolFailedError
from .likeness import likeness
from .metadata import NOTHING, Carried

FLOOR = 0.987
"""SSIM that every lossy picture keeps; beside the original nobody sees the difference. What is
promised is 0.985; windows of other shapes measure a little less than those used here."""
QUALITY, QUALITY_MIN = 95, 70
PALE = 0.9
"""SSIM of colours that is enough to stay under the bytes aimed for: fine grain of colours goes."""
GOOD = 90
"""Where a picture must get smaller, the quality that it is made to have room for."""
FINER = (98, 100)
"""What is tried where the usual quality is not enough."""
FINE_PIXELS = 4_000_000
"""Up to here colour keeps its full resolution at once, and the encoder its slow and small modes:
small pictures have few pixels to lose."""
TILE, TILES = 256, 4
"""A sample is so many tiles across and down, of so many pixels a side."""
DOUBT = 1.25
"""How far the guess of a lossless size may be too high: a sample has fewer repetitions."""
TRIES = 4
"""Whole encodes of one format and colour resolution at most."""
SHRINKS = 8
SHRINK = 0.95
"""Share of a side that is kept in one step at most."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to write a picture."""

    kind: str
    """``jpeg``, ``png`` or ``webp``."""
    quality: int | None
    """0 to 100; ``None`` is without loss."""
    fine: bool = True
    """Of a JPEG: 4:4:4, else 4:2:0."""

    def __str__(self) -> str:
        """``jpeg of quality 95``."""
        how = "without loss" if self.quality is None else f"of quality {self.quality}"
        return f"{self.kind} {how}"


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A finished file."""

    data: bytes
    kind: str
    notes: tuple[str, ...]
    alike: float = 1.0
    """The lesser SSIM of light and colours."""


def squeezed(
    picture: Image.Image,
    recipe: ImageRecipe,
    rate_factor: float = 1.0,
    told: Carried = NOTHING,
) -> Squeezed:
    """The picture (``RGB`` or ``RGBA``) in a file of fewer bytes than the recipe allows.

    ``told`` is the metadata that go along. Raises ``ToolFailedError`` when no size fits.
    """
    most = None if recipe.max_bytes is None else recipe.max_bytes * rate_factor
    aim = most if recipe.aim_bytes is None else min(most or math.inf, recipe.aim_bytes)
    found = next(_candidates(Press(picture, told), recipe, aim or math.inf, most or math.inf), None)
    if found is None:
        says = f"cannot make the picture smaller than {megabytes(int(most or 0))}"
        raise ToolFailedError(("Pillow",), says)
    if aim is not None and len(found.data) >= aim:
        return replace(found, notes=(*found.notes, _heavier(found, int(aim))))
    return found


def _heavier(found: Squeezed, aim: int) -> str:
    why = "so that nothing is lost" if found.alike == 1 else "under which it would be less alike"
    return f"more than {megabytes(aim)}, {why}"


def _candidates(press: Press, recipe: ImageRecipe, aim: float, most: float) -> Iterator[Squeezed]:
    """What fits, the better first."""
    if recipe.format == "png" or recipe.lossless_bytes is not None:
        yield from _exact(press, min(most, recipe.lossless_bytes or aim), recipe.format)
    first, *others = _lossy_kinds(press.picture, recipe.format)
    yield from _lossy(press, first, aim)
    yield from (one for one in press.paler if one.alike >= PALE)
    if most > aim:
        yield from _lossy(press, first, most)
    for kind in others:
        if kind == "jpeg" or not press.paler:  # WebP keeps no more of colours
            yield from _lossy(press, kind, most)
    yield from _exact(press, most)  # some drawings are no larger so
    yield from press.paler
    yield from _smaller(press, first, most)


def _lossy_kinds(picture: Image.Image, wanted: str) -> tuple[str, ...]:
    if picture.mode == "RGBA":
        return ("webp",)
    return ("webp", "jpeg") if wanted == "webp" else ("jpeg", "webp")


def _exact(press: Press, end: float, wanted: str = "png") -> Iterator[Squeezed]:
    """Without loss: PNG, which everything reads, else WebP, which is smaller; that stays one."""
    for kind in ("webp",) if wanted == "webp" else ("png", "webp"):
        setting = Setting(kind, None)
        if press.guess(setting) < end * DOUBT and len(data := press.written(setting)) < end:
            yield Squeezed(data, kind, (str(setting),))


def _lossy(press: Press, kind: str, end: float) -> Iterator[Squeezed]:
    """The best quality that fits, where that is alike enough."""
    for fine in (True, False) if press.small else (False, True):
        if kind == "webp" and fine is not press.small:
            continue  # it knows one resolution of colour only
        setting = press.fitting(Setting(kind, QUALITY, fine), end)
        if setting is None:
            continue
        yield from press.alike(setting)
        if setting.quality == QUALITY and fine and kind == "jpeg":
            yield from _finer(press, kind, end)
            return  # less colour would not be more alike


def _finer(press: Press, kind: str, end: float) -> Iterator[Squeezed]:
    for quality in FINER:
        setting = Setting(kind, quality)
        if len(press.written(setting)) < end:
            yield from press.alike(setting)


def _smaller(press: Press, kind: str, end: float) -> Iterator[Squeezed]:
    whole, share = press.picture, 1.0
    for _ in range(SHRINKS):
        share *= min(SHRINK, SHRINK * math.sqrt(end / press.guess(Setting(kind, GOOD, False))))
        size = max(1, round(whole.width * share)), max(1, round(whole.height * share))
        press = Press(whole.resize(size, Image.Resampling.LANCZOS), press.told)
        for found in chain(_lossy(press, kind, end), press.paler):
            note = f"scaled down to {size[0]}x{size[1]} to fit {megabytes(int(end))}"
            yield replace(found, notes=(note, *found.notes))


class Press:
    """Writes one picture in any setting, and guesses beforehand how many bytes that takes."""

    def __init__(self, picture: Image.Image, told: Carried) -> None:
        """The picture is ``RGB`` or ``RGBA``; ``told`` are the metadata that go along."""
        self.picture = picture
        self.told = told
        self.small = picture.width * picture.height <= FINE_PIXELS
        self._sample = _sample(picture)
        self._scale = (picture.width * picture.height) / (self._sample.width * self._sample.height)
        self.paler: list[Squeezed] = []
        """What was found alike enough in light, but not in colours."""
        self._written: dict[Setting, bytes] = {}

    def guess(self, setting: Setting) -> float:
        """Bytes that the whole picture will take."""
        if self._sample is self.picture:
            return len(self.written(setting))
        return len(_encoded(self._sample, setting, small=self.small)) * self._scale

    def written(self, setting: Setting) -> bytes:
        """The whole file."""
        if setting not in self._written:
            if self._sample is not self.picture:
                self._written.clear()  # of a large picture only the last is worth its room
            extra = self.told.options(setting.kind)
            data = _encoded(self.picture, setting, small=self.small, **extra)
            self._written[setting] = data
        return self._written[setting]

    def fitting(self, setting: Setting, end: float) -> Setting | None:
        """The setting with the best quality of fewer bytes than ``end``.

        Bytes grow with quality, so the guesses are searched by halves. Where the whole file shows
        that they were too low, they are put right and asked again, for less quality than before.
        """
        top = setting.quality or QUALITY
        for _ in range(TRIES):
            found = self._guessed(setting, top, end)
            if found is None:
                return None
            size = len(self.written(found))
            if size < end:
                return found
            self._scale *= size / self.guess(found)
            assert found.quality is not None
            top = found.quality - 1
        return None

    def _guessed(self, setting: Setting, top: int, end: float) -> Setting | None:
        low, high, best = QUALITY_MIN, top, None
        middle = top  # the usual quality nearly always fits
        while low <= high:
            tried = Setting(setting.kind, middle, setting.fine)
            if end == math.inf or self.guess(tried) < end:
                best, low = tried, middle + 1
            else:
                high = middle - 1
            middle = (low + high) // 2
        return best

    def alike(self, setting: Setting) -> Iterator[Squeezed]:
        """The file, when it is alike enough."""
        data = self.written(setting)
        with Image.open(io.BytesIO(data)) as opened:
            kept = likeness(self.picture, opened.convert(self.picture.mode))
        both = min(kept.light, kept.colours)
        if both >= FLOOR:
            yield Squeezed(data, setting.kind, (f"{setting}, SSIM {_down(both)}",), both)
        elif kept.light >= FLOOR:
            told = f"{setting}, SSIM {_down(kept.light)} of light, {_down(kept.colours)} of colours"
            self.paler[:] = [Squeezed(data, setting.kind, (told,), both)]


def _down(share: float) -> str:
    return f"{math.floor(share * 1000) / 1000:.3f}"


def _sample(picture: Image.Image) -> Image.Image:
    """Tiles from all over the picture, side by side; all of a small one."""
    if min(picture.size) < TILE * TILES or max(picture.size) < 2 * TILE * TILES:
        return picture
    sample = Image.new(picture.mode, (TILE * TILES, TILE * TILES))
    for across in range(TILES):
        for down in range(TILES):
            left = across * (picture.width - TILE) // (TILES - 1)
            top = down * (picture.height - TILE) // (TILES - 1)
            tile = picture.crop((left, top, left + TILE, top + TILE))
            sample.paste(tile, (across * TILE, down * TILE))
    return sample


def _encoded(picture: Image.Image, setting: Setting, *, small: bool, **extra: Any) -> bytes:  # noqa: ANN401
    """``extra`` are Pillow's own options for metadata."""
    quality = setting.quality
    match setting.kind:
        case "jpeg":
            return _jpeg(picture, setting, small=small, **extra)
        case "webp" if quality is None:
            return _saved(picture, "WEBP", lossless=True, quality=50, method=2, **extra)
        case "webp":
            return _saved(picture, "WEBP", quality=quality, method=2, **extra)
    return _saved(picture, "PNG", compress_level=6, **extra)  # 9 takes ten times as long for 5 %


def _jpeg(picture: Image.Image, setting: Setting, *, small: bool, **extra: Any) -> bytes:  # noqa: ANN401
    chroma = 0 if setting.fine else 2  # Pillow's names of 4:4:4 and 4:2:0
    options = {"quality": setting.quality, "subsampling": chroma, **extra}
    plain = _saved(picture, "JPEG", **options)
    # Pillow gives an optimised file one buffer, which pictures of mere noise overflow
    room = picture.width * picture.height * (2 if (setting.quality or 0) >= 95 else 1)
    if not small or len(plain) >= room * 0.9:
        return plain
    return _saved(picture, "JPEG", optimize=True, progressive=True, **options)


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
