"""A small HTTP server that answers as it is told, also wrongly, and remembers what it saw."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from seedance_prep.core.key import Key
from seedance_prep.core.service import Service, at
from seedance_prep.patience import Retry, Timeouts
from seedance_prep.wire import Wire

SECRET = "f1e2d3c4-aaaa-bbbb-cccc-ddddeeeeffff:0123456789abcdef0123456789abcdef"
QUICK = Retry(attempts=3, base=0.005, cap=0.01)
SHORT = Timeouts(connect=2, read=2, total=5)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def authorization(self) -> str | None:
        """The header, if there was one."""
        return self.headers.get("authorization")


Action = Callable[[BaseHTTPRequestHandler, Seen], None]


def says(status: int = 200, body: Any = None, **headers: str) -> Action:
    """A whole answer; anything but bytes goes out as JSON."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )

    def act(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        if seen.method != "HEAD":
            handler.wfile.write(content)

    return act


def drops(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
    """The connection ends without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def cuts(content: bytes, sent: int, **headers: str) -> Action:
    """Announces the content, sends a part, ends the connection."""

    def act(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:sent])
        handler.wfile.flush()
        drops(handler, seen)

    return act


def streams(*events: Any) -> Action:
    """An event stream that ends after these events."""

    def act(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream; charset=utf-8")
        handler.send_header("connection", "close")
        handler.end_headers()
        for event in events:
            handler.wfile.write(b": keep-alive\n\ndata: " + json.dumps(event).encode() + b"\n\n")
        handler.close_connection = True

    return act


@dataclass
class Rogue:
    """Answers each method and path with its actions in order; the last one stays."""

    seen: list[Seen] = field(default_factory=list)
    _plan: dict[tuple[str, str], list[Action]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)
    """Set at the end: what is slow need not be waited for."""

    def on(self, method: str, path: str, *actions: Action) -> Self:
        """What happens at a path (without its query)."""
        self._plan[method, path] = list(actions)
        return self

    def count(self, method: str, path: str = "") -> int:
        """How many requests of a method came in whose path begins so."""
        return sum(one.method == method and one.path.startswith(path) for one in self.seen)

    def silent(self, handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        """An action: no answer before the test is over."""
        self.released.wait(20)
        handler.close_connection = True

    @property
    def base(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def service(self) -> Service:
        """All of fal's hosts at once."""
        return at(self.base)

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def wire(self, **other: Any) -> Wire:
        """A quick wire to it, with a key."""
        given: dict[str, Any] = {"key": Key(SECRET), "retry": QUICK, "timeouts": SHORT} | other
        return Wire(service=self.service, **given)

    def act(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        length = int(handler.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        seen = Seen(handler.command, handler.path, headers, handler.rfile.read(length))
        with self._lock:
            self.seen.append(seen)
            actions = self._plan.get((seen.method, seen.path.partition("?")[0]), [says(404)])
            action = actions.pop(0) if len(actions) > 1 else actions[0]
        action(handler, seen)

    def __enter__(self) -> Self:
        """Serve."""
        rogue = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def log_message(self, *args: Any) -> None:
                """Quiet."""

            def _any(self) -> None:
                rogue.act(self)

            do_GET = do_POST = do_PUT = do_HEAD = _any  # noqa: N815

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Quiet(ThreadingHTTPServer):
    """Says nothing about connections that break, which is what the tests are about."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Nothing."""


def closed_port() -> str:
    """A base where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"
