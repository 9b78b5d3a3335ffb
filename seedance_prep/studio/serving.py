"""The server: on loopback alone, behind the guard, until it is told to end."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from ..errors import MachineError
from ..submit.database import home
from .answers import Words
from .app import application
from .guard import Guard
from .office import Office
from .store import Store
from .stream import Hub

ADDRESS = "127.0.0.1"
GRACE = 3
"""Seconds that open answers have when the server ends."""
CONNECTIONS = 100
HEADERS_MAX = 32 << 10
"""Bytes of the head of a request."""


class _Server(uvicorn.Server):
    """Ends the streams of events first, which would never end by themselves."""

    def __init__(self, guard: Guard, hub: Hub, office: Office) -> None:
        super().__init__(_config(guard))
        self.guard, self._hub, self._office = guard, hub, office

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; what takes long is told to, so that nobody waits for it."""
        self._hub.close()
        self._office.gallery.close()
        await super().shutdown(sockets)


def run(
    port: int = 0,
    *,
    service: str | None = None,
    out: Path | None = None,
    on_ready: Callable[[str], None] | None = None,
    on_open: Callable[[str], None] | None = None,
) -> None:
    """Serve the studio until interrupted; ``on_ready`` receives the address to open.

    ``on_open`` receives one that opens once, for a browser that is started with it. ``service`` is
    chosen to begin with; besides fal and local, no other can be. Raises ``MachineError`` when the
    port or the folder cannot be had, ``UsageError`` when another studio has the desk.
    ``KeyboardInterrupt`` ends it and passes on. Call it on the main thread.
    """
    with _opened(port, home(), service, out) as (server, door, address):
        if on_ready:
            on_ready(address)
        if on_open:
            on_open(f"{address.partition('token=')[0]}token={server.guard.ticket()}")
        server.run(sockets=[door])


@contextmanager
def studio(
    port: int = 0,
    *,
    folder: Path | None = None,
    service: str | None = None,
    out: Path | None = None,
) -> Iterator[str]:
    """The same in the background, as long as the block runs; gives the address to open.

    ``folder`` instead of ``SEEDANCE_PREP_HOME`` has the desk.
    """
    with _opened(port, folder or home(), service, out) as (server, door, address):
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _opened(
    port: int, folder: Path, service: str | None, out: Path | None
) -> Iterator[tuple[_Server, socket.socket, str]]:
    hub, token = Hub(), secrets.token_urlsafe(24)
    with _bound(port) as door:
        store = Store(folder)
        office = Office(store, hub, service=service, out=out)
        try:
            real = door.getsockname()[1]
            words = Words(store.root, folder, *([out] if out else []))
            app = Guard(application(office, words), token=token, port=real)
            address = f"http://{ADDRESS}:{real}/?token={token}"
            yield _Server(app, hub, office), door, address
        finally:
            office.close()


def _config(app: Guard) -> uvicorn.Config:
    if not os.environ.get("SEEDANCE_PREP_TRACE"):  # a fault is answered in one sentence
        log = logging.getLogger("uvicorn.error")
        log.addHandler(logging.NullHandler())
        log.propagate = False
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEADERS_MAX,
        timeout_graceful_shutdown=GRACE,
    )


def _bound(port: int) -> socket.socket:
    # asyncio sends small answers at once (TCP_NODELAY) where a socket says that it is of TCP
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((ADDRESS, port))
        door.listen(128)
    except OSError as error:
        door.close()
        raise MachineError(f"port {port} on {ADDRESS} cannot be had: {error.strerror}") from error
    return door
