"""Work for the contract of the executors; in a module, so that other processes find it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


class OwnError(Exception):
    """Raised on purpose."""


def doubled(value: int) -> int:
    return 2 * value


def raising(text: str) -> None:
    raise OwnError(text)


def slept(seconds: float, mark: Path) -> float:
    """Sleep, then leave a mark."""
    time.sleep(seconds)
    mark.touch()
    return seconds


def ended(mark: Path) -> None:
    """Die, each time."""
    with mark.open("a") as file:
        file.write("x")
    os.kill(os.getpid(), signal.SIGKILL)


def counted(folder: Path, number: int) -> int:
    """How many of these run now, itself among them."""
    mark = folder / str(number)
    mark.touch()
    time.sleep(0.05)
    found = len(list(folder.iterdir()))
    mark.unlink()
    return found
