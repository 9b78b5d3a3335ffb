"""What each output will be: the facts that the probe should find on the finished file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from math import isfinite

from ..core.loudness import SILENCE
from ..core.media import AudioFacts, Facts, Hdr, ImageFacts, Media, Track, VideoFacts
from ..core.plan import AudioRecipe, ImageRecipe, Recipe, Size, VideoRecipe
from .cutting import Cut
from .formats import MUSIC_RATE, wav_bytes

COPY_GROWTH = Fraction(101, 100)
COPY_OVERHEAD = 20_000
"""Bytes by which an MP4 may be larger than the container that it replaces, generously."""
MP3_BYTES_PER_SECOND = 24_000
"""192 kbit/s."""
MP3_BYTES_MAX = 40_000
"""320 kbit/s: whatever else is in an MP3 is no sound."""
SOUND_OVERHEAD = 6_000
"""Bytes of the header and the silent frames around a sound that is cut, at most."""


def predicted(media: Media, recipe: Recipe, facts: Facts) -> Media:
    """The asset after its step. Its window is cut (if it lies inside): none is asked for any more.

    ``sha256`` stands for bytes that nobody has yet: it is equal where source and recipe are, so
    that the same file twice is still seen to be the same.
    """
    asset = media.asset
    if not _outside(media):
        asset = replace(asset, start=None, end=None, keep=None, loudness=None)
    digest = media.sha256 and sha256(f"{media.sha256} {recipe}".encode()).hexdigest()
    return replace(media, asset=asset, facts=facts, sha256=digest)


def _outside(media: Media) -> bool:
    """Whether the caller's window starts where the file has already ended."""
    facts, start = media.facts, media.asset.start
    whole = None if facts is None or isinstance(facts, ImageFacts) else facts.duration
    return whole is not None and start is not None and start >= whole


def seconds_after(whole: float | None, recipe: VideoRecipe | AudioRecipe) -> float | None:
    """Length of the output; unknown when the source's is."""
    if recipe.length is not None:
        return recipe.length
    if whole is None or recipe.window is None:
        return whole
    return recipe.window.length


def video_after(
    facts: VideoFacts, recipe: VideoRecipe, final: Size | None, fps: Fraction
) -> VideoFacts:
    """An encoded video: MP4, H.264 8-bit 4:2:0, BT.709, square pixels, upright, AAC or silent."""
    seconds = seconds_after(facts.duration, recipe)
    width, height = (final.width, final.height) if final else (None, None)
    return VideoFacts(
        container="mp4",
        demuxer="mov",
        bytes=max(0, (recipe.max_bytes or 1) - 1),
        codec="h264",
        profile="High",
        width=width,
        height=height,
        coded_width=width,
        coded_height=height,
        sar=Fraction(1),
        rotation=0,
        mirrored=False,
        fps=fps,
        vfr=False,
        duration=seconds,
        picture_duration=seconds,
        start=0.0,
        frames=None if seconds is None else round(seconds * fps),
        pixel_format="yuv420p",
        bits=8,
        chroma="4:2:0",
        alpha=False,
        primaries="bt709",
        transfer="bt709",
        matrix="bt709",
        full_range=False,
        hdr=facts.hdr if facts.hdr is Hdr.DOLBY_VISION else None,  # nothing here can read that
        interlaced=False,
        audio=_sound(facts.audio, seconds),
        audio_tracks=1 if facts.audio else 0,
        fragmented=False,
        faststart=True,
    )


def _sound(track: Track | None, seconds: float | None) -> Track | None:
    if track is None:
        return None
    channels = 1 if track.channels == 1 else 2
    return Track(index=0, codec="aac", channels=channels, sample_rate=MUSIC_RATE, duration=seconds)


def video_copied(facts: VideoFacts, recipe: VideoRecipe) -> VideoFacts:
    """The same picture in an MP4; only the main sound track goes along."""
    audio = _sound(facts.audio, facts.duration) if recipe.sound_anew else facts.audio
    return replace(
        facts,
        container="mp4",
        demuxer="mov",
        bytes=copied_bytes(facts.bytes),
        start=0.0,
        stream=0,
        audio=replace(audio, index=0) if audio else None,
        audio_tracks=1 if facts.audio else 0,
        fragmented=False,
        faststart=True,
        personal=(),
    )


def video_cut(copied: VideoFacts, cut: Cut) -> VideoFacts:
    """A copy of which only a window between two marks is kept."""
    length = cut.window.length
    return replace(
        copied, duration=length, picture_duration=length, frames=cut.packets, bytes=cut.bytes
    )


def copied_bytes(size: int) -> int:
    """Bytes of a file whose streams are copied, at most."""
    return int(size * COPY_GROWTH) + COPY_OVERHEAD


def image_after(facts: ImageFacts, recipe: ImageRecipe, final: Size | None) -> ImageFacts:
    """An encoded still: upright, 8 bits, sRGB, nothing in its metadata."""
    alpha = bool(facts.alpha) and recipe.format != "jpeg"
    return ImageFacts(
        container=recipe.format,
        bytes=max(0, (recipe.aim_bytes or recipe.max_bytes or 1) - 1),
        width=final.width if final else None,
        height=final.height if final else None,
        orientation=None,
        mode="RGBA" if alpha else "RGB",
        bits=8,
        alpha=alpha,
        frames=1,
        gps=False,
    )


def audio_after(facts: AudioFacts, recipe: AudioRecipe) -> AudioFacts:
    """An encoded sound: MP3 of 192 kbit/s, or 16-bit WAV; at most two channels."""
    seconds = seconds_after(facts.duration, recipe)
    wav = recipe.format == "wav"
    peak, heard = _level(facts)
    size = wav_bytes(facts, seconds or 0.0) if wav else int((seconds or 0.0) * MP3_BYTES_PER_SECOND)
    return AudioFacts(
        container=recipe.format,
        demuxer=recipe.format,
        bytes=size,
        codec="pcm_s16le" if wav else "mp3",
        duration=seconds,
        sample_rate=MUSIC_RATE,
        channels=1 if facts.channels == 1 else 2,
        bits=16 if wav else None,
        told=seconds,
        peak=peak,
        heard=heard,
        faulty=False,
        cover=False,
        start=0.0,
    )


def audio_copied(facts: AudioFacts, recipe: AudioRecipe) -> AudioFacts:
    """A sound that is stored as before, alone in its file."""
    whole = facts.duration if facts.duration and isfinite(facts.duration) else None
    seconds = seconds_after(whole, recipe)
    stored = facts.bytes / whole if whole else 0.0
    rate = facts.bitrate / 8 if facts.bitrate else min(stored, MP3_BYTES_MAX)
    peak, heard = _level(facts)
    return replace(
        facts,
        bytes=min(facts.bytes, int((seconds or 0.0) * rate)) + SOUND_OVERHEAD,
        duration=seconds,
        told=seconds,
        personal=(),
        loudness=None,
        peak=peak,
        heard=heard,
        faulty=False,
        cover=False,
        start=0.0,
    )


def _level(facts: AudioFacts) -> tuple[float | None, float | None]:
    """Peak and seconds heard of a part: as silent as the whole, else unknown."""
    silent = facts.peak is not None and facts.peak < SILENCE
    return (facts.peak, facts.heard) if silent else (None, None)


def longer(media: Media, change: Callable[[float], float]) -> Media:
    """The same asset with another length, where its length is known."""
    facts = media.facts
    if not isinstance(facts, VideoFacts | AudioFacts) or facts.duration is None:
        return media
    if isinstance(facts, VideoFacts):
        return replace(media, facts=replace(facts, duration=change(facts.duration)))
    return replace(media, facts=replace(facts, duration=change(facts.duration)))
