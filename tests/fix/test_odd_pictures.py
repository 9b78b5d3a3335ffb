"""Odd pictures, whole: what comes out complies when measured again, and its words are true."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.core.media import ImageFacts

from .test_likeness import scene

MODES = {
    "jpg": ("RGB", "L", "CMYK"),
    "png": ("RGB", "L", "RGBA", "LA", "P", "1"),
    "webp": ("RGB", "RGBA"),
    "gif": ("P",),
    "bmp": ("RGB", "L", "1"),
    "tif": ("RGB", "CMYK", "RGBA"),
}
SIDES = (1, 2, 149, 150, 151, 299, 300, 301, 640, 1300)
RATIOS = ((400, 1000), (399, 1000), (410, 1000), (1000, 400), (1001, 400), (1, 1300))


def picture(mode: str, size: tuple[int, int]) -> Image.Image:
    made = scene().resize(size)
    if mode in ("RGBA", "LA"):
        made = made.convert("RGBA")
        made.putalpha(Image.radial_gradient("L").resize(size))
    return made.quantize(64) if mode == "P" else made.convert(mode)


def choices() -> list[tuple[str, str, tuple[int, int]]]:
    """Sizes at and beside every limit, each in formats and modes by turns."""
    known = random.Random(11)
    sizes = [*RATIOS, *((known.choice(SIDES), known.choice(SIDES)) for _ in range(16))]
    kinds = [(suffix, mode) for suffix, modes in MODES.items() for mode in modes]
    return [(*kinds[number % len(kinds)], size) for number, size in enumerate(sizes)]


@pytest.mark.parametrize(("suffix", "mode", "size"), choices())
def test_it_complies_in_the_end(
    tmp_path: Path, suffix: str, mode: str, size: tuple[int, int]
) -> None:
    """With everything allowed: taken format, sides, ratio and bytes, as planned, without EXIF."""
    source = tmp_path / f"a.{suffix}"
    picture(mode, size).save(source)
    request = prep.Request(images=[prep.Image(source, frame="crop" if sum(size) % 2 else None)])
    ready = prep.fix(request, tmp_path / "out", allow="inventive", mend="warning")
    (output,) = ready.outputs
    with Image.open(output.path) as made:
        made.load()
        width, height = made.size
        assert made.format in ("JPEG", "PNG", "WEBP")
        assert {} == dict(made.getexif())
    assert 300 <= min(width, height) <= max(width, height) <= 6000
    assert 0.41 <= width / height <= 2.49
    assert output.path.stat().st_size <= 10_000_000
    assert isinstance(output.facts, ImageFacts)
    assert (width, height) == (output.facts.width, output.facts.height)
    if output.action == "untouched":
        assert source.read_bytes() == output.path.read_bytes()


@pytest.mark.parametrize(("suffix", "mode", "size"), choices()[::4])
def test_nothing_without_an_error_is_touched(
    tmp_path: Path, suffix: str, mode: str, size: tuple[int, int]
) -> None:
    """By default: the very same bytes, or an error mended, or a finding that names the option."""
    source = tmp_path / f"a.{suffix}"
    picture(mode, size).save(source)
    found = prep.check(prep.Request(images=[source]))
    errors = [one for one in found.findings if one.level == "error"]
    try:
        (output,) = prep.fix(prep.Request(images=[source]), tmp_path / "out").outputs
    except prep.UnfixableError as error:
        left = [one for one in error.report.findings if one.level == "error"]
        assert all("--allow inventive" in (one.remedy or "") for one in left)
        return
    assert bool(errors) == (output.action == "encoded")
    assert bool(errors) or source.read_bytes() == output.path.read_bytes()


@pytest.mark.slow
def test_bytes_just_over_the_limit(tmp_path: Path) -> None:
    """29.8 MB of noise stay as they are; 30.2 MB are mended, and the words tell how."""
    rng = np.random.default_rng(2)
    for side, action in ((3150, "untouched"), (3172, "encoded")):
        pixels = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
        source = tmp_path / f"{side}.png"
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=0)
        source.write_bytes(buffer.getvalue())
        (output,) = prep.fix(prep.Request(images=[source]), tmp_path / str(side)).outputs
        assert action == output.action
        assert isinstance(output.facts, ImageFacts)
        assert output.facts.bytes < 30_000_000
        if action == "encoded":
            assert {"under 30.0 MB"} < set(output.operations)
            assert (side, side) == (output.facts.width, output.facts.height)
            assert any("SSIM" in one for one in output.operations)
