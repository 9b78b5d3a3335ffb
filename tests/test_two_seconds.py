"""A window of exactly the least length, from the source to the finished file."""

from __future__ import annotations

from pathlib import Path

import pytest

import seedance_prep as prep

from .conftest import Make

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "27.3", "31.4"])
def test_two_seconds_at_odd_rates(ffmpeg_make: Make, tmp_path: Path, rate: str) -> None:
    """Two seconds stay two seconds, and the window told is as long as what was kept."""
    size = f"testsrc2=size=640x360:rate={rate}:duration=6"
    clip = ffmpeg_make("clip.mp4", "-f", "lavfi", "-i", size, *X264)
    request = prep.Request(videos=[prep.Clip(str(clip), start=3, end=5)])
    (output,) = (ready := prep.fix(request, tmp_path)).outputs
    assert ["VID034"] == [finding.code for finding in ready.findings]
    assert output.window is not None
    assert isinstance(output.facts, prep.VideoFacts)
    assert 2.0 <= (output.facts.duration or 0) < 2.04
    assert output.window.length == pytest.approx(output.facts.duration, abs=0.001)


@pytest.mark.parametrize(("start", "least"), [(1.0, 2.0), (1.0, 1.8), (4.0, 2.0)])
def test_two_seconds_of_another_coding_of_sound(
    ffmpeg_make: Make, tmp_path: Path, start: float, least: float
) -> None:
    """A window at a minimum loses blocks to an MP3 and is no shorter for it, nor at the end."""
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=22050:duration=6")
    sound = ffmpeg_make("voice.m4a", *tone, "-c:a", "aac")
    still = ffmpeg_make(
        "still.png", "-f", "lavfi", "-i", "color=red:size=640x640", "-frames:v", "1"
    )
    part = prep.Sound(str(sound), start=start, end=start + least)
    request = prep.Request(images=[str(still)], audio=[part])
    ready = prep.fix(request, tmp_path / "ready")
    (made,) = (output.facts for output in ready.outputs if output.path.suffix == ".mp3")
    assert isinstance(made, prep.AudioFacts)
    assert least <= (made.duration or 0) < least + 0.06
