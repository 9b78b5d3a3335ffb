"""Fifty requests followed at once in one process: ``prep.aio`` against fal-client's coroutines.

follow.py BASE HOME SIDE ID…     ``ours`` or ``theirs``; prints one JSON object

Besides time and memory, what tells whether anybody starves: how long the loop was ever kept from
an answer (``loop_s``), how long until each request had its first word (``first_s``), and how long
one more status took while all were followed (``status_s``). Only ours are asked for the last two.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from seedance_prep import Request, aio, fix
from seedance_prep.client import Client
from seedance_prep.core.request import DEFAULT_ENDPOINT
from seedance_prep.local import LocalService, Pace

from .measure import own_peak_mb
from .video import Settings

REQUESTS = 50
ROOT = Path(__file__).resolve().parents[2]


def follow(settings: Settings) -> Iterator[dict[str, Any]]:
    """The requests of each side are its own, sent before by a plain client."""
    with LocalService(pace=Pace(queued=0, running=0.2)) as service:
        sides = {side: _followed(service, settings.folder / side, side) for side in SIDES}
    yield {"case": "follow", "requests": REQUESTS, "mb_at_most": 120} | sides


def _followed(service: LocalService, home: Path, side: str) -> dict[str, Any]:
    ids = _sent(service, home)
    words = [sys.executable, "-m", "scripts.speed.follow", service.base, str(home), side, *ids]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _sent(service: LocalService, home: Path) -> list[str]:
    from PIL import Image

    home.mkdir(exist_ok=True)
    picture = home / "a.png"
    Image.new("RGB", (400, 400), "teal").save(picture)
    request = Request(prompt="@Image1", images=[picture], resolution="480p", duration=4)
    ready = fix(request, home / "ready")
    with Client(service.base, ledger=home) as client:
        return [client.submit(ready, submit_again=True).request_id for _ in range(REQUESTS)]


async def ours(base: str, home: Path, ids: list[str]) -> dict[str, float]:
    """Every event of every request, and one status between."""
    begun = time.perf_counter()
    first: list[float] = []

    async def one(job: aio.Job) -> None:
        events = job.events()
        await anext(events)
        first.append(time.perf_counter() - begun)
        async for _ in events:
            pass

    async with aio.Client(base, ledger=home) as client:
        jobs = [await client.job(one) for one in ids]
        following = asyncio.gather(*map(one, jobs))
        while len(first) < len(jobs):
            await asyncio.sleep(0.01)
        asked = time.perf_counter()
        await jobs[-1].status()
        answered = time.perf_counter() - asked
        await following
    return {"first_s": round(max(first), 3), "status_s": round(answered, 3)}


async def theirs(base: str, _home: Path, ids: list[str]) -> dict[str, float]:
    """The unmodified fal-client, pointed at the service by its address constants."""
    import fal_client

    target = fal_client.client
    target.QUEUE_URL_FORMAT = target.RUN_URL_FORMAT = f"{base}/"
    client = fal_client.AsyncClient(key="id:secret")
    await asyncio.gather(*(client.result(DEFAULT_ENDPOINT, one) for one in ids))
    return {}


SIDES = {"ours": ours, "theirs": theirs}


async def _watched(work: Awaitable[dict[str, float]]) -> dict[str, float]:
    """The work, and the longest that the loop ever kept somebody waiting."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.01)
            longest = max(longest, time.perf_counter() - begun - 0.01)

    beating = asyncio.create_task(beat())
    said = await work
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating
    return said | {"loop_s": round(longest, 3)}


def main(base: str, home: str, side: str, *ids: str) -> None:
    """One side, in a process whose memory is its own."""
    begun, processor = time.perf_counter(), time.process_time()
    said: dict[str, Any] = asyncio.run(_watched(SIDES[side](base, Path(home), list(ids))))
    said |= {
        "seconds": round(time.perf_counter() - begun, 3),
        "cpu_seconds": round(time.process_time() - processor, 3),
        "peak_mb": own_peak_mb(),
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
