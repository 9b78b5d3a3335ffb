"""The same names as coroutines."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from seedance_prep import aio, client
from seedance_prep.core.event import Event, EventType
from seedance_prep.core.job import State, Status
from seedance_prep.core.outcome import Ready
from seedance_prep.errors import CostError
from seedance_prep.local import Faults, LocalService, Pace
from seedance_prep.sending import Settings
from seedance_prep.submit.fal import Pace as Polls
from seedance_prep.submit.ledger import open_ledger

from ..upload.ready import output, ready
from ..wire.rogue import QUICK, SHORT, Rogue, Seen, says, streams

SETTINGS = Settings(retry=QUICK, timeouts=SHORT, pace=Polls(first=0.01, longest=0.05, silence=60))


@pytest.fixture
def request_ready(ffmpeg_make: Callable[..., Path]) -> Ready:
    """One picture, the shortest and smallest video."""
    picture = ffmpeg_make("a.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")
    return ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")


def test_a_request_becomes_a_video(request_ready: Ready, tmp_path: Path) -> None:
    """Submit, ``async for`` over the events, result, save."""

    async def work(base: str) -> tuple[list[str], Path]:
        async with aio.Client(base, ledger=tmp_path / "home", settings=SETTINGS) as one:
            job = await one.submit(request_ready)
            kinds = [event.type.value async for event in job.events()]
            result = await job.result()
            found = await one.job(job.request_id)
            assert "COMPLETED" == (await found.status()).state
            return kinds, await aio.save(result.video, tmp_path / "out.mp4")

    with LocalService(pace=Pace(queued=0, running=0)) as service:
        kinds, saved = asyncio.run(work(service.base))
    assert "done" == kinds[-1]
    assert b"ftyp" == saved.read_bytes()[4:8]


def test_errors_come_through(request_ready: Ready, tmp_path: Path) -> None:
    """The same exceptions as without ``await``."""

    async def work() -> None:
        async with aio.Client("http://127.0.0.1:9", ledger=tmp_path) as one:
            await one.generate(request_ready, max_cost=0.5)

    with pytest.raises(CostError):
        asyncio.run(work())


def test_a_cancelled_coroutine_stops_waiting_and_the_job_goes_on(
    request_ready: Ready, tmp_path: Path
) -> None:
    """The loop ends although the job never does; the run is in the ledger to be resumed."""

    async def work(base: str) -> None:
        submitted = asyncio.Event()
        loop = asyncio.get_running_loop()
        quick = Settings(
            retry=QUICK, timeouts=SHORT, pace=Polls(first=0.01, longest=0.05, silence=0.2)
        )

        def told(event: Event) -> None:
            if event.type is EventType.SUBMITTED:
                loop.call_soon_threadsafe(submitted.set)

        async with aio.Client(base, ledger=tmp_path, settings=quick) as one:
            task = asyncio.create_task(one.generate(request_ready, on_event=told))
            await submitted.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with LocalService(0, Faults(job_never_ends=1), Pace(queued=0, running=60)) as service:
        asyncio.run(work(service.base))
        assert 1 == sum(service.submissions.values())
    assert State.SUBMITTED is open_ledger(tmp_path).runs()[0].state


@pytest.mark.parametrize(("plain", "other"), [(client.Client, aio.Client), (client.Job, aio.Job)])
def test_each_coroutine_takes_what_the_plain_method_takes(plain: type, other: type) -> None:
    """What is written out here does not drift from what it stands for."""
    names = {name for name, one in vars(other).items() if inspect.isfunction(one)}
    written = names & {"__init__", "submit", "job", "events"}
    assert written
    for name in written:
        mine, theirs = (inspect.signature(getattr(one, name)) for one in (other, plain))
        expected = [(p.name, p.kind, p.default) for p in theirs.parameters.values()]
        found = [(p.name, p.kind, p.default) for p in mine.parameters.values()]
        assert (name == "__init__" and other is aio.Job) or expected == found, name


@pytest.mark.parametrize("name", ["check", "fix"])
def test_check_and_fix_take_what_the_plain_ones_take(name: str) -> None:
    """Names and defaults do not drift apart."""
    from seedance_prep import pipeline

    mine = inspect.signature(getattr(aio, name)).parameters
    theirs = inspect.signature(getattr(pipeline, name)).parameters
    assert [(p.name, p.default, p.kind) for p in theirs.values()] == [
        (p.name, p.default, p.kind) for p in mine.values()
    ]


def test_many_wait_at_once() -> None:
    """Who waits for the service does not keep the others from asking."""
    together = threading.Barrier(50)

    async def work() -> None:
        waits = (aio.in_thread(lambda: together.wait(20)) for _ in range(50))
        await asyncio.gather(*waits)

    asyncio.run(work())
    assert not together.broken


def test_more_streams_than_a_pool_has_connections_starve_nobody(
    rogue: Rogue, tmp_path: Path
) -> None:
    """A hundred and twenty silent streams, and a status is answered at once."""
    place = "/bytedance/seedance-2.0/requests/abc/status"
    rogue.on("GET", f"{place}/stream", rogue.silent)
    rogue.on("GET", place, says(202, {"status": "IN_QUEUE", "queue_position": 3}))

    async def work() -> Status:
        async with aio.Client(rogue.base, ledger=tmp_path, settings=SETTINGS) as one:
            jobs = [await one.job("abc") for _ in range(120)]
            following = []
            async with asyncio.timeout(30):
                for turn, job in enumerate(jobs):  # a small server takes few that knock at once
                    following.append(asyncio.create_task(job.result()))
                    while rogue.count("GET", f"{place}/stream") <= turn:
                        await asyncio.sleep(0.001)
            status = await jobs[0].status()
            for task in following:
                task.cancel()
            rogue.released.set()
            await asyncio.gather(*following, return_exceptions=True)
            return status

    assert 3 == asyncio.run(work()).queue_position


@pytest.mark.parametrize("way", ["events", "result"])
def test_a_cancelled_coroutine_hangs_up(rogue: Rogue, tmp_path: Path, way: str) -> None:
    """The stream that it waited for is ended, so that its thread does not outlive it for long."""
    place = "/bytedance/seedance-2.0/requests/abc/status"
    begun, ended = threading.Event(), threading.Event()

    def waits(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        streams({"status": "IN_QUEUE", "queue_position": 1})(handler, seen)
        handler.wfile.flush()
        begun.set()
        if not handler.connection.recv(1):
            ended.set()

    rogue.on("GET", f"{place}/stream", waits)

    async def work() -> None:
        async with aio.Client(rogue.base, ledger=tmp_path, settings=SETTINGS) as one:
            job = await one.job("abc")

            async def follow() -> None:
                if way == "result":
                    await job.result()
                async for _ in job.events():
                    pass

            task = asyncio.create_task(follow())
            while not begun.is_set():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(work())
    assert ended.wait(20)  # SETTINGS would bear a minute of silence


def test_a_cancelled_submit_is_answered_and_written_down(
    request_ready: Ready, tmp_path: Path
) -> None:
    """Cancelled between the paid request and its answer: the ledger has the job, not a doubt."""

    async def work(service: LocalService) -> None:
        async with aio.Client(service.base, ledger=tmp_path, settings=SETTINGS) as one:
            task = asyncio.create_task(one.submit(request_ready))
            while not service.jobs:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while open_ledger(tmp_path).runs()[0].state is State.SUBMITTING:
                await asyncio.sleep(0.01)

    faults = Faults(submit_late=1, late_seconds=0.5)
    with LocalService(0, faults, Pace(queued=0, running=60)) as service:
        asyncio.run(work(service))
        (run,) = open_ledger(tmp_path).runs()
        assert State.SUBMITTED is run.state
        assert [run.handle and run.handle.request_id] == [job.request_id for job in service.jobs]
        assert 1 == sum(service.submissions.values())
