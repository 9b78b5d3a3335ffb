"""A source that changes while it is worked on is never passed off as what was judged."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import pytest

from seedance_prep import pipeline
from seedance_prep.core.event import Event, EventType
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Request

from .conftest import Make

SMALL = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
FINE = ("-f", "lavfi", "-i", "testsrc2=s=854x480:r=30:d=3", *SMALL)
LARGE = ("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=3", *SMALL)


@pytest.mark.parametrize("coded", [FINE, LARGE], ids=["untouched", "encoded"])
def test_a_source_that_grows_is_refused(
    ffmpeg_make: Make, tmp_path: Path, coded: tuple[str, ...]
) -> None:
    """More bytes, or others, between the look and the end: a finding, and no output."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(ffmpeg_make("clip.mp4", *coded).read_bytes())
    flow = pipeline.fixing(Request(assets=[Asset(str(clip))]), tmp_path / "out", pipeline.Options())
    report = _with(flow, lambda: clip.write_bytes(clip.read_bytes() + b"\0" * 64))
    assert ["FIL007"] == [one.code for one in report.findings]
    assert "was changed while it was worked on" in report.findings[0].message
    assert () == report.outputs
    assert [] == list((tmp_path / "out").iterdir())


def test_a_source_that_stays_is_fine(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Being read changes nothing about a file."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(ffmpeg_make("clip.mp4", *FINE).read_bytes())
    flow = pipeline.fixing(Request(assets=[Asset(str(clip))]), tmp_path / "out", pipeline.Options())
    report = _with(flow, clip.read_bytes)
    assert 1 == len(report.outputs)


def _with(flow: Generator[Event, None, Report], act: Callable[[], object]) -> Report:
    """The report of a flow, with one act once it was planned."""
    acted = False
    while True:
        try:
            event = next(flow)
        except StopIteration as end:
            return cast(Report, end.value)
        if event.type is EventType.PLANNED and not acted:
            act()
            acted = True
