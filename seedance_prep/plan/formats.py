"""Knobs ``container`` and ``codec``: what an output is written as."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

from ..core.limits import Limits
from ..core.media import AudioFacts, ImageFacts, VideoFacts
from ..core.plan import Size

LOSSLESS = frozenset(
    {"bmp", "gif", "icns", "ico", "pcx", "png", "ppm", "psd", "qoi", "sgi", "tga", "tiff"}
)
"""Formats that lose nothing, or hardly ever: nothing need be lost on the way from them either."""
NO_TIMES = frozenset({"avi"})
"""Packets here have no presentation times: a copy of reordered frames would guess them."""
ROUND_TIMES = frozenset({"matroska", "webm", "flv"})
"""Times here are whole milliseconds, which most frame rates are not."""
WAV_HEADER = 44
MUSIC_RATE = 48_000
"""Samples per second of the sound that is written, at most."""


def may_copy(facts: VideoFacts, limits: Limits) -> bool:
    """Whether an MP4 may hold the picture as it is stored."""
    taken = facts.codec in limits.video.video_codecs.value
    known = facts.duration is not None and facts.fps is not None and facts.width is not None
    return taken and known and facts.container not in NO_TIMES


def sound_fits(facts: VideoFacts, limits: Limits) -> bool:
    """Whether an MP4 may hold the sound as it is stored, or there is none."""
    return facts.audio is None or facts.audio.codec in limits.video.audio_codecs.value


def sound_may_copy(facts: AudioFacts, limits: Limits) -> bool:
    """Whether the sound can be cut as it is stored: an MP3 between frames, a WAV by samples."""
    taken = facts.container in limits.audio.containers.value
    if not taken or facts.duration is None or not isfinite(facts.duration) or facts.faulty:
        return False
    if facts.container == "mp3":
        return facts.codec == "mp3"
    few = (facts.channels or 0) in (1, 2) and 0 < (facts.sample_rate or 0) <= MUSIC_RATE
    return few and facts.codec in limits.audio.wav_codecs_safe.value


def evened(facts: VideoFacts) -> Fraction | None:
    """The rate to whose grid a copy's frame times must be put back; ``None`` when they are fine."""
    if facts.container not in ROUND_TIMES or facts.vfr is not False or not facts.fps:
        return None
    return facts.fps if (1000 / facts.fps).denominator != 1 else None


def image_format(facts: ImageFacts) -> str:
    """PNG where nothing was lost yet, and for transparency; WebP stays; JPEG for the others."""
    if facts.container == "webp":
        return "webp"
    return "png" if facts.alpha or facts.container in LOSSLESS else "jpeg"


def surely_fits(final: Size | None, alpha: bool | None, room: int) -> bool:
    """Whether a PNG of this size has fewer bytes whatever it shows: never more than its pixels."""
    return final is not None and final.pixels * (4 if alpha else 3) * 1.01 < room


def audio_format(facts: AudioFacts, seconds: float | None, room: int) -> str:
    """16-bit WAV of what is PCM already, else MP3."""
    pcm = (facts.codec or "").startswith("pcm")
    return "wav" if pcm and seconds is not None and wav_bytes(facts, seconds) < room else "mp3"


def wav_bytes(facts: AudioFacts, seconds: float) -> int:
    """Bytes of 16-bit PCM: one channel stays one, all others become two."""
    channels = 1 if facts.channels == 1 else 2
    return int(seconds * MUSIC_RATE * channels * 2) + WAV_HEADER
