"""A job that the service has: follow it, fetch its result, cancel it, from any process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import InitVar, dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..core.event import Event, EventType, failed
from ..core.job import Handle, State, Status
from ..errors import (
    AnswerError,
    JobFailedError,
    LostAnswerError,
    MachineError,
    PendingError,
    RefusedError,
    UnreachableError,
    kind_of,
)
from ..telemetry import noted
from ..wire import Wire
from .advice import Sources, failure
from .download import Proof
from .ledger import Ledger
from .queue import COMPLETED, Cancellation, Queue
from .result import Result, result_of


@dataclass(kw_only=True)
class Job:
    """One job. What becomes of it is written to the ledger, when it has a run there."""

    handle: Handle
    queue: Queue = field(repr=False)
    run: str | None = None
    """The run's id in the ledger."""
    ledger: Ledger | None = field(default=None, repr=False)
    sources: Sources = field(default_factory=Sources, repr=False)
    wire: Wire | None = field(default=None, repr=False)
    """Lends its timeouts to the download."""
    proof: Proof | None = field(default=None, repr=False)
    """Held against the video before it is saved."""
    output: InitVar[Mapping[str, Any] | None] = None
    """What the ledger already knows: the service's own output."""
    _end: Result | JobFailedError | None = field(default=None, init=False, repr=False)

    def __post_init__(self, output: Mapping[str, Any] | None) -> None:
        """Take what is known for the end of the job."""
        if output is not None:
            self._end = self._read(output)

    @property
    def request_id(self) -> str:
        """The service's id of the job."""
        return self.handle.request_id

    def status(self, *, logs: bool = False) -> Status:
        """Where the job stands now. A failed or cancelled job is COMPLETED, too."""
        return self.queue.status(self.handle, logs=logs)

    def events(self, *, timeout: float | None = None) -> Iterator[Event]:
        """``queued``, ``running`` and ``log`` as they come; at last ``done`` or ``failed``.

        Raises ``PendingError`` when ``timeout`` seconds have passed, or when the service cannot
        be reached any more: the job goes on without us.
        """
        if self._end is None:
            with noted("wait", run=self.run, request_id=self.request_id) as stage:
                yield from self._followed(timeout)
                if (error := self._failure()) is not None:
                    stage.failed(error)
        yield self._last_event()

    def result(self, *, timeout: float | None = None) -> Result:
        """Wait for the end. Raises ``JobFailedError``, or ``PendingError`` as ``events`` does."""
        for _ in self.events(timeout=timeout):
            pass
        if isinstance(self._end, JobFailedError):
            raise self._end
        assert self._end is not None
        return self._end

    def cancel(self) -> Cancellation:
        """Ask for the end of the job; one that runs may still finish, and be charged.

        Raises ``PendingError`` when it goes on, or nobody knows whether the service has heard it.
        """
        try:
            answer = self.queue.cancel(self.handle)
        except (LostAnswerError, UnreachableError) as error:
            raise self._pending(
                f"it may go on, as the cancellation got no answer ({error})"
            ) from error
        except RefusedError as error:
            if error.http_status == HTTPStatus.NOT_FOUND:  # there is no such job
                raise
            says = "this key may not" if error.http_status in {401, 403} else "the service did not"
            raise self._pending(f"it goes on, as {says} cancel it ({error.http_status})") from error
        if answer is Cancellation.REQUESTED and self.ledger and self.run:
            self.ledger.ended(
                self.run, State.CANCELLED, "cancelled by the caller", kind="client_cancelled"
            )
        return answer

    def _failure(self) -> JobFailedError | None:
        return self._end if isinstance(self._end, JobFailedError) else None

    def _followed(self, timeout: float | None) -> Iterator[Event]:
        deadline = None if timeout is None else time.monotonic() + timeout
        teller = Teller()
        try:
            for status in self.queue.watch(self.handle, deadline=deadline):
                yield from teller.tell(status)
                if status.state == COMPLETED:
                    self._settle(status)
                    return
        except (LostAnswerError, UnreachableError, AnswerError) as error:
            raise self._pending(str(error)) from error
        except RefusedError as error:
            if error.http_status == 404:
                raise
            raise self._pending(str(error)) from error  # the question is refused, not the job
        raise self._pending(f"it had not ended after {timeout:g} s")

    def _settle(self, status: Status) -> None:
        well = status.error is None and status.error_type is None
        try:
            output = self.queue.result(self.handle, self.sources, went_well=well)
            self._end = self._read(output)
        except JobFailedError as error:
            self._end = error if well else _why(error, status)
        self._write()

    def _read(self, output: Mapping[str, Any]) -> Result:
        return result_of(
            output,
            self.request_id,
            run=self.run,
            wire=self.wire,
            on_saved=self._saved,
            proof=self.proof,
        )

    def _write(self) -> None:
        """Note the end; a ledger that cannot be written must not cost the caller the video."""
        if self.ledger is None or self.run is None:
            return
        with suppress(MachineError):
            if isinstance(self._end, Result):
                self.ledger.finished(self.run, self._end.output)
            elif self._end is not None:
                cancelled = self._end.kind == "client_cancelled"
                state = State.CANCELLED if cancelled else State.FAILED
                self.ledger.ended(
                    self.run,
                    state,
                    str(self._end),
                    kind=kind_of(self._end),
                    charged=self._end.charged,
                )

    def _saved(self, path: Path) -> None:
        if self.ledger and self.run:
            with suppress(MachineError):
                self.ledger.saved(self.run, path)

    def _last_event(self) -> Event:
        if isinstance(self._end, Result):
            return Event(EventType.DONE, self._named() | {"output": dict(self._end.output)})
        assert self._end is not None
        return failed(self._end, **self._named())

    def _named(self) -> dict[str, Any]:
        return {"request_id": self.request_id, "run": self.run}

    def _pending(self, why: str) -> PendingError:
        how = f"`seedance-prep resume {self.run}` takes it up" if self.run else "ask for it later"
        return PendingError(
            f"the service has the job {self.request_id}, but its end was not seen: {why}; {how}",
            self.run,
        )


def _why(error: JobFailedError, status: Status) -> JobFailedError:
    """The error, or the status's own when the result that would tell it is no longer kept."""
    if error.kind != "result_expired":
        return error
    return failure(None, {"detail": status.error, "error_type": status.error_type})


class Teller:
    """Turns statuses into events that say only what is new."""

    def __init__(self) -> None:
        """Nothing has been told."""
        self._position: int | None = None
        self._running = False
        self._told: set[tuple[str, str]] = set()

    def tell(self, status: Status) -> Iterator[Event]:
        """What this status adds: a poll repeats every log line, a stream does not."""
        if status.state == "IN_QUEUE" and status.queue_position != self._position:
            self._position = status.queue_position
            yield Event(EventType.QUEUED, {"position": status.queue_position})
        if status.state == "IN_PROGRESS" and not self._running:
            self._running = True
            yield Event(EventType.RUNNING)
        for entry in status.logs:
            stamp, message = str(entry.get("timestamp", "")), str(entry.get("message", ""))
            if (stamp, message) not in self._told:
                self._told.add((stamp, message))
                yield Event(EventType.LOG, {"message": message, "timestamp": stamp or None})
