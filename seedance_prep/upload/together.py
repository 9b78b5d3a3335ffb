"""Several files at a time; what happens is told in the caller's own thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Event as Flag

from ..core.job import Upload
from ..core.outcome import Output
from ..errors import PrepError, StoppedError
from ..patience import pause
from ..telemetry import span
from .store import Parcel, Store, UploadCache, parcel

JOBS = 4
"""Files that are sent at a time when the caller does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of one file has been sent."""

    ref: str
    bytes: int
    total: int


def upload_all(
    store: Store,
    outputs: Sequence[Output],
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_done: Callable[[Upload], None] | None = None,
    cache: UploadCache | None = None,
    jobs: int = JOBS,
) -> tuple[Upload, ...]:
    """Send every output; the uploads come back in the order of the outputs.

    Raises the first error in that order; what had not begun by then is not sent.
    """
    events = uploading(store, outputs, cache=cache, jobs=jobs)
    while True:
        try:
            told = next(events)
        except StopIteration as stop:
            uploads: tuple[Upload, ...] = stop.value
            return uploads
        if isinstance(told, Upload):
            if on_done:
                on_done(told)
        elif on_progress:
            on_progress(told)


def uploading(
    store: Store,
    outputs: Sequence[Output],
    *,
    cache: UploadCache | None = None,
    jobs: int = JOBS,
) -> Generator[Progress | Upload, None, tuple[Upload, ...]]:
    """The same as ``upload_all``, told as it goes: bytes sent, then each upload as it is done."""
    parcels = [parcel(output) for output in outputs]
    told: SimpleQueue[Progress | Upload | None] = SimpleQueue()
    stop = Flag()
    with ThreadPoolExecutor(max(1, jobs), thread_name_prefix="upload") as pool:
        try:
            futures = [
                pool.submit(copy_context().run, _one, store, item, cache, told, stop)
                for item in parcels
            ]
            for future in futures:
                future.add_done_callback(lambda done: _ended(done, told, stop))
            yield from _until(told, len(futures))
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
    _raise_first(futures)
    return tuple(future.result() for future in futures)


def _one(
    store: Store,
    item: Parcel,
    cache: UploadCache | None,
    told: SimpleQueue[Progress | Upload | None],
    stop: Flag,
) -> Upload:
    def on_bytes(sent: int) -> None:
        pause(0)
        if stop.is_set():
            raise StoppedError("another upload failed")
        told.put(Progress(ref=item.ref, bytes=sent, total=item.bytes))

    on_bytes(0)
    with span("upload", bytes=item.bytes) as noted:
        known = _known(store, item, cache)
        noted(sent_before=known is not None)
        upload = known or store.put(item, on_bytes, cache)
    if cache is not None:
        cache.keep_upload(store.name, upload)
    told.put(upload)
    return upload


def _known(store: Store, item: Parcel, cache: UploadCache | None) -> Upload | None:
    """An earlier upload of the very same bytes, when the store still holds all of it."""
    found = cache.find_upload(store.name, item.sha256) if cache is not None else None
    if found is None or found.content_type != item.content_type:
        return None
    try:
        there = store.length(found.url) == item.bytes
    except PrepError:
        return None
    return replace(found, ref=item.ref) if there else None


def _ended(done: Future[Upload], told: SimpleQueue[Progress | Upload | None], stop: Flag) -> None:
    if not done.cancelled() and done.exception() is not None:
        stop.set()
    told.put(None)


def _until(
    told: SimpleQueue[Progress | Upload | None], ends: int
) -> Generator[Progress | Upload, None, None]:
    """What is told, until that many ends (``None``) have come."""
    while ends:
        one = told.get()
        if one is None:
            ends -= 1
        else:
            yield one


def _raise_first(futures: Sequence[Future[Upload]]) -> None:
    """The first error in order that is a cause and not a consequence of another one."""
    errors = [error for future in futures if (error := future.exception()) is not None]
    causes = [error for error in errors if not isinstance(error, StoppedError)]
    for error in causes or errors:
        raise error
