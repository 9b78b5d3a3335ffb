"""Where the keyframes of a video are: asked for by later stages, never by ``probe`` itself."""

from __future__ import annotations

from pathlib import Path

from ..core.media import VideoFacts
from . import movie
from .boxes import BrokenBoxesError, Reader
from .faults import UnusableError
from .files import opened
from .packets import packets


def keyframes(facts: VideoFacts, path: Path) -> tuple[float, ...] | None:
    """Seconds of the keyframes on the clip's own clock (0 is the file's start), ascending.

    Sample tables of ISO files; a packet listing for all others. ``None`` when neither tells.
    Raises ``ToolMissingError`` when a listing is needed and there is no ffmpeg.
    """
    start = facts.start or 0.0
    if facts.demuxer == "mov":
        found = _indexed(facts, path)
        if found is not None:
            return found
    picture = packets(facts, path)[0]
    if picture is None:
        return None
    return tuple(sorted(max(key - start, 0.0) for key in picture.keys))


def _indexed(facts: VideoFacts, path: Path) -> tuple[float, ...] | None:
    try:
        with opened(path) as (file, size):
            return _on_clock(Reader(file, size), facts)
    except (UnusableError, BrokenBoxesError):
        return None


def _on_clock(reader: Reader, facts: VideoFacts) -> tuple[float, ...] | None:
    found = movie.read(reader)
    tracks = [t for t in found.tracks if t.handler in movie.PICTURES] if found else []
    number = facts.stream - (found.cover_first if found else 0)
    if found is None or not 0 <= number < len(tracks) or not tracks[number].timescale:
        return None
    track = tracks[number]
    if len([edit for edit in track.edits if edit.media_time >= 0]) > 1:
        return None
    shift = movie.offset(track) - (facts.start or 0.0)
    seconds = (tick / track.timescale + shift for tick in movie.key_ticks(reader, found, track))
    return tuple(sorted(second for second in seconds if second > -0.001))
