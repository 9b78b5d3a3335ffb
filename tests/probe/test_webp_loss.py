"""A WebP says itself whether anything was lost when it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from seedance_prep.core.media import ImageFacts
from seedance_prep.core.request import Asset
from seedance_prep.probe import probe


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("exif", [False, True])
def test_both_ways_are_told_apart(tmp_path: Path, mode: str, lossless: bool, exif: bool) -> None:
    """With and without transparency, in the plain and in the extended container."""
    notes = Image.Exif()
    notes[0x010F] = "camera"
    source = tmp_path / "a.webp"
    options: dict[str, Any] = {"exif": notes} if exif else {}
    Image.new(mode, (320, 300), (9, 80, 200, 90)[: len(mode)]).save(
        source, lossless=lossless, **options
    )
    facts = probe(Asset(str(source)), source).facts
    assert isinstance(facts, ImageFacts)
    assert lossless is facts.lossless
