"""Moving pictures in files made for stills: the still beside them is not taken for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.request import Asset, Kind
from seedance_prep.fixes.decode import decode_foreign
from seedance_prep.probe import probe


def moving(path: Path) -> VideoFacts:
    facts = probe(Asset(str(path), kind=Kind.VIDEO), path).facts
    assert isinstance(facts, VideoFacts)
    return facts


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_animated_avif_is_its_sequence(tmp_path: Path, mode: str) -> None:
    """All frames decode from the stream that is named, though a still stands before it."""
    shades = [(40 * n, 90, 200, 120)[: len(mode)] for n in range(6)]
    first, *others = [Image.new(mode, (320, 240), shade) for shade in shades]
    source = tmp_path / "moving.avif"
    first.save(source, save_all=True, append_images=others, duration=100)
    facts = moving(source)
    assert (6, True) == (facts.frames, facts.stream > 0)
    decode_foreign(source, facts)


REAL = ("avif_animated.avif", "avif_with_audio.avif", "heic_sequence_C032.heic")


@pytest.mark.parametrize("name", REAL)
def test_real_sequences_decode(corpus: Path, name: str) -> None:
    """As many pictures come out as the headers tell of, with a still before them or without."""
    source = corpus / "image" / name
    decode_foreign(source, moving(source))
