"""The server as its program sees it: started once, asked for forks, gone with the program."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from .. import process

START = (
    "import os, sys; sys.path[:] = sys.argv[2:] + [p for p in sys.path if p not in sys.argv[2:]]; "
    "from seedance_prep.isolation.server import serve; serve(int(sys.argv[1])); os._exit(0)"
)
"""Ends without tidying up, for which its program would have to wait."""


LESSON = 200
"""Names of modules in one message."""


class Parent:
    """One end of a socket, at whose other end a server forks. Safe with threads."""

    _one: ClassVar[Parent | None] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        """Start it."""
        self._owner = _owner()
        self._learnt: list[str] = []
        self._asked = False
        self.peak = 0
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        with theirs, _high(theirs) as door:
            words = ["-I", "-S", "-c", START, str(door.fileno()), *_places()]
            self._child = process.background(words, door.fileno())
        atexit.register(self.close)

    @classmethod
    def here(cls) -> Parent | None:
        """The server of this process; ``None`` where there can be none."""
        if sys.platform != "linux" or not process.python() or process.unconfined():
            return None
        with cls._lock:
            if cls._one is not None and not cls._one._alive():
                atexit.unregister(cls._one.close)
                cls._one.close()
                cls._one = None
            cls._one = cls._one or cls()
            return cls._one

    @property
    def number(self) -> int:
        """Of its process."""
        return self._child.pid

    def close(self) -> None:
        """Let it end; what still runs there ends with it."""
        self._socket.close()
        if self._owner[0] == os.getpid():
            if not self._asked:  # it may still be importing, for nothing
                self._child.kill()
            self._child.wait()

    def _alive(self) -> bool:
        """Whether it is this process' own, with its rights: it may have been forked, or changed."""
        return self._owner == _owner() and self._child.poll() is None

    def learn(self, modules: Sequence[str]) -> None:
        """Let the server import these before it forks again."""
        with self._lock:
            self._learnt += modules

    def held(self, peak: int) -> None:
        """Take down how many bytes a fork has held at most."""
        with self._lock:
            self.peak = max(self.peak, peak)

    def _lesson(self) -> bytes:
        with self._lock:
            modules, self._learnt = self._learnt[:LESSON], self._learnt[LESSON:]
        return "\n".join(["fork", *modules]).encode()

    @contextmanager
    def forked(self, call: bytes) -> Iterator[int]:
        """A new fork, told what to do; gives the descriptor that its answer comes from."""
        self._asked = True
        told, tell = os.pipe()
        answers, answer = os.pipe()
        try:
            try:
                socket.send_fds(self._socket, [self._lesson()], [told, answer])
            finally:
                os.close(told)
                os.close(answer)
            with suppress(BrokenPipeError), open(tell, "wb", closefd=False) as file:
                file.write(call)
            os.close(tell)
            tell = -1
            yield answers
        finally:
            os.close(answers)
            if tell >= 0:
                os.close(tell)


def _high(door: socket.socket) -> socket.socket:
    """The same by a number that no standard stream has: those may be closed, and their numbers
    given to whatever is opened next.
    """
    import fcntl

    return socket.socket(fileno=fcntl.fcntl(door.fileno(), fcntl.F_DUPFD_CLOEXEC, 3))


def _owner() -> tuple[int, ...]:
    return os.getpid(), os.geteuid(), os.getegid(), *sorted(os.getgroups())


def _places() -> list[str]:
    """Where this program finds its modules."""
    package = str(Path(__file__).resolve().parents[2])
    found = [str(Path(place).absolute()) for place in sys.path]
    return list(dict.fromkeys([*found, package]))
