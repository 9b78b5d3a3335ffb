"""Why an output is larger than the same seconds of its source, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.units import megabytes, rate
from . import argv

DENSER = {"hevc": "HEVC", "av1": "AV1", "vp9": "VP9", "vvc": "VVC"}
"""Codecs that need fewer bytes than H.264 for the same picture."""
FASTER = 1.01
"""Times the source's frame rate from which frames were repeated."""


def grown(job: argv.Job, made: int) -> str | None:
    """One sentence when ``made`` bytes are more than the source spends on the kept seconds.

    ``None`` when they are not, or when the source does not tell its length.
    """
    kept = _kept(job)
    if kept is None or made <= kept:
        return None
    why = ", ".join(_reasons(job, made - kept)) or (
        "the source spends few bits, and a second encode that stays invisible takes more"
    )
    return (
        f"larger than these seconds of the source ({megabytes(kept)} -> {megabytes(made)}): {why}"
    )


def _kept(job: argv.Job) -> int | None:
    """Bytes that the source spends on what is shown of it."""
    facts, timing = job.facts, job.timing
    frames = timing.frames if timing.shown is None else timing.shown
    if not facts.duration or frames is None:
        return None
    seconds = min(float(frames / timing.fps), facts.duration)
    return round(facts.bytes * seconds / facts.duration)


def _reasons(job: argv.Job, more: int) -> Iterator[str]:
    facts, timing = job.facts, job.timing
    if denser := DENSER.get(facts.codec or ""):
        yield f"H.264 needs more bytes than {denser}"
    size = argv.target_size(facts, job.recipe)
    before = (job.recipe.crop or facts).width or 0, (job.recipe.crop or facts).height or 0
    if size.width > before[0] > 0 and size.height > before[1] > 0:
        yield f"it is scaled up from {before[0]}x{before[1]}"
    if job.recipe.length is not None:
        yield "it is lengthened"
    if facts.fps and timing.fps > facts.fps * FASTER:
        yield f"frames are repeated ({rate(facts.fps)} -> {rate(timing.fps)})"
    if _sound(job) > more / 2:
        yield "most of that is sound at the usual rate"


def _sound(job: argv.Job) -> float:
    """Bytes that the sound has grown by."""
    track, seconds = job.facts.audio, job.timing.seconds
    if track is None or not track.bitrate or not seconds:
        return 0.0
    return (argv.SOUND_RATE[argv.channels(job.facts)] - track.bitrate) * seconds / 8
