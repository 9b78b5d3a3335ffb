"""Conversions of sounds and pictures stand among the operations."""

from __future__ import annotations

import pytest

from seedance_prep.core.media import AudioFacts, ImageFacts
from seedance_prep.core.plan import AudioRecipe, ImageRecipe
from seedance_prep.plan.words import audio_words, image_words


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(22_050, ["22050 Hz -> 44100 Hz"]), (96_000, ["96000 Hz -> 48000 Hz"]),
     (8000, ["8000 Hz -> 48000 Hz"]),
     (44_100, []), (48_000, []), (None, [])],
)  # fmt: skip
def test_another_rate_of_samples(rate: int | None, expected: list[str]) -> None:
    """Up or down, a sound that is resampled says from where to where."""
    before = AudioFacts(container="flac", demuxer="flac", bytes=1000, sample_rate=rate, channels=1)
    after = AudioFacts(container="mp3", demuxer="mp3", bytes=900, channels=1)
    words = audio_words(before, AudioRecipe(format="mp3"), after)
    assert expected == [word for word in words if "Hz" in word]


@pytest.mark.parametrize(
    ("mode", "icc", "expected"),
    [("RGB", "Display P3", ["Display P3 -> sRGB"]), ("CMYK", "FOGRA39", ["CMYK -> sRGB"]),
     ("RGB", "sRGB IEC61966-2.1", []), ("RGB", None, [])],
)  # fmt: skip
def test_other_colours(mode: str, icc: str | None, expected: list[str]) -> None:
    """A picture whose colours become sRGB says what they were."""
    before = ImageFacts(container="heic", bytes=1000, width=800, height=600, mode=mode, icc=icc)
    after = ImageFacts(container="jpeg", bytes=900, width=800, height=600)
    words = image_words(before, ImageRecipe(format="jpeg"), after)
    assert expected == [word for word in words if "sRGB" in word]
