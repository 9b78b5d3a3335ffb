"""What a fork is told to do, and what it tells."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

NUMBER = struct.Struct("=i")
"""How a process' number stands before its answer, and its status behind what is no answer."""
LENGTH = struct.Struct("=Q")
"""How the bytes of an answer stand before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Travels as a pickle from a program to a process of its own making, and nowhere else."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    folder: str
    """Where relative paths begin."""
    limits: dict[str, int]
    """Of the module ``resource``, by name."""
    room: str | None
    """A folder for temporary files, where one could be made."""
    reads: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An exception on its way."""

    kind: type[BaseException]
    args: tuple[Any, ...]
    state: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a call."""

    value: Any = None
    error: Raised | None = None
    cut: bool = False
    """Whether a child of the fork was ended before its time."""
    imported: tuple[str, ...] = ()
    """Modules that the fork had to import: the next ones shall find them there."""
    peak: int = 0
    """Bytes of memory that it, or the largest of its children, has held at most."""


def end(number: int) -> None:
    """End a fork with what it has started; harmless when it is gone."""
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)
