"""Make an MP3 or a 16-bit WAV: ffmpeg decodes the window, pydub shapes it, ffmpeg encodes.

What is one of these already, and only too long, is cut and not encoded. This is the only module
that imports pydub, which starts no process here: it is given samples, and hands samples back.
"""

from __future__ import annotations

import math
import warnings
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from .. import process
from ..core.loudness import FLOOR, Loudness
from ..core.media import AudioFacts
from ..core.plan import Action, AudioRecipe, Step
from ..errors import OutputError, ToolFailedError
from . import mp3, tool, wav
from .argv import LOG
from .draft import Draft
from .listen import DEADLINE, WIDTH, Decoded, decoded, true_peak
from .promise import PADDED, Promise

FADE = 10
"""Milliseconds at a cut: too short to hear, long enough not to click."""
QUIET = 1e-3
"""Share of full scale (-60 dB) under which a cut cannot click, so that nothing is faded."""
BITRATE = "192k"
FRAME = 1152
"""Samples in one MP3 frame."""
PADDING = 1152
"""Samples that LAME adds (576 in front, at least 576 behind); readers report them as length."""
SILENT = "found no sound in it, though its header tells of some"
SILENT_PART = "found no sound in the part that is kept"
CEILING = -1.0
"""dBTP under which peaks stay when a sound is made louder (EBU R 128, 2.11)."""
ROOM = 0.1
"""Decibels under full scale to which a sound is turned down that would clip."""
NEARLY = -3.0
"""dBTP from which coding may lift a peak over full scale."""
TURNS = 3
"""MP3s made of one sound at most, each as much quieter as the one before was too loud."""
SMALLEST_GAIN = 0.05
"""Decibels under which nothing is changed: nobody hears them."""


class Clip(Protocol):
    """What is used of pydub's ``AudioSegment``, which comes without types."""

    frame_rate: int
    channels: int
    sample_width: int
    raw_data: bytes
    max: int
    max_possible_amplitude: float

    def frame_count(self) -> float:
        """Samples per channel."""

    def fade_in(self, milliseconds: int) -> Clip:
        """Rises from silence."""

    def fade_out(self, milliseconds: int) -> Clip:
        """Falls to silence."""

    def apply_gain(self, decibels: float) -> Clip:
        """Louder or quieter."""

    def set_sample_width(self, width: int) -> Clip:
        """With so many bytes a sample."""

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
        notes: tuple[str, ...] = ()
        if step.action in (Action.REMUXED, Action.COPIED):
            made = _copied(source, facts, recipe, draft.path)
            _refuse_short(step, made)
        else:
            made, notes = _encoded(source, facts, recipe, draft.path, told)
        draft.promise = Promise(seconds=made)
        draft.notes = (*_stated(step, made), *notes)
    except BaseException:
        draft.discard()
        raise
    told(1.0)
    return draft


def _planned(step: Step) -> float:
    """Seconds that the output should have; 0 where nobody knows."""
    facts = step.predicted.facts if step.predicted else None
    return facts.duration or 0.0 if isinstance(facts, AudioFacts) else 0.0


def _refuse_short(step: Step, made: float) -> None:
    """Raise when the sound changes its kind on the way, so that a copy holds but a part of it."""
    planned = _planned(step)
    if made < planned - PADDED:
        says = f"could copy only {made:.2f} of {planned:.2f} s"
        raise ToolFailedError((step.media.facts.container if step.media.facts else "",), says)


def _stated(step: Step, made: float) -> tuple[str, ...]:
    """What a reader should know: a header may claim more than there is."""
    if made > _planned(step) - PADDED:
        return ()
    return (f"the sound ends after {made:.2f} s, before its header says",)


# copied --------------------------------------------------------------------------------------


def _copied(source: Path, facts: AudioFacts, recipe: AudioRecipe, target: Path) -> float:
    """The window of the sound as it is stored, without covers and tags; the seconds of it."""
    if recipe.format == "mp3":
        return mp3.cut(source, recipe.window, target)
    stored, samples = wav.part(source, recipe.window)
    clip = _clip(samples, wav.WIDTH, stored.rate, stored.channels)
    begins, ends = _cut_at(facts, recipe)
    _write(_faded(clip, begins and _loud(clip, 0), ends and _loud(clip, -1)), target)
    return clip.frame_count() / clip.frame_rate


def _cut_at(facts: AudioFacts, recipe: AudioRecipe) -> tuple[bool, bool]:
    """Whether something is left out in front of the window, and behind it."""
    window = recipe.window
    if window is None:
        return False, False
    return window.start > 0, facts.duration is None or window.end < facts.duration


def _loud(clip: Clip, end: int) -> bool:
    """Whether the first milliseconds (0) or the last (-1) would click."""
    few, count = _fade_samples(clip), int(clip.frame_count())
    edge = clip.get_sample_slice(0, few) if end == 0 else clip.get_sample_slice(count - few, count)
    return edge.max > QUIET * edge.max_possible_amplitude


def _fade_samples(clip: Clip) -> int:
    return min(int(clip.frame_count()), clip.frame_rate * FADE // 1000)


# encoded -------------------------------------------------------------------------------------


def _encoded(
    source: Path,
    facts: AudioFacts,
    recipe: AudioRecipe,
    target: Path,
    told: Callable[[float], None],
) -> tuple[float, tuple[str, ...]]:
    """Make it; the seconds that went in, and what a reader should know."""
    with Draft(target.parent, "pcm") as held:
        scratch = held.path
        sound = decoded(source, facts, recipe, scratch)
        gain = 0.0 if facts.faulty else _gain(sound.loudness, recipe.loudness)
        if gain:
            sound = decoded(source, facts, recipe, scratch, gain)
        told(0.5)
        plain = _read(sound, recipe)
        clip = _shaped(plain, facts, recipe)
        if recipe.format == "wav":
            down = 0.0
            _write_wav(clip, scratch, target, exact=_exact(plain))
        else:
            peak = FLOOR if facts.faulty else sound.loudness.peak  # a fault may be as loud as any
            down = _write_mp3(clip, peak, scratch, target)
    seconds = clip.frame_count() / clip.frame_rate
    return seconds, tuple(_told(sound.loudness.lufs, recipe.loudness, gain, down))


def _gain(found: Loudness, wanted: float | None) -> float:
    """Decibels to the loudness that is wanted, with its peaks under the ceiling; without one,
    only as many down as keep it from clipping.
    """
    gain = min(0.0, -ROOM - found.peak) if found.peak >= 0 else 0.0
    if wanted is not None and found.lufs is not None:
        gain = min(wanted - found.lufs, CEILING - found.peak)
    return gain if abs(gain) >= SMALLEST_GAIN else 0.0


def _told(lufs: float | None, wanted: float | None, gain: float, down: float) -> Iterator[str]:
    """What became of the loudness: ``lufs`` after ``gain``, then ``down`` for peaks."""
    if wanted is None:
        if gain - down:
            yield f"{down - gain:.1f} dB quieter, so that no peak clips"
    elif lufs is None:
        yield "too short or too quiet to have a loudness: left as it was"
    else:
        why = f", as its peaks stay under {CEILING:.0f} dBTP" if wanted - lufs + down > 0.5 else ""
        yield f"loudness {lufs - gain:.1f} -> {lufs - down:.1f} LUFS{why}"


def _read(sound: Decoded, recipe: AudioRecipe) -> Clip:
    if not sound.samples:
        raise ToolFailedError(("ffmpeg",), SILENT if recipe.window is None else SILENT_PART)
    return _clip(sound.samples, WIDTH, sound.rate, sound.channels)


def _clip(samples: bytes, width: int, rate: int, channels: int) -> Clip:
    """The samples in pydub's hands; its import warns of an ffmpeg that it is never asked to run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    clip: Clip = AudioSegment(data=samples, sample_width=width, frame_rate=rate, channels=channels)
    return clip


def _shaped(clip: Clip, facts: AudioFacts, recipe: AudioRecipe) -> Clip:
    """Faded where it was cut, silent where it was lengthened, and as long as asked."""
    there = int(clip.frame_count())
    wanted = _samples(there, clip.frame_rate, recipe)
    begins, ends = _cut_at(facts, recipe)
    if wanted < there:
        clip, ends = clip.get_sample_slice(0, wanted), True
    clip = _faded(clip, begins, ends)
    silence = b"\0" * (max(0, wanted - there) * WIDTH * clip.channels)
    return _clip(clip.raw_data + silence, WIDTH, clip.frame_rate, clip.channels)


def _faded(clip: Clip, begins: bool, ends: bool) -> Clip:
    """With a rise in front and a fall behind. pydub counts in milliseconds and adds samples to
    make them whole, so that only the edges are given to it, and only what they were is taken.
    """
    few, count = _fade_samples(clip), int(clip.frame_count())
    step = clip.sample_width * clip.channels
    samples = bytearray(clip.raw_data)
    if begins:
        risen = clip.get_sample_slice(0, few).fade_in(FADE).raw_data[: few * step]
        samples[: len(risen)] = risen
    if ends:
        last = _clip(bytes(samples), clip.sample_width, clip.frame_rate, clip.channels)
        fallen = last.get_sample_slice(count - few, count).fade_out(FADE).raw_data[: few * step]
        samples[-len(fallen) :] = fallen
    return _clip(bytes(samples), clip.sample_width, clip.frame_rate, clip.channels)


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


# written -------------------------------------------------------------------------------------


def _exact(clip: Clip) -> bool:
    """Whether 16 bits hold every sample: what was stored in as many is not dithered."""
    return not any(clip.raw_data[0::4]) and not any(clip.raw_data[1::4])


def _write_wav(clip: Clip, scratch: Path, target: Path, *, exact: bool) -> None:
    if exact:
        _write(clip.set_sample_width(wav.WIDTH), target)
        return
    dithered = ["-af", "aresample=osf=s16:dither_method=triangular", "-c:a", "pcm_s16le"]
    _encode(clip, scratch, target, [*dithered, "-map_metadata", "-1", "-f", "wav"])


def _write_mp3(clip: Clip, peak: float, scratch: Path, target: Path) -> float:
    """Encode, and again more quietly while coding lifts a peak over full scale; by how much."""
    words = ["-c:a", "libmp3lame", "-b:a", BITRATE, "-write_xing", "1", "-id3v2_version", "0"]
    down = 0.0
    for turn in range(TURNS):
        _encode(clip.apply_gain(-down) if down else clip, scratch, target, [*words, "-f", "mp3"])
        if peak - down <= NEARLY or turn == TURNS - 1:
            break
        over = true_peak(target, "mp3")
        if over < 0:
            break
        down += over + ROOM
    return down


def _encode(clip: Clip, scratch: Path, target: Path, words: list[str]) -> None:
    """Through ffmpeg, always to the same bytes."""
    try:
        scratch.write_bytes(clip.raw_data)
    except OSError as error:
        raise _unwritable(error) from error
    source = ["-f", "s32le", "-ar", str(clip.frame_rate), "-ch_layout", f"{clip.channels}c"]
    argv = [*LOG, "-y", *source, "-i", f"file:{scratch}", *words[:-2]]
    exactly = ["-fflags", "+bitexact", "-flags:a", "+bitexact", *words[-2:]]
    bounds = process.Bounds(seconds=DEADLINE)
    tool.ffmpeg([*argv, *exactly, str(target)], bounds, writes=[target])


def _write(clip: Clip, path: Path) -> None:
    try:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(clip.channels)
            file.setsampwidth(clip.sample_width)
            file.setframerate(clip.frame_rate)
            file.writeframes(clip.raw_data)
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> OutputError:
    return OutputError(f"the sound cannot be written: {error.strerror}")
