"""A line on its way, and what is wished for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..choices import Options
from ..core.media import Media
from ..core.outcome import Ready
from ..core.request import Asset
from ..core.run import Run
from . import work
from .journal import Place
from .lanes import Name
from .line import Action, Line, Outcome
from .work import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What shall be done with every line."""

    action: Action
    options: Options
    how: str
    """A digest of all that the outcome depends on besides the line and its files."""
    beside: Path
    """Where relative names begin: the manifest's folder."""
    out: Path
    shown: str
    """``out`` as the caller wrote it."""
    cached: bool = True
    max_failures: int | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Job:
    """A line on its way."""

    line: Line
    place: Place
    task: Task
    stamps: str
    lane: Name = Name.LOOK
    weight: float = 0.0
    memory: int = 0
    passed: int = 0
    strikes: int = 0
    media: tuple[Media, ...] | None = None
    made: Outcome | None = None
    """What the fix gave."""
    ready: Ready | None = None
    run: Run | None = None
    """What was sent of it before."""


def call_of(job: Job, action: Action) -> tuple[Any, ...]:
    """The function that does the next piece of work, and its arguments."""
    if action is Action.CHECK:
        return work.check_line, job.task
    if job.media is None and not _remote(job.task.request.entries()):
        return work.probe_line, job.task
    return work.fix_line, job.task, job.media


def _remote(assets: Sequence[Asset]) -> bool:
    """Whether something must be fetched: it is gone after the call, so all is done in one."""
    return any(one.remote for one in assets)


def joined(job: Job, outcome: Outcome) -> Outcome:
    """What came of the sending, with the report of what was made."""
    if job.made is None:
        return outcome
    return replace(
        outcome,
        document=job.made.document,
        low=outcome.low if outcome.sent.get("run") else job.made.low,
        high=outcome.high if outcome.sent.get("run") else job.made.high,
    )
