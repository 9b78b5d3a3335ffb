"""The queue: jobs wait, run two at a time, and end as COMPLETED whatever became of them."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .answers import Answer, platform

AT_ONCE = 2
"""Jobs that run side by side, as for a new account."""

QUEUED, RUNNING, COMPLETED = "IN_QUEUE", "IN_PROGRESS", "COMPLETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds that a job waits and works, at the least; rendering may take longer."""

    queued: float = 0.1
    running: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a submit asked for."""

    endpoint: str
    arguments: Mapping[str, Any]
    webhook: str | None = None
    start_seconds: float | None = None
    """The job must have started by then."""
    keep_payloads: bool = True
    output_expires: float | None = None
    """Seconds that the made files live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a job: the answer that its result replays, and why it failed."""

    answer: Answer
    error: str | None = None
    error_type: str | None = None


CANCELLED = Ending(
    answer=platform(499, "Request was cancelled by the client", "client_cancelled"),
    error="Request was cancelled by the client",
    error_type="client_cancelled",
)
LATE = Ending(
    answer=platform(
        504, "Request timed out", "request_timeout", {"X-Fal-Request-Timeout-Type": "user"}
    ),
    error="Request timed out",
    error_type="request_timeout",
)


def broken(what: str) -> Ending:
    """The service itself failed."""
    text = f"Internal server error: {what}"
    answer = platform(500, text, "internal_error")
    return Ending(answer=answer, error=text, error_type="internal_error")


def now() -> str:
    """The time as fal writes it: ISO, milliseconds, Z."""
    text = datetime.now(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


@dataclass(slots=True, kw_only=True)
class Job:
    """One accepted request. Fields change under the queue's condition only."""

    order: Order
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent_at: str = field(default_factory=now)
    started_at: str | None = None
    ended_at: str | None = None
    took: float = 0.0
    """Seconds of work."""
    state: str = QUEUED
    cancelled: bool = False
    logs: list[dict[str, str]] = field(default_factory=list)
    ending: Ending | None = None

    @property
    def app(self) -> str:
        """Owner and alias: what the job's URLs are cut to."""
        return "/".join(self.order.endpoint.split("/")[:2])


Work = Callable[[Job], Ending | None]
"""Does a job; ``None`` when it never ends."""


class Queue:
    """All jobs of one run of the service."""

    def __init__(self, pace: Pace, work: Work, on_end: Callable[[Job], None]) -> None:
        """Jobs are done by ``work``; ``on_end`` is told of each that has ended."""
        self._pace, self._work, self._on_end = pace, work, on_end
        self._jobs: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._stopped = False
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="seedance-local")

    def submit(self, order: Order) -> Job:
        """Accept a job."""
        job = Job(order=order)
        with self._changed:
            self._jobs[job.request_id] = job
        future = self._workers.submit(self._run, job)
        future.add_done_callback(lambda done: self._settle(job, done))
        return job

    def get(self, request_id: str) -> Job | None:
        """The job of this id."""
        with self._changed:
            return self._jobs.get(request_id)

    def all(self) -> tuple[Job, ...]:
        """All jobs, oldest first."""
        with self._changed:
            return tuple(self._jobs.values())

    def waiting(self) -> int:
        """How many jobs have not started."""
        return sum(job.state == QUEUED for job in self.all())

    def ahead(self, job: Job) -> int:
        """How many waiting jobs were sent before this one."""
        jobs = self.all()
        return sum(other.state == QUEUED for other in jobs[: jobs.index(job)])

    def cancel(self, job: Job) -> bool:
        """Ask for an end; false when the job has ended already."""
        with self._changed:
            if job.state == COMPLETED:
                return False
            job.cancelled = True
            self._changed.notify_all()
            return True

    def log(self, job: Job, message: str) -> None:
        """Add a line to the job's log."""
        line = {"message": message, "timestamp": now(), "level": "INFO", "source": "USER"}
        with self._changed:
            job.logs.append(line)
            self._changed.notify_all()

    def follow(self, job: Job) -> Iterator[tuple[str, list[dict[str, str]]]]:
        """State and new log lines, at once and after every change, until the job has ended."""
        seen, state = 0, ""
        while state != COMPLETED:
            with self._changed:
                while job.state == state and len(job.logs) == seen and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                fresh, seen, state = job.logs[seen:], len(job.logs), job.state
            yield state, fresh

    def stop(self) -> None:
        """End all waiting; jobs end no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for the work that is under way. After ``stop``."""
        self._workers.shutdown(cancel_futures=True)

    def _run(self, job: Job) -> None:
        deadline = job.order.start_seconds
        late = deadline is not None and deadline < self._pace.queued
        self._wait(job, min(self._pace.queued, deadline) if deadline else self._pace.queued)
        if self._stopped:
            return
        if job.cancelled or late:
            self._end(job, CANCELLED if job.cancelled else LATE)
            return
        self._begin(job)
        started = time.monotonic()
        ending = self._work(job)
        left = self._pace.running - (time.monotonic() - started)
        self._wait(job, left if ending else None)
        job.took = time.monotonic() - started
        if not self._stopped:
            self._end(job, ending if ending and not job.cancelled else CANCELLED)

    def _settle(self, job: Job, done: Future[None]) -> None:
        """A job whose work broke ends all the same: nobody shall wait for it for ever."""
        if not done.cancelled() and (error := done.exception()):
            self._end(job, broken(type(error).__name__))

    def _wait(self, job: Job, seconds: float | None) -> None:
        """Until the time is over, the job is cancelled or the service stops."""
        with self._changed:
            self._changed.wait_for(
                lambda: job.cancelled or self._stopped, None if seconds is None else max(seconds, 0)
            )

    def _begin(self, job: Job) -> None:
        with self._changed:
            job.state, job.started_at = RUNNING, now()
            self._changed.notify_all()

    def _end(self, job: Job, ending: Ending) -> None:
        with self._changed:
            job.state, job.ended_at, job.ending = COMPLETED, now(), ending
            self._changed.notify_all()
        self._on_end(job)
