"""Where the work of a batch runs: one interface, ``concurrent.futures.Executor``, three of them.

What every one of them promises, beyond the standard's own words:

* ``slots`` is how many pieces of work it runs at a time; a cluster may grow and shrink.
* A piece of work whose worker died ends with ``concurrent.futures.BrokenExecutor``, and the
  executor goes on: the caller decides whether to submit it again.
* ``shutdown(cancel_futures=True)`` ends what runs, with every child that it started.
* A ``MachineError`` tells that the executor itself is gone (a scheduler that went away).
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from enum import StrEnum
from typing import ParamSpec, Protocol, TypeVar

from ..errors import UsageError

__all__ = ["Crew", "Kind", "opened"]

P = ParamSpec("P")
T = TypeVar("T")


class Kind(StrEnum):
    """Which executor."""

    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


class Crew(Protocol):
    """An executor that says how much it does at a time."""

    @property
    def slots(self) -> int:
        """Pieces of work that run at a time."""
        ...

    @property
    def ahead(self) -> int:
        """Pieces of work that may wait there, so that nobody is idle while the next travels."""
        ...

    @property
    def memory(self) -> int | None:
        """Bytes of all its workers, where they are on other machines; ``None``: of this one."""
        ...

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn`` some time. Raises ``MachineError`` when there is nobody left to run it."""
        ...

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more; with ``cancel_futures`` end what runs, too."""
        ...


@contextmanager
def opened(
    kind: Kind, jobs: int | None = None, *, scheduler: str | None = None, workers: int | None = None
) -> Iterator[Crew]:
    """An executor for the block; leaving it by an exception ends what runs.

    ``jobs`` bounds threads and processes. Dask uses ``scheduler``, or starts ``workers`` processes
    on this machine. Raises ``UsageError`` when Dask is not installed, or told two ways.
    """
    crew = _started(kind, jobs, scheduler, workers)
    try:
        yield crew
    except BaseException:
        crew.shutdown(wait=True, cancel_futures=True)
        raise
    crew.shutdown()


def _started(kind: Kind, jobs: int | None, scheduler: str | None, workers: int | None) -> Crew:
    if kind is not Kind.DASK and (scheduler or workers):
        raise UsageError("--scheduler and --workers are for --executor dask")
    if kind is Kind.THREADS:
        from .threads import Threads

        return Threads(jobs or 3 * cores())
    if kind is Kind.PROCESSES:
        from .processes import Processes

        return Processes(jobs or 2 * cores())
    try:
        importlib.import_module("distributed")
    except ImportError:
        raise UsageError("Dask is not installed: pip install 'seedance_prep[dask]'") from None
    from .dask import Dask

    return Dask(scheduler, workers or None if scheduler else workers or cores(), jobs)


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
