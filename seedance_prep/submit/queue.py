"""What a queue of a service can do, whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Protocol

from ..core.job import USUAL, Handle, Status, Terms
from .advice import Sources

COMPLETED = "COMPLETED"


class Cancellation(StrEnum):
    """What a request to cancel came to."""

    REQUESTED = "requested"
    """A job that waits never runs; one that runs may still finish, and be charged."""
    TOO_LATE = "too-late"
    """The job had ended before."""


class Queue(Protocol):
    """Submit, follow, fetch, cancel. Only ``submit`` costs money, and it is never repeated here."""

    def submit(
        self,
        endpoint: str,
        payload: Mapping[str, Any],
        *,
        terms: Terms = USUAL,
        sources: Sources | None = None,
    ) -> Handle:
        """Send the paid request, once.

        Raises ``UnreachableError`` when nothing was sent, ``RefusedError`` for a clear no, and
        ``LostAnswerError`` or ``AnswerError`` when the service may have taken the job.
        """
        ...

    def handle(self, endpoint: str, request_id: str) -> Handle:
        """How to reach a job of which only the id is known."""
        ...

    def status(self, handle: Handle, *, logs: bool = False) -> Status:
        """Where the job stands now."""
        ...

    def watch(self, handle: Handle, *, deadline: float | None = None) -> Iterator[Status]:
        """Every status with its logs, up to COMPLETED or ``deadline`` (of the monotonic clock)."""
        ...

    def result(
        self, handle: Handle, sources: Sources | None = None, *, went_well: bool = False
    ) -> Mapping[str, Any]:
        """The output of a job that is COMPLETED. Raises ``JobFailedError`` when there is none.

        ``went_well`` when its status named no error: then a failing answer is asked for again.
        """
        ...

    def cancel(self, handle: Handle) -> Cancellation:
        """Ask for the end of the job. Raises ``RefusedError`` for one that is not known."""
        ...
