"""The raw connection: reads requests, sends outcomes, breaks off where a fault says so."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from .answers import Answer, Dropped, EventStream, FileAnswer, Outcome, plain
from .call import BrokenError, Call, OutcomeError

CHUNK = 64 << 10
DRAINED_MAX = 256 << 20
"""Bytes of an unread body that are taken in so that the caller can read its answer."""


class Desk(Protocol):
    """What answers calls."""

    def handle(self, call: Call) -> Outcome:
        """The outcome of one call."""
        ...

    def slowness(self) -> float:
        """Seconds that the body of the next answer is spread over."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the service runs."""
        ...


class Server(ThreadingHTTPServer):
    """Serves one desk on loopback; closing it ends every open connection."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, port: int, desk: Desk) -> None:
        """Bind 127.0.0.1; port 0 takes a free one. Raises ``OSError`` when it is taken."""
        self.desk = desk
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: object, client_address: object) -> None:
        """Remember the connection, then serve it on a thread of its own."""
        assert isinstance(request, socket.socket)
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        """Forget the connection."""
        assert isinstance(request, socket.socket)
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is no error of the server."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def server_close(self) -> None:
        """End all connections and wait for their threads."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive between requests."""

    protocol_version = "HTTP/1.1"
    server_version = "seedance-prep-local"
    sys_version = ""
    server: Server
    _unread = 0
    """Bytes of the body still to come; -1 for a chunked one."""

    def setup(self) -> None:
        """Send small answers at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *_: object) -> None:
        """Say nothing: the service keeps its own record."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        self._unread = -1 if chunked else int(length) if length.isdecimal() else 0
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(
            method=self.command, target=self.path, headers=headers, chunks=self._body_chunks
        )
        try:
            outcome = self.server.desk.handle(call)
            self._drain()
        except OutcomeError as stop:
            outcome = stop.answer
            self.close_connection = True
        except BrokenError:
            outcome = Dropped()
        self._send(outcome)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _body_chunks(self) -> Iterator[bytes]:
        if self._unread < 0:
            yield from self._decoded_chunks()
            return
        while self._unread:
            data = self.rfile.read(min(CHUNK, self._unread))
            if not data:
                raise BrokenError
            self._unread -= len(data)
            yield data

    def _decoded_chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            data = self.rfile.read(size)
            if len(data) < size:
                raise BrokenError
            self.rfile.readline()
            yield data
        while self.rfile.readline().strip():  # trailers
            pass
        self._unread = 0

    def _chunk_size(self) -> int:
        try:
            return int(self.rfile.readline(64).partition(b";")[0], 16)
        except ValueError:
            raise BrokenError from None

    def _drain(self) -> None:
        if self._unread > DRAINED_MAX:
            raise OutcomeError(plain(413, "Request body is too large"))
        for _ in self._body_chunks():
            pass

    def _send(self, outcome: Outcome) -> None:
        match outcome:
            case Answer():
                self._send_answer(outcome)
            case FileAnswer():
                self._send_file(outcome)
            case EventStream():
                self._send_events(outcome)
            case Dropped():
                self.close_connection = True

    def _head(self, status: int, content_type: str, size: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if size is not None:
            self.send_header("Content-Length", str(size))

    def _send_answer(self, answer: Answer) -> None:
        self._head(answer.status, answer.content_type, len(answer.content))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            size = len(answer.content) // 2 if answer.cut else len(answer.content)
            self._write_body([answer.content[:size]], size)
        self.close_connection = self.close_connection or answer.cut

    def _send_file(self, answer: FileAnswer) -> None:
        with answer.path.open("rb") as source:
            size = answer.size - answer.start
            self._head(206 if answer.start else 200, answer.content_type, size)
            if answer.start:
                place = f"bytes {answer.start}-{answer.size - 1}/{answer.size}"
                self.send_header("Content-Range", place)
            self.send_header("ETag", f'"{answer.etag}"')
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command == "HEAD":
                return
            source.seek(answer.start)
            sent = size // 2 if answer.cut else size
            pieces = (source.read(min(CHUNK, sent - at)) for at in range(0, sent, CHUNK))
            self._write_body(pieces, sent)
        self.close_connection = self.close_connection or answer.cut

    def _write_body(self, pieces: Iterator[bytes] | list[bytes], size: int) -> None:
        seconds = self.server.desk.slowness()
        for piece in pieces:
            if not seconds:
                self.wfile.write(piece)
                continue
            step = max(1, size // 16)
            for start in range(0, len(piece), step):
                self.wfile.write(piece[start : start + step])
                self.server.desk.pause(seconds * min(step, len(piece)) / max(size, 1))

    def _send_events(self, answer: EventStream) -> None:
        self._head(200, "text/event-stream; charset=utf-8", None)
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in answer.events:
            data = f"data: {json.dumps(event)}\n\n".encode()
            for _ in range(2 if answer.repeated else 1):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            if answer.broken:
                self.close_connection = True
                return
        self.wfile.write(b"0\r\n\r\n")
