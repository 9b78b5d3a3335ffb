"""What a referenced file is, read from ffmpeg's own output.

A few leading bytes choose the one demuxer that ffmpeg may use; a file that is none of the six
formats is never handed to it. Numbers come from two places: the packet listing on stdout
(``-f framecrc``: codecs, sizes, time bases, one line per packet) and the ``Duration`` line of
the banner, which is the length that the container reports, in hundredths of a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..errors import ToolFailedError
from ..process import Bounds, Completed, ffmpeg, run

BOUNDS = Bounds(seconds=60.0, written=1 << 20)
DEMUXERS: Mapping[str, str] = {
    "jpeg": "jpeg_pipe",
    "png": "png_pipe",
    "webp": "webp_pipe",
    "mp4": "mov",
    "mov": "mov",
    "mp3": "mp3",
    "wav": "wav",
}
STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"jp2 ", b"crx ")
OTHER_BRANDS = (b"3gp", b"3g2", b"M4A", b"M4B", b"mjp2", b"f4v")
PACKET = re.compile(
    r"^(\d+), *-?\d+, *(-?\d+), *(\d+), *\d+, *\w+(?:, F=0x([0-9A-F]+))?", re.MULTILINE
)
"""A line of the packet listing: stream, presentation time, length, and flags where they matter."""
DISCARDED = 4
"""Flag of a packet that an edit list leaves out."""


class UnreadableError(Exception):
    """ffmpeg makes nothing of the bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A still."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A moving picture; the size as stored (a rotation changes no limit)."""

    format: str
    codec: str
    width: int
    height: int
    fps: Fraction
    """Frames by the time that they take together: the average."""
    seconds: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A sound."""

    format: str
    codec: str
    seconds: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    medium: str
    codec: str
    size: tuple[int, int]
    count: int
    start: Fraction
    end: Fraction


def sniff(path: Path) -> str | None:
    """The format by its first bytes; ``None`` for one that the service does not take."""
    with path.open("rb") as source:
        head = source.read(64)
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return _mp4_family(head)
    if head.startswith(b"ID3") or _is_mpeg_layer_3(head):
        return "mp3"
    return None


def _mp4_family(head: bytes) -> str | None:
    if head[4:8] != b"ftyp" or head[8:12] == b"qt  ":
        return "mov"
    if head[8:12] in STILL_BRANDS or head[8:11] in OTHER_BRANDS:
        return None
    return "mp4"


def _is_mpeg_layer_3(head: bytes) -> bool:
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0


def measure_picture(path: Path, kind: str) -> Picture:
    """Size of a still, proved by decoding it; raises ``UnreadableError``."""
    try:
        streams = _streams(_listing(path, kind, "-map", "0:v:0", "-frames:v", "1"))
    except UnreadableError:
        return _by_pillow(path, kind)
    width, height = streams[0].size
    return Picture(format=kind, width=width, height=height)


def measure_clip(path: Path, kind: str) -> Clip:
    """Codec, size, rate and length; raises ``UnreadableError`` where there is no moving picture."""
    done = _listing(path, kind, "-map", "0:V:0", "-map", "0:a?", "-c", "copy")
    streams = _streams(done)
    picture = streams[0]
    if picture.medium != "video" or picture.end <= picture.start:
        raise UnreadableError
    return Clip(
        format=kind,
        codec=picture.codec,
        width=picture.size[0],
        height=picture.size[1],
        fps=picture.count / (picture.end - picture.start),
        seconds=_length(done, streams),
    )


def measure_sound(path: Path, kind: str) -> Sound:
    """Codec and length; raises ``UnreadableError`` where there is no sound."""
    done = _listing(path, kind, "-map", "0:a:0", "-c", "copy")
    streams = _streams(done)
    return Sound(format=kind, codec=streams[0].codec, seconds=_length(done, streams))


def _listing(path: Path, kind: str, *options: str) -> Completed:
    argv = [ffmpeg(), "-hide_banner", "-nostdin", "-nostats", "-copyts"]
    argv += ["-protocol_whitelist", "file,pipe", "-f", DEMUXERS[kind], "-i", f"file:{path}"]
    argv += [*options, "-map_metadata", "-1"]
    try:
        return run([*argv, "-map_chapters", "-1", "-f", "framecrc", "-"], bounds=BOUNDS)
    except ToolFailedError as error:
        raise UnreadableError from error


def _streams(done: Completed) -> list[_Stream]:
    """The streams of a packet listing that have packets."""
    text = done.stdout.decode("ascii", "replace")
    heads = dict(
        re.findall(r"^#((?:tb|media_type|codec_id|dimensions) \d+): (\S+)", text, re.MULTILINE)
    )
    packets: dict[str, list[tuple[int, int]]] = {}
    for index, pts, length, flags in PACKET.findall(text):
        if not int(flags or "0", 16) & DISCARDED:
            packets.setdefault(index, []).append((int(pts), int(length)))
    found = [_stream(heads, index, listed) for index, listed in sorted(packets.items())]
    if not found:
        raise UnreadableError
    return found


def _stream(heads: Mapping[str, str], index: str, packets: list[tuple[int, int]]) -> _Stream:
    base = Fraction(heads[f"tb {index}"])
    width, _, height = heads.get(f"dimensions {index}", "0x0").partition("x")
    return _Stream(
        medium=heads[f"media_type {index}"],
        codec=heads[f"codec_id {index}"],
        size=(int(width), int(height)),
        count=len(packets),
        start=base * min(pts for pts, _ in packets),
        end=base * max(pts + length for pts, length in packets),
    )


def _length(done: Completed, streams: list[_Stream]) -> Fraction:
    """Seconds as the container reports them, made exact by the stream that agrees with it.

    The banner rounds to hundredths; a stream that ends within that rounding tells the rest.
    """
    match = re.search(r"Duration: (\d+):(\d\d):(\d\d\.\d\d)", done.stderr)
    longest = max(stream.end for stream in streams)
    if match is None:
        return longest
    hours, minutes, seconds = match.groups()
    reported = int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    ends = (stream.end for stream in streams if stream.start <= 0)  # MP3 starts with a delay
    near = [end for end in ends if abs(end - reported) <= Fraction(1, 200)]
    return near[0] if near else reported


def _by_pillow(path: Path, kind: str) -> Picture:
    """The second opinion on a still: animated WebP and some phone files are not ffmpeg's.

    Animations and pictures with a film behind them are published formats all the same.
    """
    from PIL import Image

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with Image.open(path, formats=[kind.upper()]) as opened:
            opened.load()
            width, height = opened.size
    except (OSError, SyntaxError, ValueError, *bombs) as error:
        raise UnreadableError from error
    return Picture(format=kind, width=width, height=height)
