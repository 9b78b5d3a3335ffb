"""Work in processes of this machine, started anew (spawn), so that threads here cannot harm them.

A worker that dies breaks the standard's pool with all that it was working on. The next piece of
work finds a new pool here; those that were lost say so (``BrokenProcessPool``).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

from ..telemetry import abroad

P = ParamSpec("P")
T = TypeVar("T")


class Processes(Executor):
    """A pool that is replaced when one of its workers died, and that leaves no orphans."""

    ahead = 0
    memory = None

    def __init__(self, slots: int) -> None:
        """So many workers, each started when it is needed."""
        self.slots = slots
        self._lock = threading.Lock()
        self._pool, self._door = self._started()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn``, which a module holds, in a worker."""
        with self._lock:
            try:
                return self._pool.submit(abroad(fn), *args, **kwargs)
            except BrokenProcessPool:
                self._door.close()
                self._pool.shutdown(wait=False)
                self._pool, self._door = self._started()
                return self._pool.submit(abroad(fn), *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more; with ``cancel_futures`` the workers end now."""
        if cancel_futures:
            self._door.close()
        self._pool.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            self._door.close()

    def _started(self) -> tuple[ProcessPoolExecutor, Connection]:
        """A pool, and what its workers live on: they end when it is closed, also by our death."""
        theirs, ours = multiprocessing.Pipe(duplex=False)
        pool = ProcessPoolExecutor(
            self.slots,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_settle_in,
            initargs=(theirs,),
        )
        return pool, ours


def _settle_in(door: Connection) -> None:
    """Leave Ctrl-C to the program that started this, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(door,), daemon=True).start()


def _end_with(door: Connection) -> None:
    with suppress(EOFError, OSError):
        door.recv()  # nothing is ever said: it only ends
    os._exit(1)
