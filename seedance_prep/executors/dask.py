"""Work on a Dask cluster: one that is there (``scheduler``), or processes of this machine.

Dask itself places the work, tries it elsewhere when a worker is lost, and lets a cluster grow and
shrink. Workers need the same files at the same paths.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from ..errors import MachineError
from ..telemetry import abroad

P = ParamSpec("P")
T = TypeVar("T")
REACHED = 20
"""Seconds in which a scheduler answers."""
THREADS = 2
"""Of a worker that is started here: one may wait for ffmpeg while the other judges."""
HERE = "127.0.0.1"
"""A cluster of this machine is nobody else's business."""
COUNTED = 2.0
"""Seconds after which a cluster is asked again how large it is."""
GONE = (
    "the Dask scheduler went away; what is done is written down: run the same command again,"
    " with the address of one that is there"
)


class Dask(Executor):
    """The standard's interface over a client of ``distributed``."""

    def __init__(self, scheduler: str | None, workers: int | None, jobs: int | None = None) -> None:
        """Reach ``scheduler``, or start ``workers`` here; ``jobs`` bounds what runs at a time.

        Raises ``MachineError`` when there is no scheduler at that address.
        """
        distributed = _library()
        self._jobs = jobs
        self._found, self._counted = 0, -COUNTED
        self._memory: int | None = None
        self._cluster: Any = None
        self._lock = threading.Lock()
        self._futures: dict[Future[Any], Any] = {}
        try:
            if scheduler is None:
                self._cluster = distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=THREADS,
                    host=HERE,
                    dashboard_address=f"{HERE}:0",
                    worker_dashboard_address=f"{HERE}:0",
                )
            self._client = distributed.Client(
                self._cluster or scheduler, timeout=REACHED, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise MachineError(f"no Dask scheduler answers at {scheduler}") from error

    @property
    def client(self) -> Any:  # noqa: ANN401 - distributed has no types
        """The client, to ask the cluster for more."""
        return self._client

    @property
    def slots(self) -> int:
        """Threads of all workers, at least one: a cluster may start with none, and grow."""
        self._count()
        return max(1, min(self._found, self._jobs or self._found))

    @property
    def memory(self) -> int | None:
        """What the workers of a cluster elsewhere may take, as far as all of them say."""
        self._count()
        return None if self._cluster else self._memory

    def _count(self) -> None:
        """Ask the cluster now and then: it may grow and shrink."""
        if time.monotonic() <= self._counted + COUNTED:
            return
        self._counted = time.monotonic()
        with suppress(OSError, RuntimeError, ValueError):
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
            self._found = sum(int(one["nthreads"]) for one in workers)
            limits = [int(one["memory_limit"] or 0) for one in workers]
            self._memory = sum(limits) if all(limits) else None

    @property
    def ahead(self) -> int:
        """As many again: a task takes some milliseconds to a worker, which then has the next."""
        return self.slots

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn`` on a worker, also when the very same was run before."""
        ours: Future[T] = Future()
        if self._client.status not in {"running", "connecting"}:
            raise MachineError(GONE)
        theirs = self._client.submit(abroad(fn), *args, **kwargs, pure=False)
        with self._lock:
            self._futures[ours] = theirs
        ours.add_done_callback(partial(_given_up, theirs))
        theirs.add_done_callback(partial(self._ended, ours))
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more; a cluster that was started here ends."""
        with self._lock:
            left = dict(self._futures)
        if cancel_futures and self._client.status == "running":
            with suppress(OSError, TimeoutError):
                self._client.cancel(list(left.values()), force=True)
        elif wait:
            futures.wait(left)
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=REACHED)
        if self._cluster is not None:
            self._cluster.close()

    def _ended(self, ours: Future[T], theirs: Any) -> None:  # noqa: ANN401
        """Pass an end on; called in a thread of the client."""
        with self._lock:
            self._futures.pop(ours, None)
        with suppress(InvalidStateError):  # cancelled meanwhile
            if theirs.status == "finished":
                _passed(ours, theirs)
            elif theirs.status == "error":
                ours.set_exception(_lost(theirs.exception()))
            else:
                ours.set_exception(MachineError(GONE))


def _passed(ours: Future[T], theirs: Any) -> None:  # noqa: ANN401
    try:
        ours.set_result(theirs.result(timeout=REACHED))
    except (OSError, TimeoutError, CancelledError) as error:  # its worker went with it
        ours.set_exception(BrokenExecutor(str(error)))


def _given_up(theirs: Any, ours: Future[Any]) -> None:  # noqa: ANN401
    if ours.cancelled():
        theirs.cancel()


def _lost(error: BaseException) -> BaseException:
    """Dask's word for work whose workers died again and again, in the standard's."""
    killed = isinstance(error, _library().KilledWorker)
    return BrokenExecutor(str(error)) if killed else error


def _library() -> Any:  # noqa: ANN401
    """``distributed``, half of which has types."""
    return importlib.import_module("distributed")
