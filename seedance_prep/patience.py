"""How long is waited for whom, how often a step is tried, and how a caller stops all waiting."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from .errors import StoppedError

LONGEST_WAIT = 60.0
"""Seconds that a ``Retry-After`` may ask for."""


class Stop(threading.Event):
    """Ends all waiting of a caller, also where it blocks in a read: wakes can be left here."""

    def __init__(self) -> None:
        """Nobody is to be woken yet."""
        super().__init__()
        self._wakes: list[Callable[[], None]] = []
        self._guard = threading.Lock()

    def set(self) -> None:
        """Stop, and wake whoever blocks."""
        super().set()
        with self._guard:
            for wake in self._wakes:
                wake()

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call ``wake`` when the stop comes meanwhile, or at once when it has come."""
        with self._guard:
            self._wakes.append(wake)
        if self.is_set():
            wake()
        try:
            yield
        finally:
            with self._guard:
                self._wakes.remove(wake)


stopping: ContextVar[threading.Event | None] = ContextVar("stopping", default=None)
"""Set by a caller that may want to stop waiting before the work is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds."""

    connect: float = 10.0
    read: float = 60.0
    """Silence that is borne, in either direction."""
    total: float = 120.0
    """For a whole JSON answer, so that a server that drips cannot hold the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a safe step is tried, and the seconds between: they double, with jitter."""

    attempts: int = 6
    base: float = 0.5
    cap: float = 15.0

    def delays(self) -> Iterator[float]:
        """Seconds to wait before the second, third … attempt."""
        for turn in range(self.attempts - 1):
            yield min(self.cap, self.base * 2**turn) * random.uniform(0.7, 1.3)  # noqa: S311


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that ``Retry-After`` asks for (a number or a date), bounded; 0 without one."""
    asked = headers.get("retry-after", "")
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(asked).timestamp()
    except ValueError:
        return 0.0
    return min(max(0.0, moment - time.time()), LONGEST_WAIT)


def woken(wake: Callable[[], None]) -> AbstractContextManager[None]:
    """A block in which the caller's stop, if there is one that can, calls ``wake``."""
    stop = stopping.get()
    return stop.waking(wake) if isinstance(stop, Stop) else nullcontext()


def pause(seconds: float) -> None:
    """Wait, unless the caller stops. Raises ``StoppedError`` when it does."""
    event = stopping.get()
    if event is None:
        time.sleep(seconds)
    elif event.wait(seconds):
        raise StoppedError("stopped; whatever was sent is in the ledger: `seedance-prep runs`")
