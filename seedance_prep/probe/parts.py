"""Probe a file of which only some bytes are here, and say which others are needed.

Readers are given the file itself, but whoever touches a byte that is not there ends the probe: what
comes of one that ends well is what would come of the whole file, for it has seen nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Bytes that a reader asked for; ``end`` is ``None`` when it needs all of them."""

    start: int
    end: int | None


class MissingError(BaseException):
    """Ends a probe; no reader may take it for a fault of the file."""


@dataclass(slots=True)
class Watch:
    """What is here, and what was missed first."""

    have: Ranges
    missed: list[Missing] = field(default_factory=list)

    def need(self, start: int, end: int) -> None:
        """Raise ``MissingError`` unless all of it is here."""
        if start < end and not any(first <= start and end <= last for first, last in self.have):
            self.miss(Missing(start, end))

    def miss(self, what: Missing) -> None:
        """Note it and end the probe."""
        self.missed.append(what)
        raise MissingError


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watching(have: Ranges) -> Iterator[Watch]:
    """Let the readers of this context see only what is here; ends without ``MissingError``."""
    watch = Watch(have)
    token = _watch.set(watch)
    try:
        yield watch
    except MissingError:
        pass
    finally:
        _watch.reset(token)


def watched() -> Watch | None:
    """What this context is held to; ``None``: the files are whole."""
    return _watch.get()


def need_all() -> None:
    """Said by a reader that gives the file to somebody else, who may read anything."""
    if watch := _watch.get():
        watch.miss(Missing(0, None))


def go_on() -> None:
    """Said after a helper has read on its own: what it missed ends the probe here."""
    if (watch := _watch.get()) and watch.missed:
        raise MissingError


class Held(FileIO):
    """A file that shows only what is here."""

    def __init__(self, handle: int, watch: Watch, size: int) -> None:
        """Take over an open descriptor of a file of so many bytes."""
        super().__init__(handle, "rb")
        self._watch, self._size = watch, size

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """As of any file."""
        at = self.tell()
        self._watch.need(at, min(at + len(memoryview(buffer)), self._size))
        return super().readinto(buffer) or 0

    def readall(self) -> bytes:
        """As of any file."""
        self._watch.need(self.tell(), self._size)
        return super().readall()

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file."""
        at, size = self.tell(), -1 if size is None else size
        self._watch.need(at, self._size if size < 0 else min(at + size, self._size))
        return super().read(size) or b""
