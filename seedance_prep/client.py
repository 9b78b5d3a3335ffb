"""The client: what is ready becomes URLs, one paid job, and a video. Takes only a ``Ready``."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from .choices import need_sendable
from .core.event import Event, EventType, drain, failed
from .core.job import USUAL, Terms, Upload
from .core.key import Key
from .core.outcome import Ready, Report
from .core.request import DEFAULT_ENDPOINT
from .core.run import Run
from .core.service import FAL, Service, at
from .errors import JobFailedError, MachineError, PrepError, UnreachableError, UsageError
from .sending import (
    Link,
    Settings,
    announced,
    job_of,
    opened,
    playable,
    sent_again,
    submitted,
    uploaded,
)
from .submit.access import LOCAL, key_for, service_of
from .submit.download import check_target
from .submit.job import Job
from .submit.ledger import Ledger, open_ledger
from .submit.once import check_terms
from .submit.payload import fingerprint, payload
from .submit.queue import Cancellation
from .submit.recover import adopted, looked_up, may_be_pending, not_listed
from .submit.result import Result, Video
from .submit.spending import Money, check_cost
from .telemetry import span

if TYPE_CHECKING:
    from .local import LocalService

__all__ = ["Client", "Job", "Result", "Video", "service_of"]

Told = Callable[[Event], None]


class Client:
    """Uploads, submits and follows. Nothing is opened, and no key needed, before the first use."""

    def __init__(
        self,
        service: str | Service | None = None,
        key: str | Key | None = None,
        ledger: Ledger | Path | None = None,
        *,
        settings: Settings | None = None,
    ) -> None:
        """``service`` is ``fal`` (default), ``local``, or the base URL of one that speaks as fal.

        Without ``key``, ``FAL_KEY`` (or ``FAL_KEY_ID`` and ``FAL_KEY_SECRET``) is used, if the
        service may have it: over https, or on this machine. Raises ``UsageError`` for a service
        that is none.
        """
        self._service = None if service == LOCAL else service_of(service)
        self._key = Key(key) if isinstance(key, str) else key
        self._ledger = ledger
        self._settings = settings or Settings()
        self._local: LocalService | None = None
        self._opened: Link | None = None
        self._lock = threading.RLock()

    @classmethod
    def of_run(cls, run: str, key: str | Key | None = None, ledger: Ledger | None = None) -> Client:
        """A client of the service that a run of the ledger was sent to."""
        ledger = ledger or open_ledger()
        row = ledger.run(run)
        if row.service == LOCAL:
            raise UnreachableError(
                f"run {run} was sent to a local service, which ended with the program that"
                " started it; generate again"
            )
        return cls(FAL if row.service == FAL.name else at(row.base), key, ledger)

    def __enter__(self) -> Self:
        """Nothing is opened before it is needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connections, and end the local service that this client has started."""
        with self._lock:
            opened, self._opened = self._opened, None
            local, self._local = self._local, None
        if opened:
            opened.wire.close()
        if local:
            local.stop()

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened when it is first needed. Raises ``MachineError``."""
        with self._lock:
            if not isinstance(self._ledger, Ledger):
                self._ledger = open_ledger(self._ledger)
            return self._ledger

    def base(self) -> str:
        """Base of the service's queue, which the ledger knows its runs by."""
        return self._link().wire.service.queue

    def need_key(self) -> None:
        """Raise ``UsageError`` when the service wants a key and there is none."""
        if self._service is not None:
            key_for(self._service, self._key)

    def allowed(self, ready: Ready, max_cost: Money | None = None) -> None:
        """Raise ``CostError`` when the job may cost more than ``max_cost`` (USD).

        Raises ``UsageError`` for what is not ready, or whose files were put into a store.
        """
        if not isinstance(ready, Ready) or not ready.ok:
            raise UsageError("only what fix has made ready can be sent: pass what fix returns")
        _need_here(ready)
        need_sendable(ready.profile)
        check_cost(ready.cost, max_cost)

    def earlier(self, ready: Ready) -> Run | None:
        """The latest run of the very same request that was sent to the service within a day."""
        return self.ledger.same(fingerprint(ready), self._link().wire.service.queue)

    def reaches(self, run: Run) -> bool:
        """Whether a run was sent to this very service."""
        return run.base == self._link().wire.service.queue

    def upload(self, ready: Ready, on_event: Told | None = None) -> dict[str, Any]:
        """Upload the files and give the arguments for any fal client; nothing is submitted."""
        self.allowed(ready)
        payload(ready, ())
        uploads = drain(announced(self._uploaded(ready)), on_event)
        return payload(ready, uploads)

    def submit(
        self,
        ready: Ready,
        *,
        max_cost: Money | None = None,
        webhook: str | None = None,
        start_timeout: float | None = None,
        submit_again: bool = False,
        download: str | os.PathLike[str] | None = None,
        on_event: Told | None = None,
    ) -> Job:
        """Upload, then send the paid request exactly once.

        ``download`` is where ``resume`` shall put the video, should this process not come to it.
        ``start_timeout``: seconds within which the job must have started. Raises ``CostError``
        before the first upload; ``UsageError`` when the very same request is on its way (unless
        ``submit_again``); ``UncertainError`` when the service may have taken the job, which is
        then never sent again: ``resume`` looks for it.
        """
        terms = Terms(webhook=webhook, start_timeout=start_timeout, again=submit_again)
        flow = self.submitting(ready, max_cost=max_cost, terms=terms, download=download)
        return drain(flow, on_event)

    def open_run(self, report: Report) -> str:
        """Open a run before its files are made, so that its id can be told at once.

        ``submitting`` takes it up. Raises ``MachineError`` when the ledger has no room for it.
        """
        return opened(self._link(), self.ledger, report)

    def submitting(
        self,
        ready: Ready,
        *,
        max_cost: Money | None = None,
        terms: Terms = USUAL,
        run: str | None = None,
        download: str | os.PathLike[str] | None = None,
    ) -> Generator[Event, None, Job]:
        """The same as ``submit``, as a stream of events that returns the job.

        ``run`` is one that ``open_run`` gave.
        """
        self.allowed(ready, max_cost)
        check_terms(terms)
        payload(ready, ())  # what cannot be sent is known before the first upload
        target = None if download is None else Path(download)
        return (yield from announced(self._submitting(ready, terms, run, target)))

    def finish(
        self,
        job: Job,
        download: str | os.PathLike[str] | None = None,
        *,
        timeout: float | None = None,
        on_event: Told | None = None,
    ) -> Result:
        """Follow a job to its end and save its video to ``download``, when that is given.

        ``timeout`` is in seconds; the job goes on when it has passed (``PendingError``).
        """
        return drain(self.finishing(job, download, timeout=timeout), on_event)

    def finishing(
        self,
        job: Job,
        download: str | os.PathLike[str] | None = None,
        *,
        timeout: float | None = None,
    ) -> Generator[Event, None, Result]:
        """The same as ``finish``, as a stream of events that returns the result."""
        named = {"request_id": job.request_id, "run": job.run}
        try:
            if download is not None:
                check_target(Path(download))
                self._saving(job, Path(download))
            for event in job.events(timeout=timeout):
                if event.type is not EventType.DONE:
                    yield event
            result = job.result()
            if download is not None:
                result = replace(result, path=_saved(result, download))
        except JobFailedError:  # told by the job itself
            raise
        except PrepError as error:
            yield failed(error, **named)
            raise
        path = None if download is None else os.fspath(download)
        yield Event(EventType.DONE, named | {"output": dict(result.output), "path": path})
        return result

    def generate(
        self,
        ready: Ready,
        *,
        max_cost: Money | None = None,
        on_event: Told | None = None,
        timeout: float | None = None,
        webhook: str | None = None,
        start_timeout: float | None = None,
        submit_again: bool = False,
        download: str | os.PathLike[str] | None = None,
    ) -> Result:
        """Submit once and wait for the end: ``submit``, then ``finish``.

        Raises ``OutputError`` before anything is sent when no file can be put at ``download``.
        """
        if download is not None:
            check_target(Path(download), _files(ready))
        with span("job"):
            job = self.submit(
                ready,
                max_cost=max_cost,
                webhook=webhook,
                start_timeout=start_timeout,
                submit_again=submit_again,
                download=download,
                on_event=on_event,
            )
            return self.finish(job, download, timeout=timeout, on_event=on_event)

    def job(self, request_id: str, endpoint: str = DEFAULT_ENDPOINT) -> Job:
        """A job by the service's id of it, any time later, in any process.

        ``endpoint`` matters only for a job that is not in the ledger.
        """
        link = self._link()
        row = self.ledger.of_request(request_id)
        if row is not None and row.base == link.wire.service.queue:
            assert row.handle is not None
            return job_of(link, self.ledger, row, row.handle)
        handle = link.queue.handle(endpoint, request_id)
        return Job(handle=handle, queue=link.queue, wire=link.wire, proof=playable)

    def job_of_run(
        self, run: str, *, submit_again: bool = False, request_id: str | None = None
    ) -> Job:
        """The job of a run, looked for in the service's own list when its answer was lost.

        ``request_id`` names it instead. With ``submit_again``, one that is not listed is paid for
        once more. Raises ``UsageError`` when the run was never sent, ``ServiceError`` when it was
        refused, ``UncertainError`` when the service does not list it (yet).
        """
        row = self.ledger.run(run)
        if request_id is None:
            may_be_pending(row)
        link = self._link()
        if row.base != link.wire.service.queue:
            raise UsageError(f"run {run} was sent to {row.service}, not to this service")
        if request_id is not None:
            row = adopted(link.queue, self.ledger, row, request_id)
        found = looked_up(link.wire, link.queue, self.ledger, row)
        if found is None and submit_again:
            return sent_again(link, self.ledger, row)
        if found is None:
            raise not_listed(row)
        assert found.handle is not None
        return job_of(link, self.ledger, found, found.handle)

    def resume(
        self,
        run: str,
        download: str | os.PathLike[str] | None = None,
        *,
        timeout: float | None = None,
        submit_again: bool = False,
        request_id: str | None = None,
        on_event: Told | None = None,
    ) -> Result:
        """Take up a run again and follow it to its end.

        Nothing is sent a second time, unless ``submit_again`` and the service does not list it.
        ``request_id`` is the job of a run whose answer was lost, where the caller knows it.
        """
        job = self.job_of_run(run, submit_again=submit_again, request_id=request_id)
        return self.finish(job, download, timeout=timeout, on_event=on_event)

    def cancel(self, run: str) -> str:
        """Ask for the end of a run's job; gives what came of it in one sentence."""
        if self.job_of_run(run).cancel() is Cancellation.TOO_LATE:
            how = f"`seedance-prep resume {run}` fetches its result, or says why there is none"
            return f"run {run} had ended before; {how}"
        return f"run {run} was cancelled; if it was running, it may still finish and be charged"

    def _uploaded(self, ready: Ready) -> Generator[Event, None, tuple[Upload, ...]]:
        return (yield from uploaded(self._link(), self.ledger, ready))

    def _submitting(
        self, ready: Ready, terms: Terms, run: str | None, target: Path | None
    ) -> Generator[Event, None, Job]:
        return (yield from submitted(self._link(), self.ledger, ready, terms, run, target))

    def _saving(self, job: Job, target: Path) -> None:
        """A ledger that cannot be written must not cost the caller the video."""
        if job.run:
            with suppress(MachineError):
                self.ledger.saving(job.run, target)

    def _link(self) -> Link:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Link:
        service = self._service or self._start()
        return Link.to(service, self._key, self._settings)

    def _start(self) -> Service:
        """A local service on a free port; ``close`` ends it."""
        from .local import LocalService

        self._local = LocalService()
        self._local.start()
        return replace(at(self._local.base), name=LOCAL)


def _need_here(ready: Ready) -> None:
    from .storage import is_store

    away = next((one.shown for one in ready.outputs if is_store(one.shown)), None)
    if away is not None:
        raise UsageError(f"{away} is in a store; fix into a folder (out=) what shall be sent")


def _files(ready: Ready) -> list[Path]:
    """What a video must not replace: the sources and what was made of them."""
    sources = [media.path for media in ready.assets if media.path is not None]
    return [*sources, *(output.path for output in ready.outputs)]


def _saved(result: Result, download: str | os.PathLike[str]) -> Path:
    """Save the video; an error names the command that fetches what was paid for."""
    try:
        return result.video.save(download)
    except PrepError as error:
        if result.run and getattr(error, "kind", None) != "media_expired":
            how = f"the video is paid and waits: `seedance-prep resume {result.run}` fetches it"
            error.args = (f"{error}; {how}",)
        raise
