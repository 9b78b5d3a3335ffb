"""A visit to a stranger's server: one GET, at an address that was judged before.

The second leaf of the door to HTTP. Nothing of the caller goes along: no key, no cookie, no user
or password of the URL, no proxy and no netrc of the environment. The name in the URL is not looked
up again, so the address that was judged is the one that is reached (no DNS rebinding), while the
``Host`` header and the certificate are still those of the name.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from .door import door, host_of, trusted
from .errors import LostAnswerError, UnreachableError
from .patience import Timeouts, pause, stopping
from .wire import Incoming

MADE = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
"""What httpcore calls the moments that give a socket (its ``trace`` extension)."""

GLANCE = 0.1
"""Seconds between two looks at the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a URL leads."""

    url: str
    scheme: str
    host: str
    """In ASCII, without brackets; empty when there is none."""
    shown: str
    """Host and port for people."""
    login: bool
    """Whether a user or password is in the URL."""


def place(url: str, base: str = "") -> Place:
    """Read a URL, which may be relative to ``base``. Raises ``UnreachableError`` for what is none.

    It is the same reading as the one for sending, so that no other host is judged than is named.
    """
    import httpx

    with door(host_of(url)):
        found = httpx.URL(base).join(url)
    if not 0 < (found.port or 1) < 1 << 16:
        raise UnreachableError(f"{found.host} has no port {found.port}")
    return Place(
        url=str(found),
        scheme=found.scheme,
        host=found.raw_host.decode("ascii").rstrip("."),
        shown=found.netloc.decode("ascii"),
        login=bool(found.userinfo),
    )


@contextmanager
def visit(where: Place, address: str, timeouts: Timeouts) -> Iterator[Incoming]:
    """GET a place from one address, and hand out the answer while its body is on the way.

    A redirect is an answer like any other. Raises ``UnreachableError`` or ``LostAnswerError``,
    the latter also when it is not all there within ``timeouts.total`` seconds.
    """
    import httpx

    with (
        _within(timeouts.total, where.shown) as on_trace,
        door(where.shown),
        # The bare transport: a client would follow what it is told about cookies and logins.
        httpx.HTTPTransport(verify=trusted(), trust_env=False) as transport,
    ):
        silence = httpx.Timeout(timeouts.read, connect=timeouts.connect)
        request = httpx.Request(
            "GET",
            httpx.URL(where.url).copy_with(host=address, userinfo=b""),
            headers=_headers(where),
            extensions={
                "timeout": silence.as_dict(),
                "trace": on_trace,
                "sni_hostname": where.host,
            },
        )
        response = transport.handle_request(request)
        response.request = request
        try:
            yield Incoming(response)
        finally:
            response.close()


def _headers(where: Place) -> dict[str, str]:
    from .core.version import __version__

    return {
        "host": where.shown,
        "user-agent": f"seedance-prep/{__version__}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }


@contextmanager
def _within(seconds: float, host: str) -> Iterator[Callable[[str, Mapping[str, Any]], None]]:
    """Hold a visit to its time; what is yielded must hear of every connection."""
    watch = _Watch(seconds)
    threading.Thread(target=watch.keep, daemon=True).start()
    try:
        yield watch.on_trace
    except (UnreachableError, LostAnswerError):
        if not watch.over.is_set():
            raise
    finally:
        watch.done.set()
    if watch.over.is_set():  # also after a body that seems to have come to its end
        pause(0)
        raise LostAnswerError(f"{host} took longer than {seconds:.3g} s")


class _Watch:
    """Ends a connection when time is up or the caller stops.

    Timeouts of httpx are for each read: a server that drips its headers would never let it go.
    """

    def __init__(self, seconds: float) -> None:
        """Time runs from now."""
        self._until = time.monotonic() + seconds
        self._stop = stopping.get() or threading.Event()
        self._held: list[socket.socket] = []
        self.done = threading.Event()
        self.over = threading.Event()

    def keep(self) -> None:
        """Watch until the visit is done."""
        while not self.done.wait(GLANCE):
            if self._stop.is_set() or time.monotonic() > self._until:
                self._end()
                return

    def on_trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Keep each socket as it is made."""
        if event in MADE:
            self._held.append(info["return_value"].get_extra_info("socket"))
            if self.over.is_set():
                self._end()

    def _end(self) -> None:
        self.over.set()
        for one in self._held:
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)  # TLS's own would forget the TLS
