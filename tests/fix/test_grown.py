"""An output that outgrows its source says so, and truly why."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.core.media import Track, VideoFacts
from seedance_prep.core.plan import Size, VideoRecipe, Window
from seedance_prep.fixes import make
from seedance_prep.fixes.argv import Job
from seedance_prep.fixes.grown import grown
from seedance_prep.fixes.timing import timing

from .clips import ffmpeg, step_of, video_facts

SOUND = Track(index=0, codec="opus", channels=2, bitrate=32_000)


def job(window: Window | None = None, size: Size | None = None, **facts: Any) -> Job:
    """Ten seconds of 720p in 10 MB, kept at 30 frames per second."""
    known: dict[str, Any] = {
        "container": "mp4", "demuxer": "mov", "bytes": 10_000_000, "codec": "h264",
        "width": 1280, "height": 720, "duration": 10.0, "picture_duration": 10.0,
        "fps": Fraction(30), "vfr": False,
    }  # fmt: skip
    clip = VideoFacts(**known | facts)
    recipe = VideoRecipe(window=window, size=size, fps=Fraction(30))
    where = Path("a.mp4")
    return Job(source=where, target=where, facts=clip, recipe=recipe, timing=timing(clip, recipe))


def test_what_does_not_grow_needs_no_word() -> None:
    """As many bytes as the kept seconds had are no growth; one more is."""
    half = job(Window(2.0, 7.0))
    assert grown(half, 5_000_000) is None
    assert "5.00 MB -> 6.00 MB" in (grown(half, 6_000_000) or "")


@pytest.mark.parametrize(
    ("clip", "why"),
    [
        (job(codec="hevc"), "H.264 needs more bytes than HEVC"),
        (job(codec="vp9"), "H.264 needs more bytes than VP9"),
        (job(size=Size(1280, 720), width=640, height=360), "it is scaled up from 640x360"),
        (job(fps=Fraction(12)), "frames are repeated (12 fps -> 30 fps)"),
        (job(audio=SOUND), "most of that is sound"),
        (job(), "the source spends few bits"),
    ],
)
def test_the_reason_is_the_true_one(clip: Job, why: str) -> None:
    """Each cause of growth is named where it holds, and no other."""
    said = (grown(clip, 10_100_000) or "").partition("): ")[2]
    assert said.startswith(why)
    assert "," not in said.removeprefix("the source spends few bits,")


def test_unknown_length_gives_no_reason() -> None:
    """Nothing is claimed about a source whose length is unknown."""
    assert grown(job(duration=None, picture_duration=None), 99_000_000) is None


def test_the_output_carries_the_note(tmp_path: Path) -> None:
    """A poor clip that is cut says in its operations that it has grown."""
    source = tmp_path / "poor.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=480x360:r=30:d=3", "-c:v", "libx264", "-crf", "45", source
    )
    facts = video_facts(source, width=480, height=360, duration=3.0)
    draft = make(step_of(source, facts, VideoRecipe(window=Window(0.5, 2.5))), tmp_path)
    assert any(note.startswith("larger than these seconds") for note in draft.notes)
    draft.discard()
