"""Headers that lie: each is a fault that names the part, or its numbers are not believed."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from seedance_prep.core.media import Fault

from .made import PICTURE, TONE, X264, media, video

Make = Callable[..., Path]
CLIP = (*PICTURE, *TONE, *X264)
COUNT = 60
"""Pictures of that clip."""


def patched(path: Path, target: Path, box: bytes, at: int, *numbers: int) -> Path:
    """A copy with big-endian numbers put in ``at`` bytes behind the first box of that name."""
    data = bytearray(path.read_bytes())
    place = data.index(box) + 4 + at
    struct.pack_into(f">{len(numbers)}I", data, place, *numbers)
    target.write_bytes(data)
    return target


@pytest.mark.parametrize(
    ("box", "at", "numbers", "says"),
    [
        (b"mdhd", 12, (0,), f"no timescale stands with its {COUNT} pictures"),
        (b"mdhd", 12, (0xFFFFFFFF,), "fps: the times of its pictures are broken"),
        (b"stts", 8, (COUNT, 0), f"all of its {COUNT} pictures have one time"),
        (b"stts", 8, (COUNT, 1), "it shows 15360 fps: the times of its pictures are broken"),
        (b"stts", 8, (COUNT, 1 << 28), f"each of its {COUNT} pictures stands for 17,476 s"),
        (b"stts", 8, (1, 512), f"{COUNT} samples are there, and times for 1 of them"),
        (b"stts", 4, (0,), f"{COUNT} samples are there, and times for 0 of them"),
    ],
)
def test_times_that_no_recording_has(
    ffmpeg_make: Make, tmp_path: Path, box: bytes, at: int, numbers: tuple[int, ...], says: str
) -> None:
    """Broken times make no still of a film: the finding says which number is wrong."""
    path = patched(ffmpeg_make("a.mp4", *CLIP), tmp_path / "a.mp4", box, at, *numbers)
    found = media(path)
    assert found.problem is not None
    assert Fault.DAMAGED is found.problem.fault
    assert says in found.problem.says


def test_a_size_that_no_decoder_takes(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A picture of 100000 pixels a side is named, not planned with."""
    data = bytearray(ffmpeg_make("a.avi", *PICTURE, "-c:v", "mpeg4").read_bytes())
    struct.pack_into("<ii", data, data.index(b"strf") + 12, 100_000, 100_000)
    (tmp_path / "a.avi").write_bytes(data)
    found = media(tmp_path / "a.avi")
    assert found.problem is not None
    assert "its picture is 100000x100000, which no decoder takes" in found.problem.says


@pytest.mark.parametrize("seconds", [1e9, float("nan"), -5.0])
def test_a_length_that_lies(ffmpeg_make: Make, tmp_path: Path, seconds: float) -> None:
    """Thirty years of a Matroska file of some kB are not believed: its packets tell two seconds."""
    data = bytearray(ffmpeg_make("a.mkv", *CLIP).read_bytes())
    struct.pack_into(">d", data, data.index(b"\x44\x89\x88") + 3, seconds * 1000)
    (tmp_path / "a.mkv").write_bytes(data)
    assert 2.0 == pytest.approx(video(tmp_path / "a.mkv").duration, abs=0.05)


def test_a_video_that_only_ffmpeg_knows(ffmpeg_make: Make) -> None:
    """NUT is a video with its size, rate and sound, though MediaInfo does not read it."""
    facts = video(ffmpeg_make("a.nut", *CLIP))
    assert ("nut", "h264", 192, 108) == (facts.container, facts.codec, facts.width, facts.height)
    assert Fraction(30) == facts.fps
    assert facts.audio is not None
    assert facts.audio_tracks == 1
