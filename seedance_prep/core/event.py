"""What the pipeline tells while it works: one stream, many readers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from ..errors import UncertainError, kind_of

Outcome = TypeVar("Outcome")


class EventType(StrEnum):
    """The ``type`` of each JSON line of ``generate --json``."""

    PROBED = "probed"
    FOUND = "found"
    PLANNED = "planned"
    FIXING = "fixing"
    FIXED = "fixed"
    PRICED = "priced"
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    SUBMITTED = "submitted"
    QUEUED = "queued"
    RUNNING = "running"
    LOG = "log"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``data`` holds JSON values only, and never a key or a home path."""

    type: EventType
    data: Mapping[str, Any] = field(default_factory=dict)


def failed(error: Exception, **named: str | None) -> Event:
    """The last event of what did not work, and whether that is sure (``outcome``)."""
    told = {
        "message": str(error),
        "kind": kind_of(error),
        "charged": getattr(error, "charged", None),
        "retryable": getattr(error, "retryable", None),
        "outcome": "unknown" if isinstance(error, UncertainError) else "failed",
    }
    return Event(EventType.FAILED, named | told)


def drain(
    events: Generator[Event, None, Outcome], on_event: Callable[[Event], None] | None = None
) -> Outcome:
    """Run a stream of events to its end, tell each, and give what the stream returns."""
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            result: Outcome = stop.value
            return result
        if on_event:
            on_event(event)
