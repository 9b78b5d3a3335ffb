"""Facts of a sound, alone or beside a picture."""

from __future__ import annotations

from dataclasses import replace

from ..core.media import AudioFacts, Track
from . import names
from .mediainfo import Section
from .movie import seconds_before, seconds_shown
from .packets import Packets, listing, packets
from .tracks import Candidate, Source

LISTED = frozenset({"mpegts", "mpeg", "aac", "latm"})
"""Containers whose headers do not tell how long a sound is."""
ASF_PROPERTIES = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
"""The ASF object that holds, among others, the size that the file should have."""
OPUS_RATE = 48_000
"""Opus always decodes at this rate; its header only remembers what the source had (RFC 7845)."""


def sound_track(sound: Candidate) -> Track:
    """The sound of a video file."""
    section = sound.section
    return Track(
        index=sound.index,
        codec=_codec(sound),
        channels=section.positive("Channels"),
        sample_rate=_rate(section, _codec(sound)),
        duration=_seconds(sound),
        bitrate=section.positive("BitRate"),
    )


def audio_facts(source: Source, sound: Candidate) -> AudioFacts:
    """All that is known of the sound; a picture beside it is left out."""
    facts = _from_headers(source, sound)
    if facts.duration is None or facts.sample_rate is None or _untold(source):
        facts = _completed(facts, packets(facts, source.path)[1])
    return facts


def listed_facts(source: Source) -> AudioFacts | None:
    """Facts of a sound that only ffmpeg can follow; ``None`` when it cannot either."""
    demuxer = source.sniffed.demuxer or ""
    found = listing(source.path, demuxer, ["0:a:0"]).get("audio")
    facts = AudioFacts(container=source.sniffed.container, demuxer=demuxer, bytes=source.size)
    return _completed(facts, found) if found else None


def _from_headers(source: Source, sound: Candidate) -> AudioFacts:
    section, codec = sound.section, _codec(sound)
    return AudioFacts(
        container=source.sniffed.container,
        demuxer=source.sniffed.demuxer or "",
        bytes=source.size,
        codec=codec,
        duration=_seconds(sound) or source.general.number("Duration"),
        sample_rate=_rate(section, codec),
        channels=section.positive("Channels"),
        bitrate=section.positive("BitRate") or source.general.positive("OverallBitRate"),
        bits=section.positive("BitDepth"),
        cover=source.cover,
        track=sound.index,
        start=seconds_before(sound.track) if sound.track else section.number("Delay"),
    )


def _untold(source: Source) -> bool:
    """Whether the header's length is not to be believed: no index, or the file was cut."""
    if source.sniffed.container in LISTED:
        return True
    if source.sniffed.container != "asf":
        return False
    with source.path.open("rb") as file:
        head = file.read(64 << 10)
    at = head.find(ASF_PROPERTIES)
    return at >= 0 and int.from_bytes(head[at + 40 : at + 48], "little") > source.size


def _codec(sound: Candidate) -> str | None:
    fourcc = sound.track.entry.fourcc if sound.track else ""
    return names.FOURCCS.get(fourcc) or names.audio_codec(sound.section) or fourcc or None


def _rate(section: Section, codec: str | None) -> int | None:
    return OPUS_RATE if codec == "opus" else section.positive("SamplingRate")


def _seconds(sound: Candidate) -> float | None:
    if sound.track:
        return seconds_shown(sound.track)
    seconds = sound.section.number("Duration")
    return seconds if seconds and seconds > 0 else None


def _completed(facts: AudioFacts, sound: Packets | None) -> AudioFacts:
    if sound is None:
        return facts
    seconds = sound.seconds
    return replace(
        facts,
        codec=facts.codec or sound.codec,
        duration=seconds,
        sample_rate=facts.sample_rate or sound.sample_rate,
        channels=facts.channels or sound.channels,
        bitrate=round(facts.bytes * 8 / seconds) if seconds > 0 else facts.bitrate,
        start=sound.start,
    )
