"""Work in a thread that can be stopped from outside, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TypeVar

from ..core.event import Event, EventType
from ..patience import Stop, stopping
from ..process import Leash, leash

Value = TypeVar("Value")

STAGES = {
    EventType.PROBED: (0.05, "read"),
    EventType.FOUND: (0.10, "checked"),
    EventType.PLANNED: (0.12, "planned"),
    EventType.PRICED: (0.14, "priced"),
    EventType.FIXING: (0.15, "fixing"),
    EventType.FIXED: (0.60, "fixed"),
    EventType.UPLOADING: (0.60, "uploading"),
    EventType.UPLOADED: (0.70, "uploaded"),
    EventType.SUBMITTED: (0.72, "submitted"),
    EventType.QUEUED: (0.73, "queued"),
    EventType.RUNNING: (0.75, "running"),
    EventType.DONE: (1.0, "done"),
}
"""How much of a whole job is done when each is told, and its word."""
FIXING, UPLOADING = 0.45, 0.10
"""What fixing and uploading add, by the share that is done of each."""


@dataclass(slots=True)
class Hold:
    """The reins of a piece of work: waiting ends, children end."""

    stop: Stop = field(default_factory=Stop)
    leash: Leash = field(default_factory=Leash)

    def run(self, work: Callable[[], Value]) -> Value:
        """Do the work, held, in this thread."""
        context = copy_context()
        context.run(stopping.set, self.stop)
        context.run(leash.set, self.leash)
        return context.run(work)

    def end(self) -> None:
        """Stop it, wherever it is."""
        self.stop.set()
        self.leash.pull()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a piece of work is."""

    stage: str = "waiting"
    share: float = 0.0
    """Of the whole, 0 to 1; it never falls."""
    seconds_left: float | None = None
    """Of this stage, where that can be told."""


class Meter:
    """Reads events; ``progress`` is where the work stands."""

    def __init__(self, told: Callable[[Progress], None] | None = None) -> None:
        """Tell ``told`` each time it has moved."""
        self.progress = Progress()
        self.logs: list[str] = []
        self._told = told
        self._shares: dict[str, dict[str, float]] = {}

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if event.type is EventType.LOG:
            self.logs = [*self.logs[-19:], str(event.data.get("message", ""))]
        if event.type not in STAGES:
            return
        share, word = STAGES[event.type]
        if event.type is EventType.PLANNED and event.data.get("action") != "dropped":
            self._part(EventType.FIXING, event, 0.0)
        if event.type is EventType.FIXING:
            share += FIXING * self._part(event.type, event, float(event.data["progress"]))
        if event.type is EventType.UPLOADING:
            done = event.data["bytes"] / max(1, event.data["total"])
            share += UPLOADING * self._part(event.type, event, done)
        self._move(word, share, event.data.get("seconds_left"))

    def _part(self, kind: EventType, event: Event, share: float) -> float:
        """Keep what is done of one file; the mean of all that are known."""
        shares = self._shares.setdefault(kind.value, {})
        shares[str(event.data.get("ref"))] = share
        return sum(shares.values()) / len(shares)

    def _move(self, stage: str, share: float, seconds_left: float | None) -> None:
        share = round(max(share, self.progress.share), 4)
        moved = (stage, share) != (self.progress.stage, self.progress.share)
        self.progress = Progress(stage=stage, share=share, seconds_left=seconds_left)
        if moved and self._told:
            self._told(self.progress)
