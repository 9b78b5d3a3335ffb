"""Open a caller's file: regular files only, and never one that would block or act when opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from ..core.media import Fault
from .faults import UnusableError
from .parts import Held, watched

BUFFER = 1 << 16

_ODD = (
    (stat.S_ISDIR, "is a folder; name the files in it"),
    (stat.S_ISFIFO, "is a named pipe, not a file; save its content first, or use `-` for stdin"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISBLK, "is a block device, not a file"),
    (stat.S_ISCHR, "is a character device, not a file"),
)


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The file, open for reading, with its size in bytes.

    Raises ``UnusableError`` for what is missing, no regular file, empty or not permitted.
    """
    try:
        _judge(path.stat())
        file = reading(path)
    except (OSError, ValueError) as error:
        raise _refusal(error) from error
    with file:
        found = os.fstat(file.fileno())
        _judge(found)
        if not found.st_size:
            raise UnusableError(Fault.EMPTY, "is empty (0 bytes)")
        try:
            yield file, found.st_size
        except OSError as error:
            raise _refusal(error) from error


def reading(path: Path) -> BinaryIO:
    """A file that was judged before, open for reading. Raises ``OSError``."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    if watch := watched():
        return BufferedReader(Held(handle, watch, os.fstat(handle).st_size), BUFFER)
    return os.fdopen(handle, "rb", buffering=BUFFER)


def _judge(found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    for test, says in _ODD:
        if test(found.st_mode):
            raise UnusableError(Fault.NOT_A_FILE, says)
    raise UnusableError(Fault.NOT_A_FILE, "is not a regular file")


def _refusal(error: OSError | ValueError) -> UnusableError:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return UnusableError(Fault.MISSING, "does not exist")
        case PermissionError():
            return UnusableError(Fault.NO_PERMISSION, "may not be read by this user")
        case OSError(strerror=str(reason)):
            return UnusableError(Fault.MISSING, f"cannot be read: {reason}")
        case _:
            return UnusableError(Fault.MISSING, "has a name that no file can have")
