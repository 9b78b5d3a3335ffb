"""Facts of a sound, alone or beside a picture."""

from __future__ import annotations

from dataclasses import replace

from ..core.media import AudioFacts, Track
from ..core.mpeg import behind_tags
from . import names
from .faults import damaged
from .files import reading
from .lengths import mp3_bytes, mp3_seconds, mp3_told, wav_seconds, wav_told
from .listened import listened
from .mediainfo import Section
from .movie import seconds_before, seconds_shown
from .packets import Packets, listing, packets
from .told import personal
from .tracks import Candidate, Source

LISTED = frozenset({"mpegts", "mpeg", "aac", "latm"})
"""Containers whose headers do not tell how long a sound is."""
BEGINNING = 16 << 10
"""Bytes by whose frames readers (ffprobe among them) judge an MP3 that does not tell its length."""
WHOLE = 0.98
"""Share of the declared bytes from which an MP3 counts as whole: writers differ in what counts."""
OPUS_RATE = 48_000
"""Opus always decodes at this rate; its header only remembers what the source had (RFC 7845)."""


def sound_track(sound: Candidate) -> Track:
    """The sound of a video file."""
    section = sound.section
    return Track(
        index=sound.index,
        codec=_codec(sound),
        channels=_channels(sound),
        sample_rate=_rate(section, _codec(sound)),
        duration=_seconds(sound),
        bitrate=section.positive("BitRate"),
    )


def audio_facts(source: Source, sound: Candidate) -> AudioFacts:
    """All that is known of the sound; a picture beside it is left out."""
    facts = _from_headers(source, sound)
    unknown = None in (facts.duration, facts.sample_rate, facts.codec)
    if unknown or source.sniffed.container in LISTED or _cut_off(source):
        facts = _completed(facts, packets(facts, source.path)[1])
    if None in (facts.duration, facts.sample_rate):
        raise damaged("holds no sound that can be read")
    return listened(facts, source.path)


def listed_facts(source: Source) -> AudioFacts:
    """Facts of a sound that only ffmpeg can follow.

    Raises ``UnusableError`` when it cannot either.
    """
    demuxer = source.sniffed.demuxer or ""
    found = listing(source.path, demuxer, ["0:a:0"]).get("audio")
    if found is None:
        container = source.sniffed.container
        raise damaged(f"begins like {container} but holds no picture and no sound")
    facts = AudioFacts(container=source.sniffed.container, demuxer=demuxer, bytes=source.size)
    return listened(_completed(facts, found), source.path)


def _from_headers(source: Source, sound: Candidate) -> AudioFacts:
    section, codec = sound.section, _codec(sound)
    return AudioFacts(
        container=source.sniffed.container,
        demuxer=source.sniffed.demuxer or "",
        bytes=source.size,
        codec=codec,
        duration=_declared_seconds(source, codec)
        or _seconds(sound)
        or source.general.number("Duration"),
        sample_rate=_rate(section, codec),
        channels=_channels(sound),
        bitrate=section.positive("BitRate") or source.general.positive("OverallBitRate"),
        bits=section.positive("BitDepth"),
        told=_told(source, codec),
        cover=source.cover,
        track=sound.index,
        start=seconds_before(sound.track) if sound.track else section.number("Delay"),
        personal=personal(source),
    )


def _cut_off(source: Source) -> bool:
    """Whether far fewer bytes of an MP3 are there than its header tells its length of."""
    tag = source.sniffed.tag
    if source.sniffed.container != "mp3" or tag >= len(source.head):
        return False
    return (mp3_bytes(source.head[tag:]) or 0) * WHOLE > source.size - tag


def _told(source: Source, codec: str | None) -> float | None:
    """Seconds by the header alone."""
    container, tag = source.sniffed.container, source.sniffed.tag
    if container == "wav" and (codec or "").startswith("pcm"):
        return wav_told(source.head)
    if container != "mp3" or codec != "mp3":
        return None
    with reading(source.path) as file:
        file.seek(tag)
        body = file.read(BEGINNING)
    more = behind_tags(body)
    return mp3_told(body[more:], source.size - tag - more)


def _declared_seconds(source: Source, codec: str | None) -> float | None:
    if source.sniffed.container == "mp3" and source.sniffed.tag < len(source.head):
        return mp3_seconds(source.head[source.sniffed.tag :])
    if source.sniffed.container == "wav" and codec and codec.startswith("adpcm"):
        return wav_seconds(source.head)
    return None


def _codec(sound: Candidate) -> str | None:
    fourcc = sound.track.entry.fourcc if sound.track else ""
    return names.FOURCCS.get(fourcc) or names.audio_codec(sound.section) or fourcc or None


def _channels(sound: Candidate) -> int | None:
    boxed = sound.track.entry.channels if sound.track else 0
    return sound.section.positive("Channels") or boxed or None


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
    seconds = sound.seconds if sound.seconds > 0 else facts.duration or 0.0
    return replace(
        facts,
        codec=facts.codec or sound.codec,
        duration=seconds or None,
        sample_rate=facts.sample_rate or sound.sample_rate,
        channels=facts.channels or sound.channels,
        bitrate=round(facts.bytes * 8 / seconds) if seconds > 0 else facts.bitrate,
        start=sound.start,
    )
