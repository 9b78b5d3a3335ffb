"""A coroutine that is cancelled at any request: the ledger is true, nothing is paid for twice."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_prep import aio
from seedance_prep.client import Client, Result
from seedance_prep.core.job import State
from seedance_prep.core.outcome import Ready
from seedance_prep.local import LocalService, Pace
from seedance_prep.local.answers import Outcome
from seedance_prep.local.call import Call
from seedance_prep.submit.ledger import Ledger, open_ledger

from ..upload.ready import output, ready
from .killer import SENDS, named
from .killing import HASTE

BEFORE = {"initiate", "put", "head", "confirm"}
"""Requests before the paid one."""
POINTS = [one for one in SENDS if one.rpartition(" ")[2] not in {"status", "listing"}]
PATIENCE = 20.0
"""Seconds in which a thread that is told to stop has surely stopped."""


class Canceller(LocalService):
    """Has its caller cancelled at a named request, and answers when that is done."""

    def aim(self, point: str, cancel: Callable[[], None]) -> None:
        """Once, when the request arrives or before its answer leaves."""
        self.point, self.cancel = point, cancel
        self.cancelled = threading.Event()

    def handle(self, call: Call) -> Outcome:
        """Answer one request."""
        name = named(call)
        self._perhaps(f"arrival of {name}")
        answer = super().handle(call)
        self._perhaps(f"answer to {name}")
        return answer

    def _perhaps(self, here: str) -> None:
        if self.point == here:
            self.point = ""
            self.cancel()
            self.cancelled.wait(PATIENCE)


@pytest.fixture
def request_ready(ffmpeg_make: Callable[..., Path]) -> Ready:
    """One picture, the shortest and smallest video."""
    picture = ffmpeg_make("a.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")
    return ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Result]) -> None:
    loop.call_soon_threadsafe(task.cancel)


async def cancelled(service: Canceller, ledger: Ledger, ready: Ready, point: str) -> None:
    """``generate``, cancelled at the point."""
    loop = asyncio.get_running_loop()
    async with aio.Client(service.base, ledger=ledger, settings=HASTE) as client:
        target = ledger.path.parent / "first.mp4"
        task = asyncio.create_task(client.generate(ready, download=target))
        service.aim(point, lambda: _cancel(loop, task))
        with pytest.raises(asyncio.CancelledError):
            await task
        service.cancelled.set()


def settled(ledger: Ledger) -> State:
    """The state of the run when the thread behind the coroutine has let go of it."""
    end = time.monotonic() + PATIENCE
    while True:
        (run,) = ledger.runs()
        if run.state not in {State.UPLOADING, State.SUBMITTING} or time.monotonic() > end:
            return run.state
        time.sleep(0.01)


@pytest.mark.parametrize("point", POINTS)
def test_cancelled_at_a_request_the_ledger_is_true(
    request_ready: Ready, tmp_path: Path, point: str
) -> None:
    """Before the paid request it is not sent any more; after it the job is known and fetched."""
    ledger = open_ledger(tmp_path)
    service = Canceller(pace=Pace(queued=0, running=0))
    with service:
        asyncio.run(cancelled(service, ledger, request_ready, point))
        state = settled(ledger)
        (run,) = ledger.runs()
        if point.rpartition(" ")[2] in BEFORE:
            assert (State.FAILED, "stopped", False) == (state, run.kind, run.charged)
            assert not service.submissions
            return
        assert state in {State.SUBMITTED, State.FINISHED}
        with Client(service.base, ledger=ledger, settings=HASTE) as client:
            result = client.resume(run.id, tmp_path / "out.mp4")
        assert [result.request_id] == [job.request_id for job in service.jobs]
        assert [1] == list(service.submissions.values())
