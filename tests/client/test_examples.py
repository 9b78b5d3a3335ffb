"""The handlers of ``examples/`` take what the service delivers, once, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from seedance_prep.local import ALWAYS, Faults, LocalService, Pace
from seedance_prep.webhook import Delivery

from ..local.conftest import ENDPOINT

WRONG = {"prompt": "x", "duration": "3"}
"""Refused by the model at once: an ERROR is delivered."""


@dataclass
class Taken:
    """What a handler took, and what every delivery was answered with."""

    deliveries: list[Delivery] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def waited(self, count: int) -> list[int]:
        """The answers, once there are so many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.answers) >= count, 20)
            return self.answers


Handler = Callable[[Mapping[str, str], bytes], int]
"""Answers one delivery with a status."""


def fastapi_handler(taken: Taken, service: str) -> Handler:
    """The FastAPI example, asked by its own test client."""
    pytest.importorskip("fastapi", reason="FastAPI is not installed")
    import asyncio

    from examples.webhook_fastapi import application

    app = application(taken.deliveries.append, service)

    async def ask(headers: Mapping[str, str], body: bytes) -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return (await client.post("/fal", content=body, headers=headers)).status_code

    return lambda headers, body: asyncio.run(ask(headers, body))


def flask_handler(taken: Taken, service: str) -> Handler:
    """The Flask example, asked by its own test client."""
    pytest.importorskip("flask", reason="Flask is not installed")
    from examples.webhook_flask import application

    client = application(taken.deliveries.append, service).test_client()

    def ask(headers: Mapping[str, str], body: bytes) -> int:
        return client.post("/fal", data=body, headers=dict(headers)).status_code

    return ask


@contextmanager
def listening(handler: Handler, taken: Taken) -> Iterator[str]:
    """A real address that leads to a handler."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = {n: v for n, v in self.headers.items() if n.lower().startswith("x-fal")}
            status = handler(request, body)
            self.send_response(status)
            self.end_headers()
            with taken.came:
                taken.requests.append((request, body))
                taken.answers.append(status)
                taken.came.notify_all()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/fal"
        server.shutdown()
        thread.join()


@pytest.fixture(params=[fastapi_handler, flask_handler], ids=["fastapi", "flask"])
def example(request: pytest.FixtureRequest) -> Callable[[Taken, str], Handler]:
    """Each example in turn."""
    made: Callable[[Taken, str], Handler] = request.param
    return made


def submit(service: LocalService, webhook: str) -> None:
    """A job that ends soon."""
    answer = httpx.post(
        f"{service.base}/{ENDPOINT}",
        params={"fal_webhook": webhook},
        json=WRONG,
        headers={"authorization": "Key test"},
    )
    assert 200 == answer.status_code


def test_an_example_takes_what_is_delivered(example: Callable[[Taken, str], Handler]) -> None:
    """Genuine: handed on, 204. The very same bytes again: a replay, 401. Altered: 401."""
    taken = Taken()
    with LocalService(pace=Pace(queued=0, running=0)) as service:
        handler = example(taken, service.base)
        with listening(handler, taken) as url:
            submit(service, url)
            assert [204] == taken.waited(1)
        (delivery,) = taken.deliveries
        assert (service.jobs[0].request_id, False) == (delivery.request_id, delivery.ok)
        headers, body = taken.requests[0]
        assert 401 == handler(headers, body)
        assert 401 == handler(headers, body.replace(b"ERROR", b"OK"))
        assert 401 == handler({}, body)
    assert 1 == len(taken.deliveries)


def test_an_example_refuses_what_is_forged(example: Callable[[Taken, str], Handler]) -> None:
    """A signature with a key that the service does not have, as often as it comes."""
    taken = Taken()
    faults = Faults(webhook_forged=ALWAYS)
    with LocalService(0, faults, Pace(queued=0, running=0)) as service:
        handler = example(taken, service.base)
        with listening(handler, taken) as url:
            submit(service, url)
            assert {401} == set(taken.waited(2))
    assert [] == taken.deliveries
