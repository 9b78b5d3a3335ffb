"""Where a video can be parted without decoding it: asked for later, never by ``probe`` itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from math import inf
from pathlib import Path

from ..core.media import VideoFacts
from ..core.plan import Window
from ..core.survey import Mark
from . import movie
from .boxes import BrokenBoxesError, Reader
from .faults import UnusableError
from .files import opened
from .packets import stored as listed
from .samples import Stored

NEAR = 0.001
"""Seconds that rounding may take from a time."""
Packet = tuple[float, bool, int]
"""When a picture is shown (seconds on the clip's own clock), whether it is a key, its bytes."""


def marks(facts: VideoFacts, path: Path, part: Window) -> tuple[Mark, ...] | None:
    """The marks of the picture inside a part of the clip, ascending.

    By the sample tables of ISO files; by a packet listing of all others. ``None`` when neither
    tells. Raises ``ToolMissingError`` when a listing is needed and there is no ffmpeg.
    """
    found = _indexed(facts, path) if facts.demuxer == "mov" else None
    stored = found or list(listed(facts, path, part))
    if not stored:
        return None
    inside = (mark for mark in parted(stored) if part.start - NEAR < mark.seconds <= part.end)
    return (*inside, *_end(stored, facts, part))


def parted(stored: Sequence[Packet]) -> Iterator[Mark]:
    """The marks between packets that are given in the order of decoding."""
    times = [packet[0] for packet in stored]
    latest = accumulate(times, max, initial=-inf)
    earliest = list(accumulate(reversed(times), min))[::-1]
    spent = accumulate((packet[2] for packet in stored), initial=0)
    rows = zip(stored, latest, earliest, spent, strict=False)
    for number, ((time, key, _), before, after, bytes_) in enumerate(rows):
        if before < after:
            # pictures shown before the key that they follow lean on the group before it
            yield Mark(seconds=after, packets=number, bytes=bytes_, key=key and time == after)


def _end(stored: Sequence[Packet], facts: VideoFacts, part: Window) -> Iterator[Mark]:
    """Behind the last packet, when the part reaches the end of the picture."""
    seconds, last = facts.picture_duration or facts.duration, max(packet[0] for packet in stored)
    if seconds is not None and last >= seconds:  # there is a hole that its length leaves out
        seconds = last + float(1 / (facts.fps or Fraction(30)))
    if seconds is not None and part.end >= seconds:
        total = sum(packet[2] for packet in stored)
        yield Mark(seconds=seconds, packets=len(stored), bytes=total, key=False)


def _indexed(facts: VideoFacts, path: Path) -> list[Packet] | None:
    try:
        with opened(path) as (file, size):
            return _on_clock(Reader(file, size), facts)
    except (UnusableError, BrokenBoxesError):
        return None


def _on_clock(reader: Reader, facts: VideoFacts) -> list[Packet] | None:
    found = movie.read(reader)
    tracks = [t for t in found.tracks if t.handler in movie.PICTURES] if found else []
    number = facts.stream - (found.cover_first if found else 0)
    if found is None or not 0 <= number < len(tracks) or not tracks[number].timescale:
        return None
    track = tracks[number]
    if len([edit for edit in track.edits if edit.media_time >= 0]) > 1:
        return None
    stored = list(movie.stored(reader, found, track))
    shift = movie.offset(track) - _waiting(track, stored) - (facts.start or 0.0)
    scale = track.timescale
    return [(time / scale + shift, key, size) for time, key, size in stored]


def _waiting(track: movie.IsoTrack, stored: Sequence[Stored]) -> float:
    """Seconds by which the first whole picture of an edit comes after its beginning.

    ffmpeg leaves out a picture that an edit enters midway and shows the next one in its place, so
    that all come that much earlier (``mov_fix_index`` in libavformat/mov.c).
    """
    begins = next((edit.media_time for edit in track.edits if edit.media_time >= 0), None)
    if begins is None or track.fragments:
        return 0.0
    first = min((one.time for one in stored if one.time >= begins), default=begins)
    return (first - begins) / track.timescale
