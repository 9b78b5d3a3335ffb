"""Media behind bytes that belong to no format."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.media import Fault
from seedance_prep.probe import behind

from .made import PICTURE, TONE, X264, media, video

Make = Callable[..., Path]
CLIP = (*PICTURE, *TONE, *X264)
NOISE = random.Random(1).randbytes(200_000)
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n"


def after(path: Path, front: bytes, target: Path) -> Path:
    target.write_bytes(front + path.read_bytes())
    return target


@pytest.mark.parametrize("front", [REPLY, b"hello" * 100, NOISE[:40_000], bytes(9000), b"\x47"])
@pytest.mark.parametrize("name", ["a.ts", "a.m2ts", "a.mpg"])
def test_a_stream_is_found_behind_garbage(
    ffmpeg_make: Make, tmp_path: Path, name: str, front: bytes
) -> None:
    """What ffmpeg finds by itself has the same facts as without the bytes in front."""
    codec = ("-c:v", "mpeg2video") if name == "a.mpg" else ()
    whole = ffmpeg_make(name, *CLIP, *codec)
    clean, dirty = video(whole), video(after(whole, front, tmp_path / name))
    assert (clean.container, clean.frames, clean.fps) == (dirty.container, dirty.frames, dirty.fps)
    assert (clean.width, clean.codec, clean.duration) == (dirty.width, dirty.codec, dirty.duration)


def test_a_stream_off_the_grid_is_found(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A transport stream that was cut within a packet begins with the next one."""
    data = ffmpeg_make("a.ts", *CLIP).read_bytes()
    (tmp_path / "a.ts").write_bytes(data[100:])
    assert "mpegts" == video(tmp_path / "a.ts").container


@pytest.mark.parametrize(
    ("name", "front", "says"),
    [
        ("a.ts", NOISE, "begins with 200000 bytes that are no media (f5 b1"),
        ("a.mp4", REPLY, "an MP4 or MOV starts behind them"),
        ("a.mkv", b"garbage!", "a Matroska or WebM file starts behind them"),
        ("a.avi", bytes(4096), "an AVI starts behind them"),
        ("a.flv", NOISE[:70_000], "an FLV starts behind them"),
    ],
)
def test_what_must_begin_at_the_first_byte_is_named(
    ffmpeg_make: Make, tmp_path: Path, name: str, front: bytes, says: str
) -> None:
    """The sentence says what stands in front, how much of it, and what starts behind it."""
    found = media(after(ffmpeg_make(name, *CLIP), front, tmp_path / name))
    assert found.problem is not None
    assert Fault.NOT_MEDIA is found.problem.fault
    assert says in found.problem.says
    assert f"tail -c +{len(front) + 1} FILE" in (found.problem.remedy or "")


@pytest.mark.parametrize("text", [b"G" * 5000, b"GOTO 10\n" * 900, NOISE])
def test_nothing_is_found_where_nothing_is(text: bytes) -> None:
    """Letters that look like sync bytes, and noise, are no stream."""
    assert behind.entered(text) is None
    assert behind.stands(text) is None


@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    """Any bytes end with a place inside them, or with none."""
    for found in (behind.entered(data), behind.stands(data)):
        assert found is None or 0 <= found[1] < len(data)


def test_a_stream_without_its_headers_is_damaged(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A picture that no parameter sets come with is named as such, not handed to the encoder."""
    bare = ("-bsf:v", "filter_units=remove_types=6-8", "-x264-params", "repeat-headers=0")
    found = media(ffmpeg_make("bare.ts", *CLIP, "-g", "15", *bare))
    assert found.problem is not None
    assert Fault.DAMAGED is found.problem.fault
    assert "has no parameter sets (SPS and PPS) with its h264 picture" in found.problem.says
