"""Samples of a plain 16-bit WAV, as they are stored (RIFF: Multimedia Programming Interface 1.0).

Also of one whose header lies about how many there are: programs that write to a pipe cannot know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..core.plan import Window
from ..errors import ToolFailedError

WIDTH = 2
"""Bytes of one sample."""
CHUNKS_MAX = 1000
"""Chunks that are looked at before the samples."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the samples are."""

    rate: int
    channels: int
    at: int
    size: int
    """Bytes that are there."""

    @property
    def step(self) -> int:
        """Bytes of one sample of all channels."""
        return WIDTH * self.channels


def part(source: Path, window: Window | None) -> tuple[Stored, bytes]:
    """The samples of a window, exactly, or all.

    Raises ``ToolFailedError`` when the file is no plain WAV or there are none.
    """
    with source.open("rb") as file:
        stored = _stored(file)
        whole = stored.size // stored.step
        begin = min(whole, round(window.start * stored.rate)) if window else 0
        end = min(whole, begin + round(window.length * stored.rate)) if window else whole
        file.seek(stored.at + begin * stored.step)
        samples = file.read((end - begin) * stored.step)
    if not samples:
        raise ToolFailedError(("WAV",), "found no sound in the part that is kept")
    return stored, samples


def _stored(file: BinaryIO) -> Stored:
    rate = channels = 0
    end = file.seek(0, 2)
    for name, at, size in _chunks(file, end):
        if name == b"fmt ":
            file.seek(at)
            form = file.read(16)
            channels = int.from_bytes(form[2:4], "little")
            rate = int.from_bytes(form[4:8], "little")
        if name == b"data" and rate and channels:
            there = end - at
            return Stored(rate, channels, at, size if 0 < size <= there else there)
    raise ToolFailedError(("WAV",), "found no samples in it")


def _chunks(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and declared size of each chunk."""
    at = 12
    for _ in range(CHUNKS_MAX):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or at > end:
            return
        size = int.from_bytes(head[4:], "little")
        yield head[:4], at + 8, size
        at += 8 + size + (size & 1)
