"""A GIF, APNG, animated WebP or HEIF sequence that the caller wants as a video."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import BinaryIO

from ..core.media import VideoFacts
from .animation import Animation, chunks
from .cadence import usual_step
from .formats import MOVING, Sniffed
from .packets import per_second

MILLISECOND = Fraction(1, 1000)
CODECS = {"gif": "gif", "png": "apng", "webp": "webp"}


def moving_facts(file: BinaryIO, size: int, sniffed: Sniffed) -> VideoFacts | None:
    """Facts of the animation; ``None`` when the file holds one still picture only."""
    if sniffed.container not in CODECS:
        return None
    animation = chunks(file, sniffed.container)
    if animation is None or len(animation.delays) < 2:
        return None
    return _facts(animation, size, sniffed)


def _facts(animation: Animation, size: int, sniffed: Sniffed) -> VideoFacts:
    seconds = sum(animation.delays, Fraction(0))
    frames = len(animation.delays)
    return VideoFacts(
        container=sniffed.container,
        demuxer=MOVING[sniffed.container],
        bytes=size,
        codec=CODECS[sniffed.container],
        width=animation.width,
        height=animation.height,
        coded_width=animation.width,
        coded_height=animation.height,
        sar=Fraction(1),
        rotation=0,
        mirrored=False,
        fps=Fraction(frames) / seconds,
        vfr=len(Counter(animation.delays[:-1])) > 1,
        cadence=_cadence(animation.delays),
        duration=float(seconds),
        picture_duration=float(seconds),
        start=0.0,
        picture_start=0.0,
        frames=frames,
        bits=8,
        chroma="4:2:0" if sniffed.container == "webp" else "rgb",
        alpha=animation.alpha,
        interlaced=False,
        bitrate=round(size * 8 / seconds),
    )


def _cadence(delays: tuple[Fraction, ...]) -> Fraction | None:
    if len(set(delays[:-1])) < 2:
        return None
    return per_second(usual_step(Counter(round(delay * 1000) for delay in delays)), MILLISECOND)
