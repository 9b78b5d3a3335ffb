"""How many bytes an encode of a clip will want, by what its source spends on it.

A still face in 4K and a snowstorm in 720p want very different shares of what all clips have
together. Nothing is decoded for this: the source's encoder has looked already, and its bytes say
what it found. It is an estimate, within a factor of two or so; the finished files decide.
"""

from __future__ import annotations

from fractions import Fraction

from .media import VideoFacts

SAVING = {
    "av1": 2.0,
    "hevc": 1.5,
    "vp9": 1.5,
    "mpeg4": 0.8,
    "mpeg2video": 0.6,
    "mpeg1video": 0.5,
    "dvvideo": 0.3,
    "mjpeg": 0.3,
    "prores": 0.2,
    "dnxhd": 0.2,
    "cfhd": 0.2,
    "ffv1": 0.1,
    "rawvideo": 0.05,
}
"""Bytes that H.264 wants for what takes one byte in another codec: each generation halves them, and
those for editing keep every picture by itself."""
SCALED = 0.75
"""Bytes grow slower than pixels: what is enlarged holds no more detail."""
BITS_MIN, BITS_MAX = 0.01, 3.0
"""Bits per pixel between which any encode lies: a still title, and noise."""
BITS_USUAL = 0.15
"""Where the source does not tell."""
SIZE_USUAL = 1280 * 720
RATE_USUAL = Fraction(30)


def bytes_per_second(facts: VideoFacts, pixels_max: int) -> float:
    """What an H.264 encode of at most so many pixels will want for a second of it."""
    stored = (facts.width or 0) * (facts.height or 0) or SIZE_USUAL
    rate = float(facts.fps or RATE_USUAL)
    made = min(stored, pixels_max)
    bits = BITS_USUAL
    if facts.duration and facts.duration > 0:
        spent = facts.bytes * 8 / facts.duration - _sound(facts)
        saving = SAVING.get(facts.codec or "", 1.0)
        bits = spent * saving * (made / stored) ** SCALED / (made * rate)
    return max(BITS_MIN, min(BITS_MAX, bits)) * made * rate / 8


def _sound(facts: VideoFacts) -> float:
    return float(facts.audio.bitrate or 0) if facts.audio else 0.0
