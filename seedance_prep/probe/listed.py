"""Facts of a video that only its packets tell: what is really in the file. Pure but for listing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ..core.media import Lead, Track, VideoFacts
from . import geometry
from .faults import damaged
from .packets import Packets, packets
from .tracks import Source

HEADERS = {
    "h264": "parameter sets (SPS and PPS)",
    "hevc": "parameter sets (VPS, SPS and PPS)",
    "mpeg2video": "sequence header",
}
"""What a decoder must have before it can begin."""


def listed_video(source: Source) -> VideoFacts | None:
    """Facts of a video that only ffmpeg can follow; ``None`` when it finds no picture either."""
    container, demuxer = source.sniffed.container, source.sniffed.demuxer or ""
    facts = VideoFacts(
        container=container, demuxer=demuxer, bytes=source.size, audio=Track(index=0)
    )
    shown, heard = packets(facts, source.path)
    if shown is None:
        return None
    sound = Track(index=0, codec=heard.codec) if heard else None
    facts = replace(facts, codec=shown.codec, rotation=0, mirrored=False, audio=sound)
    return completed(replace(facts, audio_tracks=1 if heard else 0), shown, heard)


def completed(facts: VideoFacts, picture: Packets | None, sound: Packets | None) -> VideoFacts:
    """Put in what the packets say, which is what is really in the file."""
    if picture is None:
        return facts
    start = _start(picture, sound)
    lead = start - min(each.first for each in (picture, sound) if each) if picture.skipped else 0.0
    whole = max(each.end for each in (picture, sound) if each) - start
    known = replace(
        facts,
        fps=facts.fps or picture.fps,
        vfr=_varies(facts, picture),
        frames=_whole_frames(facts.fps, picture),
        picture_duration=picture.seconds,
        duration=max(whole, 0.0) or facts.duration,
        start=start,
        picture_start=picture.start - start,
        bitrate=round(facts.bytes * 8 / whole) if whole > 0 else facts.bitrate,
        audio=_completed_track(facts.audio, sound, start),
        lead=Lead(sought=lead, read=lead),
        key_gap=picture.key_gap,
    )
    known = replace(known, cadence=None if known.vfr is False else picture.cadence)
    return known if known.width else _sized(known, picture)


def _start(picture: Packets, sound: Packets | None) -> float:
    """When the first stream starts. Sound before zero is an encoder's padding: nobody hears it.

    Where nothing decodes the first pictures, the clip starts behind them, as it does for players.
    """
    if picture.skipped:
        return picture.start
    if sound is None:
        return picture.start
    padding = picture.start >= 0  # a clock that begins anew on the way is below zero as a whole
    return min(picture.start, max(sound.start, 0.0) if padding else sound.start)


def paced(facts: VideoFacts, picture: Packets | None, sound: Packets | None) -> VideoFacts:
    """Put in what only the packets tell of a clip whose headers tell its lengths."""
    if picture is None:
        return facts
    vfr, start = _varies(facts, picture), _start(picture, sound)
    if facts.start is None:
        facts = replace(facts, start=start, picture_start=picture.start - start)
    return replace(facts, vfr=vfr, cadence=None if vfr is False else picture.cadence)


def _varies(facts: VideoFacts, picture: Packets) -> bool | None:
    """Uneven packets prove nothing where packets may be fields, or come without times."""
    if facts.fps is None:
        return picture.vfr
    return False if facts.vfr is None and picture.vfr is False else facts.vfr


def _whole_frames(fps: Fraction | None, picture: Packets) -> int:
    """Packets are frames, except where each holds one field of an interlaced picture."""
    fields = fps and picture.fps and abs(float(picture.fps / fps) - 2) < 0.1
    return picture.frames // 2 if fields else picture.frames


def _sized(facts: VideoFacts, picture: Packets) -> VideoFacts:
    width, height = picture.size or (0, 0)
    if not width or not height:
        if headers := HEADERS.get(facts.codec or ""):
            raise damaged(_headless(facts.codec or "", headers))
        return facts
    sar = picture.sar or Fraction(1)
    size = geometry.seen(Fraction(width), Fraction(height), sar, facts.rotation or 0)
    return replace(
        facts,
        codec=facts.codec or picture.codec,
        coded_width=width,
        coded_height=height,
        sar=sar,
        width=size[0],
        height=size[1],
    )


def _headless(codec: str, headers: str) -> str:
    return (
        f"has no {headers} with its {codec} picture, so that nothing can decode it: it was cut out"
        " of a longer stream without the beginning"
    )


def _completed_track(track: Track | None, sound: Packets | None, start: float) -> Track | None:
    if track is None or sound is None:
        return track
    return replace(
        track,
        duration=sound.end - max(sound.start, start),
        start=max(sound.start - start, 0.0),
        sample_rate=track.sample_rate or sound.sample_rate,
        channels=track.channels or sound.channels,
    )
