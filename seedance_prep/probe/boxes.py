"""A small bounded reader of ISO base media boxes (ISO/IEC 14496-12): headers, never payloads.

Every walk spends from one budget, so that no file, however it lies, costs more than that.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BOXES_MAX = 60_000
"""Box headers that are read before the reader gives up."""
BYTES_MAX = 48 << 20
"""Bytes of tables that are read before the reader gives up."""


class BrokenBoxesError(Exception):
    """The boxes contradict themselves, or cost more than they may."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type and where its payload lies in the file."""

    kind: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes of payload."""
        return self.end - self.start


class Reader:
    """Boxes of one open file, within a budget."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        """Read from ``file``, which is ``size`` bytes long."""
        self._file = file
        self.size = size
        self._boxes_left = BOXES_MAX
        self._bytes_left = BYTES_MAX

    def top(self) -> Iterator[Box]:
        """The boxes of the file itself; the last one may reach past the end of the file."""
        return self._walk(0, self.size, clip=False)

    def children(self, box: Box, skip: int = 0) -> Iterator[Box]:
        """The boxes inside ``box``, after ``skip`` bytes of its own fields."""
        return self._walk(box.start + skip, min(box.end, self.size), clip=True)

    def child(self, box: Box | None, *path: bytes) -> Box | None:
        """The first box down ``path``; ``None`` when a step is missing."""
        for kind in path:
            if box is None:
                return None
            box = next((inner for inner in self.children(box) if inner.kind == kind), None)
        return box

    def read(self, box: Box, limit: int = 4096, at: int = 0) -> bytes:
        """Up to ``limit`` bytes of the payload from offset ``at``."""
        return self.bytes_at(box.start + at, max(min(box.size - at, limit), 0))

    def bytes_at(self, offset: int, count: int) -> bytes:
        """Bytes anywhere in the file; fewer at its end."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise BrokenBoxesError("the tables are larger than may be read")
        self._file.seek(offset)
        return self._file.read(count)

    def _walk(self, at: int, end: int, *, clip: bool) -> Iterator[Box]:
        while at + 8 <= end:
            box = self._box(at, end)
            if box is None:
                return
            yield Box(box.kind, box.start, min(box.end, end)) if clip else box
            at = box.end

    def _box(self, at: int, end: int) -> Box | None:
        self._boxes_left -= 1
        if self._boxes_left < 0:
            raise BrokenBoxesError("there are more boxes than may be read")
        self._file.seek(at)
        head = self._file.read(16)
        if len(head) < 8:
            return None
        size, kind = struct.unpack_from(">I4s", head)
        start = at + 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            start = at + 16
        elif size == 0:
            size = end - at
        return Box(kind, start, at + size) if at + size >= start else None


def fields(layout: str, data: bytes, at: int = 0) -> tuple[int, ...]:
    """Big-endian integers at an offset. Raises ``BrokenBoxesError`` when the data are too short."""
    try:
        return struct.unpack_from(">" + layout, data, at)
    except struct.error as error:
        raise BrokenBoxesError("a box is shorter than its fields") from error
