"""Decode the kept part of a sound through ffmpeg, and hear how loud it is on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import process
from ..core.loudness import LOUDNESS_ONLY, Loudness, Meter
from ..core.media import AudioFacts
from ..core.plan import AudioRecipe
from ..core.sounds import sound_rate
from ..errors import ToolFailedError
from . import tool
from .argv import LOG

SECONDS_MAX = 60.0
"""Seconds that are decoded at most. Endpoints take some fifteen; an hour is never unpacked."""
FILTER = 32
"""Samples that the resampler looks at at a time; of fewer than half of that nothing comes out."""
WIDTH = 4
"""Bytes of a decoded sample: 32 bits hold 24 and what gain and fades make of 16."""
DEADLINE = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Samples in the form that they are written in, and how loud they are."""

    samples: bytes
    rate: int
    channels: int
    loudness: Loudness


def decoded(
    source: Path, facts: AudioFacts, recipe: AudioRecipe, scratch: Path, gain: float = 0.0
) -> Decoded:
    """The kept seconds of the chosen track, at most two channels, louder by ``gain`` decibels.

    All is done in floating point: surround is mixed down by the matrix of ITU-R BS.775 without
    being made quieter, so that what is too loud shows in the measure. ``scratch`` holds the
    samples meanwhile. Raises as ``process.run``, and ``ToolFailedError`` for too long a part.
    """
    rate, channels = sound_rate(facts.sample_rate), 1 if facts.channels == 1 else 2
    meter = Meter()
    graph = _graph(facts, rate, channels, gain)
    argv = [*LOG, "-y", *_place(facts, recipe), "-max_error_rate", "0.1", *opened(source, facts)]
    written = ["-map", "[out]", "-c:a", "pcm_s32le", "-f", "s32le", f"{scratch}"]
    heard = ["-map", "[heard]", "-f", "null", "-"]
    bounds = process.Bounds(seconds=DEADLINE)
    words = [*argv, "-filter_complex", graph, *written, *heard]
    tool.ffmpeg(words, bounds, on_line=meter.line, writes=[scratch])
    return Decoded(
        samples=scratch.read_bytes(), rate=rate, channels=channels, loudness=meter.loudness
    )


def opened(source: Path, facts: AudioFacts) -> list[str]:
    """The source by the one demuxer that may read it."""
    door = ["-protocol_whitelist", "file,pipe", "-f", facts.demuxer]
    return [*door, "-i", f"file:{source.absolute()}"]


def _place(facts: AudioFacts, recipe: AudioRecipe) -> Sequence[str]:
    window = recipe.window
    length = window.length if window else facts.duration
    if length is not None and length > SECONDS_MAX:
        raise ToolFailedError(
            ("ffmpeg",),
            f"is not given {length:.0f} s of sound at once; choose a part of up to"
            f" {SECONDS_MAX:.0f} s with #t=START,END",
        )
    place = ["-ss", f"{window.start:.6f}"] if window and window.start else []
    return [*place, "-t", f"{window.length if window else SECONDS_MAX:.6f}"]


def _graph(facts: AudioFacts, rate: int, channels: int, gain: float) -> str:
    few = facts.duration and facts.duration * (facts.sample_rate or 0) < FILTER
    sound = f"[0:a:{facts.track}]aresample={rate}:filter_size={1 if few else FILTER}"
    sound += ":async=1:first_pts=0:internal_sample_fmt=fltp:rematrix_maxval=1000"
    layout = "mono" if channels == 1 else "stereo"
    sound += f":out_chlayout={layout},aformat=sample_fmts=flt:channel_layouts={layout}"
    louder = f",volume={gain:.3f}dB:precision=float" if gain else ""
    return f"{sound}{louder},asplit[out][measured];[measured]{LOUDNESS_ONLY}[heard]"


def true_peak(path: Path, demuxer: str) -> float:
    """The highest true peak of a whole finished file as it is decoded, in dBTP."""
    meter = Meter()
    source = ["-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{path}"]
    argv = [*LOG, *source, "-map", "0:a:0", "-af", LOUDNESS_ONLY, "-f", "null", "-"]
    tool.ffmpeg(argv, process.Bounds(seconds=DEADLINE), on_line=meter.line)
    return meter.loudness.peak
