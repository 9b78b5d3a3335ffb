"""Files as faults, accidents and strangers make them: real ones with some of their bytes changed.

Changes are values, so that hypothesis can show the fewest and smallest that make a test fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SMALL = 200_000
"""Bytes of a file that is changed: what is small is read often."""
HEAD = 64
"""Bytes that most changes leave alone: without its signature a file gets no further."""
NEAR = 4096
"""Bytes at either end in which headers and indexes stand."""
CHANGES = 6
LENGTHS = (0, 1, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


class Change(Protocol):
    """Something done to the bytes of a file."""

    def __call__(self, data: bytearray) -> None: ...


@dataclass(frozen=True)
class Place:
    """Where a change is made: so many bytes from the start, or from the end."""

    distance: int
    from_end: bool

    def within(self, data: bytearray) -> int:
        at = len(data) - 1 - self.distance if self.from_end else HEAD + self.distance
        return min(max(at, 0), max(len(data) - 1, 0))


@dataclass(frozen=True)
class Put:
    """Other bytes, as many."""

    place: Place
    new: bytes

    def __call__(self, data: bytearray) -> None:
        at = self.place.within(data)
        data[at : at + len(self.new)] = self.new


@dataclass(frozen=True)
class Cut:
    """Nothing from here on."""

    place: Place

    def __call__(self, data: bytearray) -> None:
        del data[self.place.within(data) :]


@dataclass(frozen=True)
class Drop:
    """Some bytes are gone, and the rest moves up."""

    place: Place
    count: int

    def __call__(self, data: bytearray) -> None:
        at = self.place.within(data)
        del data[at : at + self.count]


@dataclass(frozen=True)
class Repeat:
    """Some bytes stand there more than once."""

    place: Place
    count: int
    times: int

    def __call__(self, data: bytearray) -> None:
        at = self.place.within(data)
        data[at:at] = data[at : at + self.count] * self.times


def places() -> SearchStrategy[Place]:
    """Near the start or the end, mostly; anywhere otherwise."""
    distance = st.integers(0, NEAR) | st.integers(0, SMALL)
    return st.builds(Place, distance, st.booleans())


def lengths() -> SearchStrategy[bytes]:
    """Numbers that count something, at their extremes, in either order of bytes."""
    orders = st.sampled_from(("big", "little"))
    widths = st.sampled_from((2, 4, 8))
    return st.builds(_number, st.sampled_from(LENGTHS), widths, orders)


def _number(value: int, width: int, order: str) -> bytes:
    value &= (1 << 8 * width) - 1
    return value.to_bytes(width, "big" if order == "big" else "little")


def changes() -> SearchStrategy[Change]:
    """One change."""
    counts = st.sampled_from((1, 2, 4, 16, 256, 4096))
    return st.one_of(
        st.builds(Put, places(), st.binary(min_size=1, max_size=4)),
        st.builds(Put, places(), lengths()),
        st.builds(Cut, places()),
        st.builds(Drop, places(), counts),
        st.builds(Repeat, places(), counts, st.integers(1, 8)),
    )


@dataclass(frozen=True)
class Mutant:
    """A file, and what was done to it."""

    source: Path
    changes: tuple[Change, ...]

    def data(self) -> bytes:
        data = bytearray(self.source.read_bytes())
        for change in self.changes:
            change(data)
        return bytes(data)


def mutants(files: Sequence[Path]) -> SearchStrategy[Mutant]:
    """Changed copies of small files; ``data()`` makes the bytes."""
    done = st.lists(changes(), min_size=1, max_size=CHANGES).map(tuple)
    return st.builds(Mutant, st.sampled_from(files), done)


def small(folder: Path) -> list[Path]:
    """The files of a folder that are worth changing, in the same order everywhere."""
    known = {".jpg", ".png", ".gif", ".heic", ".mp4", ".mov", ".webm", ".ts", ".wav", ".mp3",
             ".m4a", ".opus"}  # fmt: skip
    found = sorted(path for path in folder.iterdir() if path.suffix in known)
    return [path for path in found if path.stat().st_size <= SMALL]
