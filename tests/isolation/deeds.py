"""What is done in a process apart; functions of a module, so that they can be named there."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import time
from pathlib import Path

from seedance_prep.errors import OutputError, ToolFailedError


def fall() -> None:
    """Read memory that is not there."""
    ctypes.string_at(0)


def swell(size: int) -> int:
    """Take memory, and touch it."""
    return len(bytearray(size))


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def leave(note: Path) -> None:
    """Fall while a child of its own is at work."""
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
    note.write_text(str(child.pid))
    fall()


def loop() -> None:
    while True:
        pass


def complain(name: str) -> None:
    raise ToolFailedError(("ffmpeg", name), "ended with status 1", "its last words")


def stumble(kind: type[BaseException]) -> None:
    raise kind("because")


def refuse(says: str) -> None:
    raise OutputError(says)


def text(path: Path) -> str:
    return path.read_text()


def write(path: Path, content: str) -> None:
    path.write_text(content)


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port))


def whole(size: int) -> bytes:
    return os.urandom(size)


def number() -> int:
    return os.getpid()


def keys() -> list[str]:
    return sorted(os.environ)


class Trick:
    """Runs a command where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.mark}",)


def trick(mark: Path) -> Trick:
    return Trick(mark)
