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
