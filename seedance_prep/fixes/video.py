"""Make an MP4: run what :mod:`argv` decided, and count what came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .. import process
from ..core.media import VideoFacts
from ..core.plan import Action, Step, VideoRecipe
from ..errors import ToolFailedError, ToolMissingError
from . import argv, colour, tool
from .draft import Draft
from .grown import grown
from .progress import Progress
from .promise import Promise
from .timing import Timing, timing

Told = Callable[[float], None]
PIXELS_PER_SECOND = 1_000_000
"""What the slowest machine in mind decodes, scales and encodes; deadlines rest on it."""
DEADLINE_MIN = 300.0
DEADLINE_MAX = 4 * 3600.0
WRITTEN_MIN = 256 << 20


def make_video(
    step: Step, recipe: VideoRecipe, folder: Path, told: Told, rate_factor: float
) -> Draft:
    """Encode or copy one clip. Raises as :func:`seedance_prep.fixes.make` says."""
    facts, source = step.media.facts, step.media.path
    assert isinstance(facts, VideoFacts)
    assert source is not None
    copied = step.action in (Action.REMUXED, Action.COPIED)
    if not copied:
        _refuse_colours(facts)
    draft = Draft(folder, "mp4")
    try:
        job = argv.Job(
            source=source.absolute(),
            target=draft.path,
            facts=facts,
            recipe=recipe,
            timing=timing(facts, recipe),
            rate_factor=rate_factor,
            zscale="zscale" in tool.filters(),
        )
        made = _copy(job, told) if copied else _encode(job, told)
        draft.notes, draft.promise, draft.timing = made.notes, made.promise, made.timing
    except BaseException:
        draft.discard()
        raise
    told(1.0)
    return draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a job."""

    promise: Promise
    notes: tuple[str, ...] = ()
    timing: Timing | None = None
    """``None`` for a copy."""


def _copy(job: argv.Job, told: Told) -> Made:
    """As many pictures as packets were copied must be decoded again."""
    window = job.recipe.window
    length = window.length if window else job.facts.duration
    says = Progress(told, length)
    _run(argv.copy(job), job, says)
    promise = Promise(
        frames=job.recipe.packets or says.frames,
        fps=job.facts.fps,
        seconds=window.length if window else None,
        sound=job.facts.audio is not None,
        wait=_wait(job),
    )
    return Made(promise=promise)


def _wait(job: argv.Job) -> float:
    """Seconds by which sound begins after the picture of the part that is copied."""
    sound, window = job.facts.audio, job.recipe.window
    if sound is None or sound.start is None or job.recipe.sound_anew:
        return 0.0
    return max(0.0, sound.start - (window.start if window else job.facts.picture_start or 0.0))


def _encode(job: argv.Job, told: Told) -> Made:
    """One pass; a second one only when the source holds less than its header says.

    The sound is cut to the planned frames, so a picture that ends early must be known first.
    """
    says = Progress(told, job.timing.seconds)
    faults = _run(argv.encode(job), job, says)
    made, planned = says.frames, job.timing.frames
    notes = _stated(job.facts)
    entered = job.timing.seek or job.facts.lead.read  # then what it leans on may be missing
    if faults and not entered:
        notes += ("the decoder met faults in the source: look at the output",)
    if not made:
        raise ToolFailedError(("ffmpeg",), "found no picture in the part that is kept")
    if planned is not None and made < planned:
        job = replace(job, timing=_shorter(job, made))
        _run(argv.encode(job), job, Progress())
        if job.recipe.length is None:
            seconds = job.timing.seconds
            notes += (f"the picture ends after {seconds:.2f} s, before its header says",)
    if why := grown(job, job.target.stat().st_size):
        notes += (why,)
    return Made(promise=_promise(job), notes=notes, timing=job.timing)


def _promise(job: argv.Job) -> Promise:
    return Promise(
        frames=job.timing.frames,
        fps=job.timing.fps,
        seconds=job.timing.seconds,
        sound=job.facts.audio is not None,
        exact=True,
    )


def _shorter(job: argv.Job, made: int) -> Timing:
    """What is to be made of a picture that ends early; the length that was asked for is held."""
    shown = min(made, job.timing.shown or made)
    if job.recipe.length is not None:
        return replace(job.timing, shown=shown, hold=job.timing.frames or 0)
    return replace(job.timing, frames=made, shown=shown)


def _stated(facts: VideoFacts) -> tuple[str, ...]:
    return ("transparent parts are shown on black",) if facts.alpha else ()


def _run(arguments: list[str], job: argv.Job, progress: Progress) -> bool:
    """Whether ffmpeg, which got to the end, had something to complain of."""
    try:
        done = tool.ffmpeg(arguments, bounds(job), progress.line, writes=[job.target])
    except ToolFailedError as error:
        heard = job.facts.audio.codec if job.facts.audio else None
        coded = {"picture": job.facts.codec, "sound": heard}
        unknown = [(what, one) for what, one in coded.items() if one and one not in tool.decoders()]
        if not unknown:
            raise
        what, codec = unknown[0]
        says = f"has no decoder for {codec}, which its {what} is coded in"
        raise ToolFailedError(error.argv, says, error.tail, error.code) from error
    return bool(done.stderr.strip())


def bounds(job: argv.Job, slower: float = 1.0) -> process.Bounds:
    """Generous: they end what hangs or floods, never an honest encode on a slow machine.

    ``slower`` times as long for work that takes longer than an encode.
    """
    facts = job.facts
    pixels = max((facts.coded_width or 0) * (facts.coded_height or 0), 1_000_000)
    seconds = job.timing.seconds or facts.duration or 60.0
    rate = max(float(job.timing.fps), float(facts.fps or 0))
    deadline = DEADLINE_MIN + slower * seconds * rate * pixels / PIXELS_PER_SECOND
    written = max(WRITTEN_MIN, 4 * (job.recipe.max_bytes or 0), 2 * facts.bytes)
    return process.Bounds(seconds=min(deadline, DEADLINE_MAX), written=written)


def _refuse_colours(facts: VideoFacts) -> None:
    """Stop before wrong colours are made where the right ones cannot be.

    Dolby Vision of profile 5 never gets here: a file with an error that no fix mends is not made.
    """
    if colour.needs_zscale(facts) and "zscale" not in tool.filters():
        raise ToolMissingError(
            "this ffmpeg has no zscale filter, which turns HDR and wide-gamut colours into BT.709;"
            " unset SEEDANCE_PREP_FFMPEG to use the bundled one"
        )
