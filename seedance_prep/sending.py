"""What leaves this machine, on one page: the files of a ``Ready``, then its one paid request."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from .core.document import document_of
from .core.event import Event, EventType, failed
from .core.job import Handle, State, Terms, Upload
from .core.key import Key, is_loopback
from .core.outcome import Ready, Report
from .core.run import Run
from .core.service import Service
from .errors import PrepError, UsageError, kind_of
from .patience import Retry, Timeouts
from .submit.access import key_for
from .submit.advice import Sources
from .submit.document import sent_files
from .submit.fal import FalQueue, Pace
from .submit.job import Job
from .submit.ledger import Ledger
from .submit.once import submit_once
from .submit.payload import fingerprint, payload
from .upload import standing, uploading
from .upload.fal import FalStore
from .upload.together import JOBS
from .wire import Wire

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How patient the client is; the defaults suit fal."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    retry: Retry = field(default_factory=Retry)
    pace: Pace = field(default_factory=Pace)
    jobs: int = JOBS
    """Files that are uploaded at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A service, reached."""

    wire: Wire
    queue: FalQueue
    store: FalStore
    jobs: int = JOBS
    public: bool = True
    """Whether the service reads public addresses by itself; one on this machine opens none."""

    @classmethod
    def to(cls, service: Service, key: Key | None, settings: Settings) -> Link:
        """The link to a service, with ``key`` or the one of the environment."""
        wire = Wire(
            service=service,
            key=key_for(service, key),
            timeouts=settings.timeouts,
            retry=settings.retry,
        )
        queue = FalQueue(wire=wire, pace=settings.pace)
        public = not is_loopback(urlsplit(service.queue).hostname or "")
        store = FalStore(wire=wire)
        return cls(wire=wire, queue=queue, store=store, jobs=settings.jobs, public=public)


def uploaded(
    link: Link, ledger: Ledger, ready: Ready
) -> Generator[Event, None, tuple[Upload, ...]]:
    """Send the files, or find them where they were sent before, or stand by themselves."""
    stay = {one.ref: found for one in ready.outputs if link.public and (found := standing(one))}
    yield from map(_arrived, stay.values())
    rest = [one for one in ready.outputs if one.ref not in stay]
    events = uploading(link.store, rest, cache=ledger, jobs=link.jobs)
    while True:
        try:
            told = next(events)
        except StopIteration as stop:
            sent: tuple[Upload, ...] = stop.value
            return (*stay.values(), *sent)
        if isinstance(told, Upload):
            yield _arrived(told)
        else:
            data = {"ref": told.ref, "bytes": told.bytes, "total": told.total}
            yield Event(EventType.UPLOADING, data)


def _arrived(upload: Upload) -> Event:
    data = {"ref": upload.ref, "url": upload.url, "bytes": upload.bytes}
    return Event(EventType.UPLOADED, data)


def opened(link: Link, ledger: Ledger, report: Report) -> str:
    """Open a run of a request whose files are still to be made; gives its id."""
    service = link.wire.service
    return ledger.begin(
        endpoint=report.request.endpoint,
        service=service.name,
        base=service.queue,
        request=document_of(report.request, secrets=False),
        cost=report.cost,
    )


def submitted(
    link: Link,
    ledger: Ledger,
    ready: Ready,
    terms: Terms,
    run: str | None = None,
    target: Path | None = None,
) -> Generator[Event, None, Job]:
    """Open a run (unless one is), send its files, then its paid request exactly once.

    ``target`` is where its video shall come to, also when another process has to fetch it.
    """
    endpoint = ready.request.endpoint
    run = run or opened(link, ledger, ready)
    ledger.filled(
        run,
        cost=ready.cost,
        assets=sent_files(ready),
        fingerprint=fingerprint(ready),
        terms=terms,
    )
    if target:
        ledger.saving(run, target)
    uploads = yield from _placed(link, ledger, ready, run)
    sources = Sources.of(uploads)
    handle = submit_once(
        link.queue,
        ledger,
        run,
        endpoint,
        payload(ready, uploads),
        terms=terms,
        sources=sources,
        delays=link.wire.retry.delays(),
    )
    yield Event(EventType.SUBMITTED, {"request_id": handle.request_id, "run": run})
    return job_of(link, ledger, ledger.run(run), handle)


def sent_again(link: Link, ledger: Ledger, row: Run) -> Job:
    """Pay once more for a run that the service does not list: as a run of its own, sent once.

    Raises ``UsageError`` when its answer may still come, or its files are no longer stored.
    """
    assert row.payload is not None
    for one in row.assets:
        if one.url is None or (one.url != one.source and link.store.length(one.url) != one.bytes):
            raise UsageError(f"{one.ref} of run {row.id} is no longer stored; generate again")
    run, sources = ledger.renewed(row.id), Sources.of(row.assets)
    handle = submit_once(
        link.queue,
        ledger,
        run,
        row.endpoint,
        row.payload,
        terms=replace(row.terms, again=True),
        sources=sources,
        delays=link.wire.retry.delays(),
    )
    return job_of(link, ledger, ledger.run(run), handle)


def job_of(link: Link, ledger: Ledger, row: Run, handle: Handle) -> Job:
    """The job of a run, with what the ledger knows of it."""
    return Job(
        handle=handle,
        queue=link.queue,
        run=row.id,
        ledger=ledger,
        sources=Sources.of(row.assets),
        wire=link.wire,
        proof=playable,
        output=row.result,
    )


def _placed(
    link: Link, ledger: Ledger, ready: Ready, run: str
) -> Generator[Event, None, tuple[Upload, ...]]:
    """Uploads of a run, each written down; a failure ends the run, and nothing is pending."""
    ledger.uploading(run)
    try:
        uploads = yield from uploaded(link, ledger, ready)
    except PrepError as error:
        said = f"{error}; nothing was submitted"
        ledger.ended(run, State.FAILED, said, kind=kind_of(error), charged=False)
        raise
    for upload in uploads:
        ledger.placed(run, upload)
    return uploads


def playable(path: Path) -> None:
    """Decode a finished video. Raises ``ToolFailedError`` when it cannot be played."""
    from .proof import playable

    playable(path)


def announced(events: Generator[Event, None, Outcome]) -> Generator[Event, None, Outcome]:
    """Tell the error that ends a stream before it is raised."""
    try:
        return (yield from events)
    except PrepError as error:
        yield failed(error, run=getattr(error, "run", None))
        raise
