"""A clip that is too short is played again where that is wished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import seedance_prep as prep

from .clips import beeps, gray

Make = Callable[..., Path]
SHORT = (
    *("-f", "lavfi", "-i", "color=white:s=640x640:r=30:d=0.8,fade=in:0:24"),
    *("-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*1000*t)*lt(t,0.1)':s=48000:d=0.8"),
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
)


def shades(path: Path) -> list[float]:
    """How bright each picture is; the source grows brighter."""
    return [float(one.mean()) for one in gray(path, 64, 4)]


def test_a_short_clip_is_played_again(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Picture and sound begin anew together until two seconds are reached."""
    clip = prep.Clip(ffmpeg_make("short.mp4", *SHORT), fill="loop")
    (made,) = prep.fix(prep.Request(videos=[clip]), tmp_path, allow="inventive").outputs
    assert "loop to 2.000 s" == made.operations[0]
    white = shades(made.path)
    assert 60 == len(white)
    assert white[20] > white[10] + 50
    assert white[:24] == pytest.approx(white[24:48], abs=2)
    assert white[:12] == pytest.approx(white[48:], abs=2)
    assert [0.0, 0.8, 1.6] == pytest.approx(beeps(made.path), abs=0.012)


def test_a_short_clip_holds_its_last_picture_unasked(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Nothing is played twice that nobody wished to see twice."""
    clip = prep.Clip(ffmpeg_make("short.mp4", *SHORT))
    (made,) = prep.fix(prep.Request(videos=[clip]), tmp_path, allow="inventive").outputs
    assert "hold the last frame to 2.000 s" == made.operations[0]
    white = shades(made.path)
    assert [white[23]] * 36 == pytest.approx(white[24:], abs=2)
