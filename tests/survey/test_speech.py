"""``keep=best`` of spoken sounds: whole words, the loudest first, cut where it is silent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import seedance_prep as prep
from seedance_prep.core.outcome import Output
from seedance_prep.core.plan import Window

from ..conftest import Make

QUIET, LOUD = 0.05, 0.5
EDGE = 0.02
"""Seconds at a word's ends that nobody misses."""


def spoken(make: Make, name: str, words: Sequence[Window], loud_from: float, *coder: str) -> Path:
    """Words of a low tone; those from ``loud_from`` on are 20 dB louder."""
    level = f"if(gte(t,{loud_from}),{LOUD},{QUIET})"
    heard = "+".join(f"between(t,{word.start},{word.end})" for word in words)
    tone = f"aevalsrc='{level}*sin(2*PI*300*t)*({heard})':s=44100:d={words[-1].end}"
    return make(name, "-f", "lavfi", "-i", tone, *coder)


def evenly(seconds: float, word: float, pause: float) -> list[Window]:
    step = word + pause
    return [Window(at * step, at * step + word) for at in range(int(seconds / step))]


def kept(make: Make, tmp_path: Path, *sounds: prep.Asset) -> tuple[Output, ...]:
    still = make("still.png", "-f", "lavfi", "-i", "testsrc2=s=640x640", "-frames:v", "1")
    request = prep.Request(images=[still], audio=sounds)
    return prep.fix(request, tmp_path / "out").outputs[1:]


def parted(words: Sequence[Window], window: Window) -> list[Window]:
    """Words in whose midst the window begins or ends."""
    return [word for word in words for moment in (window.start, window.end)
            if word.start + EDGE < moment < word.end - EDGE]  # fmt: skip


@pytest.mark.parametrize("name", ["said.mp3", "said.wav", "said.m4a"])
def test_the_loud_words_are_kept_whole(name: str, ffmpeg_make: Make, tmp_path: Path) -> None:
    """Of 40 s whose second half is loud, what is kept is loud, and no word of it is parted."""
    words = evenly(40, 0.55, 0.3)
    path = spoken(ffmpeg_make, name, words, 20.0)
    (output,) = kept(ffmpeg_make, tmp_path, prep.Sound(path, keep="best"))
    assert output.window is not None
    assert output.window.start > 18.0
    assert [] == parted(words, output.window)
    assert output.choice is not None
    assert "the loudest part" in output.choice.best.reason
    assert ("encoded" if name.endswith("m4a") else "copied") == output.action


def test_a_little_less_is_kept_to_end_between_words(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Long words that no window of 14.9 s holds whole: it ends before the one that does not fit."""
    words = evenly(36, 3.8, 0.4)
    path = spoken(ffmpeg_make, "long.mp3", words, 0.0)
    (output,) = kept(ffmpeg_make, tmp_path, prep.Sound(path, keep="best"))
    assert output.window is not None
    assert [] == parted(words, output.window)
    assert 11.0 < output.window.length < 14.9


def test_three_sounds_share_the_seconds(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Together under 15 s, each at least two, twice the weight twice the share, words whole."""
    words = evenly(30, 0.5, 0.3)
    path = spoken(ffmpeg_make, "share.wav", words, 12.0)
    sounds = [prep.Sound(path, keep="best", weight=weight) for weight in (1, 2, 1)]
    outputs = kept(ffmpeg_make, tmp_path, *sounds)
    lengths = [output.window.length for output in outputs if output.window]
    assert sum(lengths) <= 14.7 + 1e-6
    assert min(lengths) >= 2.0
    assert 2.0 == pytest.approx(lengths[1] / lengths[0], rel=0.2)
    for output in outputs:
        assert output.window is not None
        assert [] == parted(words, output.window)


def test_a_weight_leaves_two_seconds_to_the_lightest(ffmpeg_make: Make, tmp_path: Path) -> None:
    """However little a sound weighs, it stays long enough to be taken."""
    path = spoken(ffmpeg_make, "light.wav", evenly(30, 0.5, 0.3), 0.0)
    sounds = [prep.Sound(path, weight=weight) for weight in (100, 1)]
    lengths = [output.window.length for output in kept(ffmpeg_make, tmp_path, *sounds)
               if output.window]  # fmt: skip
    assert min(lengths) >= 2.0
    assert sum(lengths) <= 14.8 + 1e-6
