"""Clips that want more bytes than a request may have, through the whole fix."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Protocol

import pytest

import seedance_prep as prep
from seedance_prep.core.plan import Size, VideoRecipe
from seedance_prep.fixes.draft import Draft
from seedance_prep.limits import load
from seedance_prep.proof import prove

from .fix.clips import step_of, video_facts

END = load(prep.Request().endpoint).video.total_bytes_end.value


class Make(Protocol):
    def __call__(self, name: str, *args: str) -> Path: ...


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def noisy(make: Make, name: str, grain: int, seconds: float, quality: str) -> Path:
    """A 720p clip of moving shapes under that much noise."""
    shapes = f"testsrc2=s=1280x720:r=30:d={seconds}"
    grains = ("-vf", f"noise=alls={grain}:allf=t:all_seed=7") if grain else ()
    return make(name, "-f", "lavfi", "-i", shapes, *grains, *X264, "-crf", quality)


@pytest.mark.slow
def test_three_noisy_clips_of_fifteen_seconds_stay_under_the_sum(
    ffmpeg_make: Make, tmp_path: Path
) -> None:
    """Two clips of noise share what a quiet one leaves; that one has what it would have alone."""
    loud = noisy(ffmpeg_make, "loud.mp4", 90, 5.2, "12")
    mid = noisy(ffmpeg_make, "mid.mp4", 60, 5.2, "12")
    quiet = noisy(ffmpeg_make, "quiet.mp4", 0, 5.2, "24")
    made = prep.fix(prep.Request(videos=[loud, mid, quiet]), tmp_path / "all").outputs
    sizes = [output.facts.bytes for output in made]
    alone = prep.Request(videos=[prep.Clip(quiet, start=0, end=4.9)])
    (lone,) = prep.fix(alone, tmp_path / "alone").outputs
    assert 0.85 * END < sum(sizes) < END
    assert 0.9 <= sizes[2] / lone.facts.bytes <= 1.1
    assert min(sizes[:2]) > 4 * sizes[2]


def test_the_best_that_could_is_said(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Where no encode is small enough the turns end, and the file says what it takes and had."""
    grain = "testsrc2=s=640x360:r=30:d=1,noise=alls=100:allf=t"
    clip = ffmpeg_make("tiny.mp4", "-f", "lavfi", "-i", grain, *X264, "-crf", "20")
    facts = video_facts(clip, width=640, height=360, duration=1.0)
    recipe = VideoRecipe(size=Size(1280, 720), fps=Fraction(30), max_bytes=8_000)
    proven = prove(step_of(clip, facts, recipe), tmp_path, lambda _share: None)
    assert isinstance(proven.draft, Draft)
    with proven.draft as draft:
        assert draft.path.stat().st_size >= 8_000
        (note,) = draft.notes
        assert "though 8 kB were its share" in note
