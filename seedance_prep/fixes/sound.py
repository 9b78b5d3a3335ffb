"""Make an MP3 or a 16-bit WAV: ffmpeg decodes the window, pydub shapes it, ffmpeg encodes.

The only module that imports pydub. pydub starts no process here: it is given samples, and hands
samples back.
"""

from __future__ import annotations

import math
import warnings
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .. import process
from ..core.media import AudioFacts
from ..core.plan import Action, AudioRecipe, Step
from ..errors import OutputError, ToolFailedError
from . import tool
from .argv import LOG
from .draft import Draft, temporary
from .promise import PADDED, Promise

FADE = 10
"""Milliseconds at a cut: too short to hear, long enough not to click."""
RATES = (44_100, 48_000)
BITRATE = "192k"
SECONDS_MAX = 600.0
"""Seconds that are decoded at most. Endpoints take some fifteen; an hour is never unpacked."""
FRAME = 1152
"""Samples in one MP3 frame."""
PADDING = 1152
"""Samples that LAME adds (576 in front, at least 576 behind); readers report them as length."""
FILTER = 32
"""Samples that the resampler looks at at a time; of fewer than half of that nothing comes out."""
SILENT = "found no sound in it, though its header tells of some"
SILENT_PART = "found no sound in the part that is kept"
WIDTH = 2
"""Bytes a sample."""
DEADLINE = 900.0


class Clip(Protocol):
    """What is used of pydub's ``AudioSegment``, which comes without types."""

    frame_rate: int
    channels: int
    raw_data: bytes

    def frame_count(self) -> float:
        """Samples per channel."""

    def fade_in(self, milliseconds: int) -> Clip:
        """Rises from silence."""

    def fade_out(self, milliseconds: int) -> Clip:
        """Falls to silence."""

    def get_sample_slice(self, start: int, end: int) -> Clip:
        """The samples from ``start`` to before ``end``."""


def make_sound(
    step: Step, recipe: AudioRecipe, folder: Path, told: Callable[[float], None]
) -> Draft:
    """Encode (or copy) one sound. Raises as :func:`seedance_prep.fixes.make` says."""
    facts, source = step.media.facts, step.media.path
    assert isinstance(facts, AudioFacts)
    assert source is not None
    draft = Draft(folder, recipe.format)
    try:
        if step.action in (Action.REMUXED, Action.COPIED):
            _copy(source, facts, recipe, draft.path)
        else:
            made = _encode(source, facts, recipe, draft.path, told)
            draft.promise, draft.notes = Promise(seconds=made), _stated(step, made)
    except BaseException:
        draft.discard()
        raise
    told(1.0)
    return draft


def _encode(
    source: Path,
    facts: AudioFacts,
    recipe: AudioRecipe,
    target: Path,
    told: Callable[[float], None],
) -> float:
    """Make it; the seconds that went in."""
    scratch = temporary(target.parent, "wav")
    try:
        _decode(source, facts, recipe, scratch)
        told(0.5)
        clip = _shaped(_read(scratch, recipe), facts, recipe)
        seconds = clip.frame_count() / clip.frame_rate
        if recipe.format == "wav":
            _write(clip, target)
            return seconds
        _write(clip, scratch)
        argv = ["-f", "wav", "-i", f"file:{scratch}", "-c:a", "libmp3lame", "-b:a", BITRATE]
        argv += ["-write_xing", "1", "-id3v2_version", "0", "-map_metadata", "-1"]
        _run([*argv, "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "mp3"], target)
        return seconds
    finally:
        scratch.unlink(missing_ok=True)


def _stated(step: Step, made: float) -> tuple[str, ...]:
    """What a reader should know: a header may claim more than there is."""
    facts = step.predicted.facts if step.predicted else None
    planned = facts.duration if isinstance(facts, AudioFacts) else None
    if planned is None or made > planned - PADDED:
        return ()
    return (f"the sound ends after {made:.2f} s, before its header says",)


def _copy(source: Path, facts: AudioFacts, recipe: AudioRecipe, target: Path) -> None:
    """The sound as it is, in a new container without covers and tags."""
    window = recipe.window
    place = ["-ss", f"{window.start:.6f}", "-t", f"{window.length:.6f}"] if window else []
    argv = [*place, *_door(source, facts), "-map", f"0:a:{facts.track}", "-c", "copy"]
    clean = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]
    extra = ["-write_xing", "1", "-id3v2_version", "0"] if recipe.format == "mp3" else []
    _run([*argv, *clean, *extra, "-f", recipe.format], target)


def _door(source: Path, facts: AudioFacts) -> list[str]:
    demuxer = ["-protocol_whitelist", "file,pipe", "-f", facts.demuxer]
    return [*demuxer, "-i", f"file:{source.absolute()}"]


def _decode(source: Path, facts: AudioFacts, recipe: AudioRecipe, scratch: Path) -> None:
    """The kept seconds of the chosen track as PCM: at most two channels, a rate of music."""
    window = recipe.window
    length = window.length if window else facts.duration
    if length is not None and length > SECONDS_MAX:
        raise ToolFailedError(
            ("ffmpeg",),
            f"is not given {length:.0f} s of sound at once; choose a part of up to"
            f" {SECONDS_MAX:.0f} s with #t=START,END",
        )
    place = ["-ss", f"{window.start:.6f}"] if window and window.start else []
    keep = ["-t", f"{length:.6f}"] if window and length else ["-t", f"{SECONDS_MAX:.0f}"]
    rate = RATES[0] if facts.sample_rate in (11_025, 22_050, 44_100, 88_200) else RATES[1]
    layout = "mono" if facts.channels == 1 else "stereo"
    few = facts.duration and facts.duration * (facts.sample_rate or 0) < FILTER
    chain = f"aresample={rate}:filter_size={1 if few else FILTER}:async=1:first_pts=0"
    chain += ":rematrix_maxval=1,"
    chain += f"aformat=sample_fmts=s16:sample_rates={rate}:channel_layouts={layout}"
    argv = [*place, *keep, "-max_error_rate", "0.1", *_door(source, facts)]
    argv += ["-map", f"0:a:{facts.track}", "-af", chain, "-c:a", "pcm_s16le"]
    _run([*argv, "-map_metadata", "-1", "-fflags", "+bitexact", "-f", "wav"], scratch)


def _run(argv: list[str], target: Path) -> None:
    bounds = process.Bounds(seconds=DEADLINE)
    tool.ffmpeg([*LOG, "-y", *argv, str(target)], bounds, writes=[target])


def _clip(samples: bytes, rate: int, channels: int) -> Clip:
    """The samples in pydub's hands; its import warns of an ffmpeg that it is never asked to run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    clip: Clip = AudioSegment(data=samples, sample_width=WIDTH, frame_rate=rate, channels=channels)
    return clip


def _read(path: Path, recipe: AudioRecipe) -> Clip:
    with wave.open(str(path), "rb") as file:
        samples = file.readframes(file.getnframes())
        if not samples:
            raise ToolFailedError(("ffmpeg",), SILENT if recipe.window is None else SILENT_PART)
        return _clip(samples, file.getframerate(), file.getnchannels())


def _shaped(clip: Clip, facts: AudioFacts, recipe: AudioRecipe) -> Clip:
    """Faded where it was cut, silent where it was lengthened, and as long as asked."""
    there = int(clip.frame_count())
    wanted = _samples(there, clip.frame_rate, recipe)
    window = recipe.window
    if window and window.start > 0:
        clip = clip.fade_in(FADE)
    if wanted < there or (window and facts.duration and window.end < facts.duration):
        clip = clip.get_sample_slice(0, min(wanted, there)).fade_out(FADE)
    silence = b"\0" * (max(0, wanted - there) * WIDTH * clip.channels)
    return _clip(clip.raw_data + silence, clip.frame_rate, clip.channels) if silence else clip


def _samples(there: int, rate: int, recipe: AudioRecipe) -> int:
    """Samples of the output, so that readers report no more than the window.

    An MP3 is reported in whole frames with the encoder's delay. A sound that keeps its length
    keeps every sample: what those add to the report is under a tenth of a second, and planned for.
    """
    if recipe.window is None and recipe.length is None:
        return there
    wanted = there
    if recipe.window:
        wanted = min(there, math.floor(recipe.window.length * rate + 0.5))
    if recipe.length is not None:
        wanted = math.ceil(recipe.length * rate)
    if recipe.format == "wav":
        return wanted
    frames = math.ceil(wanted / FRAME) if recipe.length is not None else wanted // FRAME
    return max(1, frames * FRAME - PADDING)


def _write(clip: Clip, path: Path) -> None:
    try:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(clip.channels)
            file.setsampwidth(WIDTH)
            file.setframerate(clip.frame_rate)
            file.writeframes(clip.raw_data)
    except OSError as error:
        raise OutputError(f"the sound cannot be written: {error.strerror}") from error
