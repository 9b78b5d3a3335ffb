"""Small grey pictures of a part of a clip, evenly spaced: what it shows, at a low rate."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from .. import process
from ..core.media import AudioFacts, VideoFacts
from ..errors import ToolFailedError

WIDE, HIGH = 96, 54
RATE = 15
"""Thumbnails a second: a flash of two frames at 30 fps is on one of them."""
BOUNDS = process.Bounds(seconds=60.0, memory=3 * process.GIB, written=1 << 20)
BRIEF = process.Bounds(seconds=10.0, memory=3 * process.GIB, written=1 << 20)
"""For a few pictures: what takes longer has no index, and is read from its beginning."""
QUIET = ("-hide_banner", "-nostdin", "-v", "error")
SMALL = f"scale={WIDE}:{HIGH}:flags=fast_bilinear:out_range=full,format=gray"
RAW = ("-f", "rawvideo", "pipe:1")


class Effort(StrEnum):
    """Which frames are decoded, in ffmpeg's words for what is skipped."""

    ALL = "default"
    REFERENCES = "noref"
    """Those that others lean on: between half and all of the time."""


def thumbnails(
    facts: VideoFacts, path: Path, start: float, seconds: float, effort: Effort = Effort.ALL
) -> list[bytes]:
    """What is on screen at ``start`` and every ``1 / RATE`` seconds from there.

    Empty when ffmpeg cannot follow the file; damaged spots show what was there before.
    """
    fps = f"fps={RATE}:round=up:start_time=0"
    opened = source(facts, path, start, seconds)
    argv = [*_decoder(effort), *opened, *_picture(facts), "-vf", f"{fps},{SMALL}", *RAW]
    return _cut_up(_said(argv, BOUNDS))


def glimpse(facts: VideoFacts, path: Path, near: float, count: int) -> list[bytes]:
    """A few from the last keyframe before ``near`` on: the quickest look into a long file.

    Empty also when that takes long.
    """
    opened = ("-noaccurate_seek", *source(facts, path, near, None))
    brief = ("-vf", f"fps={RATE}:round=up,{SMALL}", "-fps_mode", "passthrough")
    argv = [*_decoder(Effort.ALL), *opened, *_picture(facts), *brief, "-frames:v", str(count), *RAW]
    return _cut_up(_said(argv, BRIEF))


def source(
    facts: VideoFacts | AudioFacts, path: Path, start: float, seconds: float | None
) -> Sequence[str]:
    """Input options: one demuxer, no protocol but files, a part of the clip's own clock."""
    ahead = start + facts.lead.sought if isinstance(facts, VideoFacts) else start
    part = [] if ahead <= 0 else ["-ss", f"{ahead:.6f}"]
    part += [] if seconds is None else ["-t", f"{seconds:.6f}"]
    door = ["-protocol_whitelist", "file,pipe", "-f", facts.demuxer]
    return [*door, *part, "-i", f"file:{path}"]


def _decoder(effort: Effort) -> Sequence[str]:
    """Without the filter that smooths blocks: nobody sees them at this size."""
    skipped = ("-skip_loop_filter", "all", "-skip_frame", effort.value)
    return (
        process.ffmpeg(),
        *QUIET,
        "-threads",
        "2",
        "-max_error_rate",
        "1",
        "-noautorotate",
        *skipped,
    )


def _picture(facts: VideoFacts) -> Sequence[str]:
    return ("-map", f"0:v:{facts.stream}")


def _said(argv: Sequence[str], bounds: process.Bounds) -> bytes:
    try:
        return process.run(argv, bounds=bounds).stdout
    except ToolFailedError:
        return b""


def _cut_up(data: bytes) -> list[bytes]:
    size = WIDE * HIGH
    return [data[at : at + size] for at in range(0, len(data) - size + 1, size)]
