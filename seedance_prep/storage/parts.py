"""A large file of a store of which only some bytes are here: a sparse file with holes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..core.media import Fault
from ..patience import pause
from .faults import StoreError
from .store import CHUNK, Seen, Store

BLOCK = 1 << 18
"""Bytes that are fetched at least, so that readers who go on find something there."""

Ranges = tuple[tuple[int, int], ...]


class Parts:
    """The file, and what of it is there. Not safe with threads: one reader has it at a time."""

    def __init__(self, store: Store, seen: Seen, path: Path, block: int = BLOCK) -> None:
        """``path`` is a new private file; it has the whole length at once, and no content."""
        self.block = block
        self.path = path
        self.bytes = seen.bytes
        self.fetched = 0
        self._store, self._seen = store, seen
        self._have: list[tuple[int, int]] = []
        with path.open("r+b") as file:
            file.truncate(seen.bytes)

    @property
    def have(self) -> Ranges:
        """What is there: first byte and the one behind the last, ascending and apart."""
        return tuple(self._have)

    def fill(self, start: int, end: int) -> None:
        """Fetch what is not there of a range, by whole blocks.

        Raises ``StoreError``, also when the object was replaced meanwhile, and ``OSError`` when
        it cannot be written.
        """
        start -= start % self.block
        end = min(self.bytes, -(-end // self.block) * self.block)
        with self.path.open("r+b") as file:
            for first, behind in self._holes(start, end):
                for at in range(first, behind, CHUNK):
                    pause(0)
                    data = self._store.read(at, min(behind, at + CHUNK))
                    self.fetched += len(data)
                    file.seek(at)
                    file.write(data)
        self._have = _joined([*self._have, (start, end)])
        if self._store.look() != self._seen:
            raise StoreError(
                "was replaced while it was read", "run again once it stays", Fault.DAMAGED
            )

    def complete(self) -> Path:
        """All of it."""
        self.fill(0, self.bytes)
        return self.path

    def _holes(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for first, behind in self._have:
            if start < first < end:
                yield start, first
            if first < end:
                start = max(start, behind)
        if start < end:
            yield start, end


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, behind in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], behind)
        else:
            found.append((first, behind))
    return found
