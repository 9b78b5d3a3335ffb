"""The one door to HTTP.

The key goes only to the service's own origins, over TLS or to this machine; redirects, presigned
uploads and downloads never carry it. Foreign exceptions end here: what failed before a byte could
leave is an ``UnreachableError``, everything after it a ``LostAnswerError``.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from .core.foreign import Json, compact
from .core.key import Key, may_carry_key
from .core.service import Service
from .door import door, host_of, trusted
from .errors import AnswerError, LostAnswerError, UnreachableError
from .patience import Retry, Timeouts, pause, retry_after

if TYPE_CHECKING:
    import httpx

MAX_ANSWER = 8 << 20
"""Bytes of a JSON answer that are read; fal's own are a few kilobytes."""
IDLE = 20
"""Connections that are kept open for the next request."""
TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which a safe step is worth another try (409: as fal's own client has it)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, read and closed."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    host: str

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self, path: str) -> Json:
        """The body as JSON, called ``path`` in errors. Raises ``AnswerError`` when it is none."""
        try:
            return Json(json.loads(self.body), path)
        except ValueError as error:
            raise AnswerError(
                f"{self.host} answered {self.status} with something that is not JSON"
            ) from error


class Incoming:
    """An answer whose body has not been read yet."""

    def __init__(self, response: httpx.Response) -> None:
        """Wrap what httpx gave."""
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        self.url = str(response.url)

    @property
    def length(self) -> int | None:
        """Bytes that the body was announced with."""
        announced = self.headers.get("content-length", "")
        return int(announced) if announced.isascii() and announced.isdigit() else None

    def chunks(self) -> Iterator[bytes]:
        """The body as it comes, not decoded: identity is all that is asked for."""
        return self._response.iter_raw()  # a chunk size would hold bytes back from a cut

    def lines(self) -> Iterator[str]:
        """The body as lines of text."""
        return self._response.iter_lines()

    def hang_up(self) -> None:
        """End the connection under a read of another thread, which then finds it lost."""
        stream = self._response.extensions.get("network_stream")
        held = stream.get_extra_info("socket") if stream else None
        if held is not None:
            with suppress(OSError):  # ended already
                socket.socket.shutdown(held, socket.SHUT_RDWR)  # TLS's own would forget the TLS

    def answer(self, seconds: float) -> Answer:
        """The whole answer. Raises ``AnswerError`` above ``MAX_ANSWER`` bytes, ``LostAnswerError``
        when it is not there in time.
        """
        body, end = bytearray(), time.monotonic() + seconds
        for chunk in self._response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER:
                raise AnswerError(f"the answer is longer than {MAX_ANSWER} bytes")
            # What is all there counts, however late: this machine may have slept meanwhile.
            if time.monotonic() > end and len(body) != self.length:
                raise LostAnswerError(f"the answer took longer than {seconds:g} s")
        return Answer(self.status, self.headers, bytes(body), host_of(self.url))


@dataclass(kw_only=True)
class Wire:
    """HTTP to one service. Safe to use from several threads; close it when done."""

    service: Service
    key: Key | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    retry: Retry = field(default_factory=Retry)
    _pool: httpx.Client | None = field(default=None, init=False, repr=False)
    _users: int = field(default=0, init=False, repr=False)
    """Requests that are on their way over the pool."""
    _closed: bool = field(default=False, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __enter__(self) -> Self:
        """Nothing is opened before the first request."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection; harmless twice.

        What is on its way ends first: a pool that closes under a request which just connects
        would forget that connection, open. Whoever still sends afterwards, a job that outlives its
        client, does so on connections of one request.
        """
        with self._lock:
            self._closed = True
            pool = self._idle()
        if pool is not None:
            pool.close()

    def call(
        self,
        method: str,
        url: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        signed: bool = True,
        fresh: bool = False,
    ) -> Answer:
        """Send one request once and read the answer, whatever its status.

        ``body`` is sent as JSON. ``fresh`` uses a connection of its own, so that a stale one of
        the pool cannot swallow the request. Raises ``UnreachableError`` or ``LostAnswerError``.
        """
        typed = {"content-type": "application/json"} if body is not None else {}
        with self.open(
            method,
            url,
            query=query,
            headers=typed | dict(headers or {}),
            content=None if body is None else compact(body),
            signed=signed,
            fresh=fresh,
        ) as incoming:
            answer = incoming.answer(self.timeouts.total)
        return replace(answer, body=self.key.hidden_in(answer.body)) if self.key else answer

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        signed: bool = True,
        fresh: bool = False,
        follow: bool = False,
        read: float | None = None,
    ) -> Iterator[Incoming]:
        """Send one request and hand out the answer while its body is still on the way.

        ``follow`` goes after redirects and is only for requests that are not ``signed``.
        """
        import httpx

        with door(host_of(url)), self._borrowed(fresh) as client:
            request = client.build_request(
                method,
                httpx.URL(url).copy_merge_params(dict(query or {})),
                headers=dict(headers or {}),
                content=content,
                timeout=self._timeout(read),
            )
            if signed:
                self._sign(request)
            response = client.send(request, stream=True, follow_redirects=follow and not signed)
            try:
                yield Incoming(response)
            finally:
                response.close()

    def safely(
        self, attempt: Callable[[], Answer], again: Callable[[Answer], bool] | None = None
    ) -> Answer:
        """Repeat a step that may be repeated until its answer is no longer transient.

        Gives the last answer, or raises the last error, when the attempts are used up.
        """
        again = again or transient
        for delay in self.retry.delays():
            asked = 0.0
            try:
                answer = attempt()
                if not again(answer):
                    return answer
                asked = retry_after(answer.headers)
            except (UnreachableError, LostAnswerError):
                pass
            pause(max(delay, asked))
        return attempt()

    @contextmanager
    def _borrowed(self, fresh: bool) -> Iterator[httpx.Client]:
        """The pool for one request, or a client that ends with the request."""
        pool = None if fresh else self._shared()
        if pool is None:
            with self._client() as own:
                yield own
            return
        try:
            yield pool
        finally:
            with self._lock:
                self._users -= 1
                last = self._idle() if self._closed else None
            if last is not None:
                last.close()

    def _shared(self) -> httpx.Client | None:
        """The pool, with one user more; none after the close."""
        with self._lock:
            if self._closed:
                return None
            self._pool = self._pool or self._client()
            self._users += 1
            return self._pool

    def _idle(self) -> httpx.Client | None:
        """Take the pool out of use, when nothing is on its way over it."""
        pool = None if self._users else self._pool
        if pool is not None:
            self._pool = None
        return pool

    def _client(self) -> httpx.Client:
        import httpx

        from .core.version import __version__

        return httpx.Client(
            verify=trusted(),
            headers={
                "user-agent": f"seedance-prep/{__version__}",
                "accept-encoding": "identity",
            },
            # Every stream that is followed holds a connection: with a bound, the others would wait.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=IDLE),
            # A proxy of the environment is for the world outside, never for this machine.
            mounts={f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")},
        )

    def _timeout(self, read: float | None) -> httpx.Timeout:
        import httpx

        silence = self.timeouts.read if read is None else read
        return httpx.Timeout(silence, connect=self.timeouts.connect)

    def _sign(self, request: httpx.Request) -> None:
        """Add the key when the request goes to the service itself, judged on what is sent."""
        url = request.url
        if self.key is None or not may_carry_key(url.scheme, url.host):
            return
        if _origin(url) in self._origins:
            request.headers["authorization"] = self.key.header()

    @cached_property
    def _origins(self) -> frozenset[tuple[str, str, int | None]]:
        import httpx

        bases = (self.service.queue, self.service.rest, self.service.api)
        return frozenset(_origin(httpx.URL(base)) for base in bases)


def transient(answer: Answer) -> bool:
    """Whether a safe step is worth another try after this answer."""
    return answer.status in TRANSIENT


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
