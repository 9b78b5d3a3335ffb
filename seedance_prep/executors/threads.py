"""Work in threads of this process: enough where forks and ffmpeg do the work, as they do here."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from ..patience import Stop, stopping
from ..process import Leash, leash

P = ParamSpec("P")
T = TypeVar("T")


class Threads(Executor):
    """A pool whose children and waits can be ended from outside."""

    ahead = 0
    memory = None

    def __init__(self, slots: int) -> None:
        """So many threads, each begun when it is needed."""
        self.slots = slots
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="batch")
        self._leash = Leash()
        self._stop = Stop()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn`` in a thread, on the leash."""
        context = copy_context()
        context.run(leash.set, self._leash)
        context.run(stopping.set, self._stop)
        return self._pool.submit(context.run, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more; with ``cancel_futures`` the children of what runs are ended."""
        if cancel_futures:
            self._stop.set()
            self._leash.pull()
        self._pool.shutdown(wait, cancel_futures=cancel_futures)
