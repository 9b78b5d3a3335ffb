"""A file and a listener that nobody may touch, and that tell when somebody did."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

IN_ACCESS, IN_OPEN = 0x01, 0x20
NONBLOCK = 0o4000


class Canary:
    """inotify(7) on a file, and a socket on loopback."""

    def __init__(self, path: Path) -> None:
        """Watch ``path`` for being opened or read, and a new port for being called."""
        if sys.platform != "linux":
            pytest.skip("watches files by inotify")
        self.path = path
        libc = ctypes.CDLL(None, use_errno=True)
        self._watch = libc.inotify_init1(NONBLOCK)
        assert libc.inotify_add_watch(self._watch, os.fsencode(path), IN_ACCESS | IN_OPEN) > 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)

    @property
    def url(self) -> str:
        """Where the listener is."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/clip.mp4"

    def sang(self) -> bool:
        """Whether anybody touched one of them."""
        try:
            return bool(os.read(self._watch, 4096))
        except BlockingIOError:
            pass
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        """Watched from the start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Watch no more."""
        os.close(self._watch)
        self._listener.close()
