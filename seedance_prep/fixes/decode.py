"""Decode a finished file whole: what cannot be decoded must never be sent.

One pass serves everything: every picture and sample is decoded, and counted and timed on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from .. import process
from ..core.media import VideoFacts
from ..core.units import plural
from ..errors import ToolFailedError
from ..isolation import apart
from .argv import LOG
from .promise import Decoded, Span

SECONDS = 900.0
COUNTED = ("-fps_mode", "passthrough", "-enc_time_base", "demux", "-c:v", "wrapped_avframe")
"""Each picture as it was decoded, at its own time; nothing of it is copied or looked at."""
PARSED = ("-skip_loop_filter", "all")
"""Every bit is read and every block decoded; only smoothing between blocks, which reads nothing
from the file and so cannot find a fault, is left out. A fifth of the time.
"""
THERE = 0.9
"""Share of the pictures a header tells of that must be in a file for it to be sent as it is."""
HEADER = re.compile(r"#(tb|media_type) (\d+): (\S+)")

Told = Callable[[float], None]


def decode_moving(
    path: Path,
    demuxer: str,
    kind: str | None,
    *,
    told: Told | None = None,
    seconds: float | None = None,
) -> Decoded:
    """All streams through ffmpeg, which ends at the first error.

    ``told`` hears the share done of ``seconds``, the length of the file.
    """
    source = _source(path, demuxer)
    argv = [process.ffmpeg(), *LOG, "-xerror", *source, "-map", "0", *COUNTED, "-f", "framecrc"]
    tally = Tally(told, seconds)
    bounds = process.Bounds(seconds=SECONDS)
    done = process.run([*argv, "-"], bounds=bounds, on_line=tally.line)
    if done.stderr.strip():
        raise ToolFailedError(argv, "found the file damaged", done.stderr)
    found = tally.found()
    if (found.sound if kind == "audio" else found.picture) is None:
        raise ToolFailedError(argv, "found nothing to decode in the file", done.stderr)
    return found


def decode_foreign(path: Path, facts: VideoFacts) -> None:
    """The picture and sound of a file that somebody else made, and that stays as it is.

    Such a file may hold faults that players pass over, and is not refused for them; but most of
    the pictures that its headers tell of must be there.
    """
    streams = ["-map", f"0:V:{facts.stream}"]
    streams += ["-map", f"0:a:{facts.audio.index}"] if facts.audio else []
    source = _source(path, facts.demuxer)
    argv = [process.ffmpeg(), *LOG, *source, *streams, *COUNTED, "-f", "framecrc", "-"]
    tally = Tally()
    process.run(argv, bounds=process.Bounds(seconds=SECONDS), on_line=tally.line)
    picture = tally.found().picture
    there, told = picture.frames if picture else 0, facts.frames or 1
    if there < THERE * told:
        raise ToolFailedError(argv, f"decodes only {there} of its {plural(told, 'picture')}")


def _source(path: Path, demuxer: str) -> list[str]:
    return [*PARSED, "-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{path}"]


class Tally:
    """Reads the lines of ffmpeg's ``framecrc``: stream, dts, pts, duration, bytes, checksum."""

    __slots__ = ("_bases", "_kinds", "_seconds", "_share", "_spans", "_told")

    def __init__(self, told: Told | None = None, seconds: float | None = None) -> None:
        """``told`` hears the share of ``seconds`` that was decoded."""
        self._told = told
        self._seconds = seconds
        self._share = 0.0
        self._bases: dict[str, Fraction] = {}
        self._kinds: dict[str, str] = {}
        self._spans: dict[str, tuple[int, int, int]] = {}

    def line(self, text: str) -> None:
        """Take one line."""
        if header := HEADER.match(text):
            name, stream, value = header.groups()
            if name == "tb":
                self._bases[stream] = Fraction(value)
            else:
                self._kinds[stream] = value
        elif not text.startswith("#"):
            self._count([part.strip() for part in text.split(",")])

    def _count(self, fields: list[str]) -> None:
        stream, start, length = fields[0], int(fields[2]), int(fields[3])
        count, first, last = self._spans.get(stream, (0, start, start))
        end = max(last, start + length)
        self._spans[stream] = (count + 1, min(first, start), end)
        share = float(end * self._bases[stream]) / self._seconds if self._seconds else 0.0
        if self._told and share >= self._share + 0.01:
            self._share = share
            self._told(min(1.0, share))

    def found(self) -> Decoded:
        """The first stream of each kind that holds anything."""
        spans: dict[str, Span] = {}
        for stream, (count, first, last) in self._spans.items():
            base = self._bases[stream]
            span = Span(count, float(first * base), float(last * base))
            spans.setdefault(self._kinds[stream], span)
        return Decoded(picture=spans.get("video"), sound=spans.get("audio"))


def decode_still(path: Path) -> None:
    """Every pixel through Pillow."""
    apart(_decode_still, path, reads=[path])


def _decode_still(path: Path) -> None:
    from PIL import Image, UnidentifiedImageError

    from .filled import refuse_filled

    try:
        with Image.open(path) as picture:
            picture.load()
            refuse_filled(picture, path)
    except UnidentifiedImageError as error:
        raise ToolFailedError(("Pillow",), "cannot tell what the file is") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ToolFailedError(("Pillow",), f"cannot decode the file: {error}") from error
