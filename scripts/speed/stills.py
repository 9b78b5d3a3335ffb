"""Cases of the bench that are about pictures: a huge one against libvips, and many at once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from seedance_prep.core.plan import Action, ImageRecipe, Size, Step
from seedance_prep.core.request import Asset
from seedance_prep.fixes import make
from seedance_prep.probe import probe

from . import source
from .measure import Side, against, turns
from .video import MEMORY_MB, Settings, fixed

HUGE = (12_000, 9_000)
"""108 million pixels, as phones of that name take them."""
WIDE = 6_000
PHONES = 6
ROOM = 29_000_000
TOO_MANY = (0, 1)
"""Twelve pictures are more than a request may have, which the fix says and goes on."""
Record = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


def stills(settings: Settings) -> Iterator[Record]:
    """A JPEG of 108 megapixels to 6000 pixels, and twelve phone pictures at once.

    ``-work`` is the conversion itself against ``vipsthumbnail``; without it, everything counts on
    both sides: Python's start, the probe, and the decode that proves the output.
    """
    with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
        yield from _huge(settings, Path(folder))
        photos = [str(photo) for photo in _photos(settings.folder)]
        ready = Path(folder) / "ready"
        ours, theirs = (
            replace(fixed(ready, *photos, options=options), accepted=TOO_MANY)
            for options in ((), ("--jobs", "1"))
        )
        record = against(ours, theirs, settings.pairs)
        yield {"case": "stills-several", "clock_at_most": 1 / 1.6} | record


def _huge(settings: Settings, folder: Path) -> Iterator[Record]:
    huge, hand = _enlarged(settings.folder), folder / "hand.jpg"
    if shutil.which("vipsthumbnail") is None or shutil.which("vips") is None:
        yield {"case": "stills-huge", "skipped": "vipsthumbnail is not installed"}
        return
    scale = ("vipsthumbnail", huge, "-s", str(WIDE), "-o", f"{hand}[Q=95]")
    record = against(fixed(folder / "ready", str(huge)), Side([scale, ("vips", "avg", hand)]),
                     settings.pairs)  # fmt: skip
    record["ours"]["bytes"] = next((folder / "ready").glob("*.jpg")).stat().st_size
    record["theirs"]["bytes"] = hand.stat().st_size
    yield {"case": "stills-huge", "mb_at_most": MEMORY_MB} | record
    step = _step(huge)
    both = turns(lambda: make(step, folder).discard(), Side([scale]), settings.pairs)
    # by the clock: the process that decodes is none of this one's children
    yield {"case": "stills-huge-work", "clock_at_most": 1.2} | both


def _step(huge: Path) -> Step:
    recipe = ImageRecipe(size=Size(WIDE, WIDE * HUGE[1] // HUGE[0]), max_bytes=ROOM)
    return Step(media=probe(Asset(str(huge)), huge), action=Action.ENCODED, recipe=recipe)


def _photo() -> Path:
    real = source.CORPUS / "image" / "android_IMG_2020.jpg"
    return real if real.exists() else ROOT / "fixtures" / "photo.jpg"


def _enlarged(folder: Path) -> Path:
    path = folder / "huge.jpg"
    if not path.exists():
        with Image.open(_photo()) as photo:
            large = photo.convert("RGB").resize(HUGE, Image.Resampling.BICUBIC)
        grain = Image.effect_noise((2_000, 1_500), 8).convert("RGB")
        for x in range(0, HUGE[0], 2_000):
            for y in range(0, HUGE[1], 1_500):
                part = large.crop((x, y, x + 2_000, y + 1_500))
                large.paste(Image.blend(part, grain, 0.05), (x, y))
        large.save(path, quality=90)
    return path


def _photos(folder: Path) -> Iterator[Path]:
    """JPEG and HEIC by turns, each a little different, of twelve megapixels."""
    import pillow_heif

    with Image.open(_photo()) as photo:
        plain = photo.convert("RGB").resize((4_032, 3_024))
    for number in range(PHONES):
        for form in ("jpg", "heic"):
            path = folder / f"phone-{number}.{form}"
            if not path.exists():
                shown = plain.rotate(number / 2)
                if form == "jpg":
                    shown.resize((6_048, 4_536)).save(path, quality=92)
                else:
                    pillow_heif.from_pillow(shown).save(path, quality=70)
            yield path
