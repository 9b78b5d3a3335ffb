"""A source that changes while it is worked on is never passed off as what was judged."""

from __future__ import annotations

import os
import struct
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
LOW = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=3", *SMALL)
LARGE = ("-f", "lavfi", "-i", "color=teal:s=1920x1080:r=30:d=2", *SMALL)


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


@pytest.mark.parametrize("way", ["in place", "by name", "by link"])
def test_another_file_in_its_place_is_not_sent(ffmpeg_make: Make, tmp_path: Path, way: str) -> None:
    """Nor when it has the same bytes in number and the same time of change."""
    fine, wrong = ffmpeg_make("clip.mp4", *FINE), ffmpeg_make("clip.mp4", *LOW)
    clip, other = tmp_path / "clip.mp4", tmp_path / "other.mp4"
    size = max(fine.stat().st_size, wrong.stat().st_size) + 8
    (tmp_path / "real.mp4").write_bytes(padded(fine.read_bytes(), size))
    other.write_bytes(padded(wrong.read_bytes(), size))
    (clip.symlink_to if way == "by link" else clip.hardlink_to)(tmp_path / "real.mp4")
    seen = clip.stat()

    def swap() -> None:
        if way == "in place":
            clip.write_bytes(other.read_bytes())
        elif way == "by name":
            other.replace(clip)
        else:
            clip.unlink()
            clip.symlink_to(other)
        os.utime(clip, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    flow = pipeline.fixing(Request(assets=[Asset(str(clip))]), tmp_path / "out", pipeline.Options())
    report = _with(flow, swap)
    assert (size, seen.st_mtime_ns) == (clip.stat().st_size, clip.stat().st_mtime_ns)
    assert ["FIL007"] == [one.code for one in report.findings]
    assert [] == list((tmp_path / "out").iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
@pytest.mark.parametrize("what", ["pipe", "folder", "nothing"])
def test_what_is_no_file_any_more(ffmpeg_make: Make, tmp_path: Path, what: str) -> None:
    """A file that became a pipe, or went, is a finding: nobody waits for it."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(ffmpeg_make("clip.mp4", *FINE).read_bytes())

    def swap() -> None:
        clip.unlink()
        if what == "pipe":
            os.mkfifo(clip)
        elif what == "folder":
            clip.mkdir()

    flow = pipeline.fixing(Request(assets=[Asset(str(clip))]), tmp_path / "out", pipeline.Options())
    report = _with(flow, swap)
    assert ["FIL007"] == [one.code for one in report.findings]
    assert [] == list((tmp_path / "out").iterdir())


def padded(movie: bytes, size: int) -> bytes:
    """The movie with a box behind it that means nothing, as large as wanted."""
    return movie + struct.pack(">I4s", size - len(movie), b"free").ljust(size - len(movie), b"\0")


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
