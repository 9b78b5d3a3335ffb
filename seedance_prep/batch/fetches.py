"""What lines name by URL is fetched once for all lines that this process works on."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..fetch import fetch
from ..private import workroom

MOST = 4 << 30
"""Bytes that are kept of what nobody reads now."""


@dataclass(eq=False)
class One:
    """A URL."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while it is fetched: who else needs it waits for that."""
    path: Path | None = None
    bytes: int = 0
    users: int = 0


class Fetches:
    """Files behind URLs, in a private folder that is gone with the process. Safe with threads."""

    def __init__(self, most: int = MOST) -> None:
        """Nothing is fetched yet."""
        self._most = most
        self._lock = threading.Lock()
        self._held: dict[str, One] = {}
        self._stack = ExitStack()
        self._folder: Path | None = None
        self._bytes = 0

    @contextmanager
    def on(self, urls: Collection[str], *, private_addresses: bool) -> Iterator[dict[str, Path]]:
        """The files of those that can be fetched, there as long as the block runs."""
        ones = {url: self._taken(url) for url in urls}
        try:
            for url, one in ones.items():
                self._fetched(url, one, private_addresses)
            yield {url: one.path for url, one in ones.items() if one.path}
        finally:
            self._left(ones)

    def _taken(self, url: str) -> One:
        with self._lock:
            one = self._held.pop(url, None) or One()
            self._held[url] = one  # the last that was asked for
            one.users += 1
            return one

    def _fetched(self, url: str, one: One, private_addresses: bool) -> None:
        with one.lock:
            if one.path is not None:
                return
            found = fetch(url, self._room(), private_addresses=private_addresses)
            if isinstance(found, Path):  # else whoever reads it tells what is wrong
                one.path, one.bytes = found, found.stat().st_size
                with self._lock:
                    self._bytes += one.bytes

    def _left(self, ones: dict[str, One]) -> None:
        with self._lock:
            for url, one in ones.items():
                one.users -= 1
                if not one.users and one.path is None:  # tried again by the next who asks
                    self._drop(url)
            if self._bytes > self._most:
                self._trim()

    def _trim(self) -> None:
        for url, one in list(self._held.items()):
            if self._bytes <= self._most:
                return
            if not one.users:
                self._drop(url)

    def _drop(self, url: str) -> None:
        one = self._held.pop(url)
        self._bytes -= one.bytes
        if one.path:
            one.path.unlink(missing_ok=True)

    def _room(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = self._stack.enter_context(workroom())
                atexit.register(self._stack.close)
            return self._folder
