"""The pieces of work of a line that need no service. They travel to other processes as pickles.

What goes wrong for a reason is an outcome; an exception that leaves here is a mistake of ours.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from .. import pipeline
from ..choices import Options
from ..core.event import drain
from ..core.finding import Level
from ..core.media import ImageFacts, Media, VideoFacts
from ..core.outcome import Output, Ready, Report
from ..core.plan import Action, Step
from ..core.request import Request
from ..core.version import __version__
from ..errors import PrepError, UsageError, kind_of
from ..judging import judging
from ..report.document import report_document
from .line import Outcome, State

if TYPE_CHECKING:
    from ..cache import Cache
    from .fetches import Fetches

MB = 1_000_000
BASE = 120 * MB
"""Bytes that a fix takes before it holds a picture."""
A_PIXEL = 100
"""Bytes that decoder, scaler and encoder hold for each pixel of the source's pictures, with room
for more threads, each of which holds pictures of its own. Measured on two cores: ffmpeg took 134
and 271 MB for 1080p and 4K of H.264, 166 and 413 MB for HEVC of 10 bits."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A line as whoever works on it needs it."""

    request: Request
    paths: tuple[Path, ...]
    """Of its files in order; absolute."""
    options: Options
    out: Path
    """Where its outputs go; absolute."""
    shown: str
    """The same as the caller would write it."""
    cached: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What is known of a line before its files are made."""

    media: tuple[Media, ...]
    weight: float
    """Pixels that must be encoded; 0 for what is copied or stays as it is."""
    memory: int
    """Bytes that this takes, about."""
    low: Decimal | None = None
    """What it will cost at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What a fix gave."""

    outcome: Outcome
    ready: Ready | None = None


def guarded(
    work: Callable[Concatenate[Task, P], T],
) -> Callable[Concatenate[Task, P], T | Outcome]:
    """The same work; its reasoned failures are outcomes, which travel where exceptions do not."""

    def done(task: Task, /, *args: P.args, **kwargs: P.kwargs) -> T | Outcome:
        try:
            return work(task, *args, **kwargs)
        except UsageError as error:
            return failed(error, State.INVALID)
        except PrepError as error:
            return failed(error)
        except OSError as error:
            return Outcome(state=State.FAILED, message=_said(error), kind="machine", status=3)

    return done


def failed(error: PrepError, state: State = State.FAILED) -> Outcome:
    """An error as an outcome."""
    return Outcome(state=state, message=str(error), kind=kind_of(error), status=error.status)


def check_line(task: Task) -> Outcome:
    """Probe and judge."""
    return guarded(_checked)(task)


def probe_line(task: Task) -> Probed | Outcome:
    """Probe, and say how much work a fix will be."""
    return guarded(_probed)(task)


def fix_line(task: Task, media: Sequence[Media] | None = None) -> Fixed | Outcome:
    """Make and prove the files of a line; without ``media`` they are fetched and probed first."""
    return guarded(_fixed)(task, media)


def _checked(task: Task) -> Outcome:
    with ExitStack() as stack:
        media = _read(task, stack)
        return outcome_of(drain(judging(task.request, media, _options(task), look=False)))


def _probed(task: Task) -> Probed:
    with ExitStack() as stack:
        media = _read(task, stack)
        report = drain(judging(task.request, media, _options(task), look=False))
    assert report.plan is not None
    made = [step for step in report.plan.steps if step.action is Action.ENCODED]
    weight = sum(map(_weight, made))
    memory = max(map(_memory, made), default=0)
    low = report.cost.low if report.cost else None
    return Probed(media=media, weight=weight, memory=memory, low=low)


def _fixed(task: Task, media: Sequence[Media] | None) -> Fixed:
    with ExitStack() as stack:
        media = media or _read(task, stack)
        report = drain(pipeline.mending(task.request, media, task.out, _options(task)))
    report = replace(report, outputs=_shown(report.outputs, task.shown))
    return Fixed(outcome=outcome_of(report), ready=report if isinstance(report, Ready) else None)


def _read(task: Task, stack: ExitStack) -> tuple[Media, ...]:
    """The facts of every file, told by the names that the manifest has for them."""
    given = task.request.entries()
    urls = {asset.source for asset in given if asset.remote and not asset.stored}
    private = task.options.private_addresses
    fetched = stack.enter_context(_fetches().on(urls, private_addresses=private)) if urls else {}
    there = [
        asset
        if asset.remote and asset.source not in fetched
        else replace(asset, source=str(fetched.get(asset.source, path)))
        for asset, path in zip(given, task.paths, strict=True)
    ]
    media = drain(pipeline.reading(replace(task.request, assets=there), _options(task), stack))
    return tuple(replace(one, asset=asset) for one, asset in zip(media, given, strict=True))


def _options(task: Task) -> Options:
    return replace(task.options, cache=_cache()) if task.cached else task.options


@cache
def _fetches() -> Fetches:
    """One for all the work of a process."""
    from .fetches import Fetches

    return Fetches()


@cache
def _cache() -> Cache:
    """One for all the work of a process."""
    from ..cache import opened

    return opened()


def _shown(outputs: Iterable[Output], folder: str) -> tuple[Output, ...]:
    return tuple(replace(one, shown=f"{folder}/{one.path.name}") for one in outputs)


def outcome_of(report: Report) -> Outcome:
    """A report as a line's outcome."""
    errors = {one.code: None for one in report.findings if one.level is Level.ERROR}
    return Outcome(
        state=State.OK if report.ok else State.FINDINGS,
        document=report_document(report, __version__),
        codes=tuple(errors),
        low=report.cost.low if report.cost else None,
        high=report.cost.high if report.cost else None,
    )


def _weight(step: Step) -> float:
    facts = step.media.facts
    if not isinstance(facts, VideoFacts):
        return 0.0
    window = step.window
    seconds = (window.end - window.start) if window else facts.duration or 0.0
    return _pixels(step) * seconds * float(facts.fps or 25)


def _memory(step: Step) -> int:
    return BASE + A_PIXEL * _pixels(step)


def _pixels(step: Step) -> int:
    facts = step.media.facts
    if isinstance(facts, VideoFacts | ImageFacts):
        return (facts.width or 0) * (facts.height or 0)
    return 0


def _said(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "no space is left on the disk"
    return error.strerror or type(error).__name__
