"""The same names as coroutines: each is the plain one, run in a thread, so there is no twin.

Cancelling a coroutine stops the waiting, never the paid request: that goes on in its thread until
it is answered and written down, so what was sent is in the ledger and ``resume`` takes it up. A
coroutine that awaited the answer itself would throw it away.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from . import calling
from . import client as plain
from .core.event import Event
from .core.finding import Level, Trust
from .core.key import Key
from .core.outcome import Ready, Report, Verify
from .core.request import DEFAULT_ENDPOINT, Request
from .core.service import Service
from .patience import Stop, stopping
from .sending import Settings
from .submit.ledger import Ledger
from .submit.spending import Money

__all__ = ["Client", "Job", "arguments", "check", "fix", "save"]

P = ParamSpec("P")
Value = TypeVar("Value")
_END = object()
THREADS = 256
"""Calls that can be waited for at once; the others take their turn."""


@cache
def _threads() -> ThreadPoolExecutor:
    """Most of these calls wait for the service: asyncio's own few threads would starve the rest.

    A thread begins when no idle one is there, and takes some 100 kB.
    """
    return ThreadPoolExecutor(THREADS, thread_name_prefix="seedance-aio")


async def in_thread(call: Callable[[], Value], stop: Stop | None = None) -> Value:
    """Run a call in a thread; when the coroutine is cancelled, the call is told to stop waiting.

    ``stop`` is how, for several calls that go on with one piece of work.
    """
    stop = stop or Stop()
    context = copy_context()
    context.run(stopping.set, stop)
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_threads(), context.run, call)
    except asyncio.CancelledError:
        stop.set()
        raise


def _method(
    function: Callable[Concatenate[Any, P], Value],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, Value]]:
    """A method of the plain object as a coroutine."""

    async def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Value:  # noqa: ANN401
        return await in_thread(partial(function, self.plain, *args, **kwargs))

    method.__name__, method.__doc__ = function.__name__, function.__doc__
    return method


async def check(
    request: Request,
    *,
    tolerant: bool = False,
    private_addresses: bool = False,
    profile: str | Path | None = None,
    cache: bool = False,
) -> Report:
    """``prep.check`` as a coroutine."""
    from . import pipeline

    return await in_thread(
        lambda: pipeline.check(
            request,
            tolerant=tolerant,
            private_addresses=private_addresses,
            profile=profile,
            cache=cache,
        )
    )


async def fix(
    request: Request,
    out: str | Path = "ready",
    *,
    allow: Trust | str = Trust.LOSSY,
    mend: Level | str = Level.ERROR,
    tolerant: bool = False,
    private_addresses: bool = False,
    verify: Verify | str | None = None,
    profile: str | Path | None = None,
    cache: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Ready:
    """``prep.fix`` as a coroutine."""
    from . import pipeline

    return await in_thread(
        lambda: pipeline.fix(
            request,
            out,
            allow=allow,
            mend=mend,
            tolerant=tolerant,
            private_addresses=private_addresses,
            verify=verify,
            profile=profile,
            cache=cache,
            on_event=on_event,
        )
    )


def _function(function: Callable[P, Value]) -> Callable[P, Coroutine[Any, Any, Value]]:
    """A function as a coroutine."""

    async def coroutine(*args: P.args, **kwargs: P.kwargs) -> Value:
        return await in_thread(partial(function, *args, **kwargs))

    coroutine.__name__, coroutine.__doc__ = function.__name__, function.__doc__
    return coroutine


arguments = _function(calling.arguments)


async def save(video: plain.Video, path: str | os.PathLike[str]) -> Path:
    """``video.save`` as a coroutine."""
    return await in_thread(lambda: video.save(path))


class Job:
    """``prep.Job`` as coroutines."""

    def __init__(self, job: plain.Job) -> None:
        """Wrap a plain one."""
        self.plain = job

    @property
    def request_id(self) -> str:
        """The service's id of the job."""
        return self.plain.request_id

    @property
    def run(self) -> str | None:
        """The run's id in the ledger."""
        return self.plain.run

    status = _method(plain.Job.status)
    result = _method(plain.Job.result)
    cancel = _method(plain.Job.cancel)

    async def events(self, *, timeout: float | None = None) -> AsyncIterator[Event]:
        """``async for event in job.events()``: the same events."""
        events: Iterator[Event] = self.plain.events(timeout=timeout)
        stop = Stop()
        while True:
            event = await in_thread(lambda: next(events, _END), stop)
            if not isinstance(event, Event):
                return
            yield event


class Client:
    """``prep.Client`` as coroutines; use it with ``async with``."""

    def __init__(
        self,
        service: str | Service | None = None,
        key: str | Key | None = None,
        ledger: Ledger | Path | None = None,
        *,
        settings: Settings | None = None,
    ) -> None:
        """Take what the plain one takes."""
        self.plain = plain.Client(service, key, ledger, settings=settings)

    async def __aenter__(self) -> Self:
        """Nothing is opened before it is needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    close = _method(plain.Client.close)
    upload = _method(plain.Client.upload)
    generate = _method(plain.Client.generate)
    resume = _method(plain.Client.resume)
    cancel = _method(plain.Client.cancel)

    async def submit(
        self,
        ready: Ready,
        *,
        max_cost: Money | None = None,
        webhook: str | None = None,
        start_timeout: float | None = None,
        submit_again: bool = False,
        download: str | os.PathLike[str] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Job:
        """``submit`` as a coroutine, with a ``Job`` of coroutines."""
        return Job(
            await in_thread(
                lambda: self.plain.submit(
                    ready,
                    max_cost=max_cost,
                    webhook=webhook,
                    start_timeout=start_timeout,
                    submit_again=submit_again,
                    download=download,
                    on_event=on_event,
                )
            )
        )

    async def job(self, request_id: str, endpoint: str = DEFAULT_ENDPOINT) -> Job:
        """``job`` as a coroutine."""
        return Job(await in_thread(lambda: self.plain.job(request_id, endpoint)))
