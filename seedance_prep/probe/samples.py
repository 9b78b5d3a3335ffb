"""Sample tables of ISO files: how many frames, how long, how even, and where the keyframes are.

``stts``, ``ctts``, ``stss`` (ISO/IEC 14496-12, 8.6) and, for fragmented files, ``tfdt`` and
``trun`` (8.8). All times are ticks of the track's own timescale until they leave this module.
"""

from __future__ import annotations

import array
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise, repeat
from typing import NamedTuple

from .boxes import Box, BrokenBoxesError, Reader, fields
from .cadence import usual_step

ENTRIES_MAX = 1_000_000
"""Rows of one table; a longer one is not read."""
ROWS = {
    b"stts": (4, 8),
    b"ctts": (4, 8),
    b"stss": (4, 4),
    b"stsc": (4, 12),
    b"stco": (4, 4),
    b"co64": (4, 8),
    b"stsz": (8, 4),
    b"stps": (4, 4),
    b"sbgp": (8, 8),
    b"elst": (4, 12),
}
"""Where each table has its count of rows, and bytes per row."""
UNEVEN = 0.02
"""Share of the usual step that a step may deviate by and still count as even: phones jitter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What the sample tables say about one track, in ticks."""

    frames: int
    ticks: int
    """Sum of all steps: the length of the media."""
    even: bool
    """Whether all steps but the last are the same, up to rounding and jitter."""
    first: int = 0
    """Presentation time of the first sample."""
    leading: bool | None = None
    """As :attr:`seedance_prep.core.media.VideoFacts.leading`."""
    usual: Fraction | None = None
    """The step between frames where none is missing; ``None`` when there is no such step."""


class Stored(NamedTuple):
    """One stored picture, in ticks."""

    time: int
    """When it is shown."""
    key: bool
    bytes: int


class Tally:
    """Counts runs of equal steps as they come, so that a long table needs no list of its own."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.frames = 0
        self.ticks = 0
        self._steps: Counter[int] = Counter()
        self._last = 0

    def add(self, count: int, step: int) -> None:
        """Take ``count`` samples of ``step`` ticks each."""
        if count:
            self.frames += count
            self.ticks += count * step
            self._steps[step] += count
            self._last = step

    @property
    def even(self) -> bool:
        """Whether the steps are one frame rate; the last sample's step does not count.

        One tick of rounding is forgiven, and so is :data:`UNEVEN` of the usual step.
        """
        real = +(self._steps - Counter([self._last]))
        if len(real) < 2:
            return True
        usual = real.most_common(1)[0][0]
        slack = max(1.0, usual * UNEVEN)
        return all(abs(step - usual) <= slack for step in real)

    @property
    def usual(self) -> Fraction | None:
        """As :attr:`Timing.usual`; the last sample's step does not count."""
        return usual_step(self._steps - Counter([self._last]))


def runs(reader: Reader, box: Box | None) -> Iterator[tuple[int, int]]:
    """Pairs ``(count, value)`` of ``stts`` or ``ctts``."""
    numbers = _numbers(reader, box, 2)
    return zip(numbers[::2], numbers[1::2], strict=False)


def _numbers(reader: Reader, box: Box | None, columns: int) -> array.array[int]:
    if box is None or box.size < 8:
        return array.array("I")
    (count,) = fields("I", reader.read(box, 8), 4)
    if count > ENTRIES_MAX:
        raise BrokenBoxesError("a sample table has more rows than may be read")
    data = reader.read(box, count * columns * 4, 8)
    return _big_endian(data)


def _big_endian(data: bytes) -> array.array[int]:
    """Whole numbers of four bytes; what is cut off at the end is left out."""
    numbers = array.array("I", data[: len(data) // 4 * 4])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def refuse_lies(reader: Reader, tables: Box) -> None:
    """Raise ``BrokenBoxesError`` when a table declares more rows than it has room for.

    MediaInfo believes such a count and goes through thousands of millions of rows.
    """
    for box in reader.children(tables):
        if box.kind in ROWS:
            count_at, width = ROWS[box.kind]
            head = reader.read(box, count_at + 4)
            later = 4 if box.kind == b"sbgp" and head[:1] == b"\1" else 0
            (count,) = fields("I", reader.read(box, count_at + 4 + later), count_at + later)
            if count * width > box.size and not (box.kind == b"stsz" and any(head[4:8])):
                what = "an edit list" if box.kind == b"elst" else "a sample table"
                raise BrokenBoxesError(f"{what} declares more rows than it holds")


def of_tables(reader: Reader, stbl: Box) -> Timing | None:
    """Timing of a track that has its samples in ``moov``; ``None`` when it has none."""
    tally = Tally()
    for count, step in runs(reader, reader.child(stbl, b"stts")):
        tally.add(count, step)
    _refuse_few(reader, stbl, tally.frames)
    if not tally.frames:
        return None
    _, offset = next(runs(reader, reader.child(stbl, b"ctts")), (0, 0))
    return Timing(
        frames=tally.frames,
        ticks=tally.ticks,
        even=tally.even,
        first=_signed(offset),
        leading=_leading(reader, stbl),
        usual=None if tally.even else _shown(reader, stbl).usual,
    )


def _refuse_few(reader: Reader, stbl: Box, timed: int) -> None:
    """Raise ``BrokenBoxesError`` where only a part of the samples has a time."""
    box = reader.child(stbl, b"stsz")
    if box is not None and box.size >= 12:
        (there,) = fields("I", reader.read(box, 12), 8)
        if timed < there:
            raise BrokenBoxesError(f"{there} samples are there, and times for {timed} of them")


def _shown(reader: Reader, stbl: Box) -> Tally:
    """The steps between frames as they are shown: decoding times of reordered ones tell little."""
    tally = Tally()
    times = sorted(sample.time for sample in stored(reader, stbl))
    for before, after in pairwise(times):
        tally.add(1, after - before)
    return tally


def _leading(reader: Reader, stbl: Box) -> bool:
    """Whether a keyframe waits longer for its turn than the first one does."""
    keys = _numbers(reader, reader.child(stbl, b"stss"), 1)
    table = _numbers(reader, reader.child(stbl, b"ctts"), 2)
    ends, waits = list(accumulate(table[::2])), [_signed(wait) for wait in table[1::2]]
    rows = {bisect_left(ends, key) for key in keys}
    return any(waits[row] > waits[0] for row in rows if row < len(waits))


def _signed(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value


def stored(reader: Reader, stbl: Box) -> Iterator[Stored]:
    """The samples in the order they are decoded; all are keys when there is no ``stss``."""
    table = reader.child(stbl, b"stss")
    sync = set(_numbers(reader, table, 1)) if table else None
    steps = _each(runs(reader, reader.child(stbl, b"stts")))
    offsets = _each(runs(reader, reader.child(stbl, b"ctts")))
    sizes = _sizes(reader, reader.child(stbl, b"stsz"))
    now = 0
    for number, step in enumerate(steps, 1):
        shift = _signed(next(offsets, 0))
        yield Stored(now + shift, sync is None or number in sync, next(sizes, 0))
        now += step


def _sizes(reader: Reader, box: Box | None) -> Iterator[int]:
    if box is None:
        return iter(())
    same, count = fields("II", reader.read(box, 12), 4)
    if same:
        return repeat(same)
    if count > ENTRIES_MAX:
        raise BrokenBoxesError("a sample table has more rows than may be read")
    return iter(_big_endian(reader.read(box, count * 4, 12)[: count * 4]))


def _each(pairs: Iterable[tuple[int, int]]) -> Iterator[int]:
    left = 4 * ENTRIES_MAX
    for count, value in pairs:
        left -= count
        if left < 0:
            raise BrokenBoxesError("a sample table stands for more samples than may be read")
        for _ in range(count):
            yield value


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a fragment, in ticks."""

    time: int
    """When it is shown."""
    step: int
    key: bool
    decoded: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Defaults:
    """What ``trex`` and ``tfhd`` say where ``trun`` is silent."""

    step: int = 0
    size: int = 0
    flags: int = 0


class _Fragments:
    """The samples of one fragmented track, summed up as they come."""

    def __init__(self, sample: Sample) -> None:
        self._tally = Tally()
        self._shown = sample.time
        self._begin = self._end = sample.decoded

    def add(self, sample: Sample) -> None:
        self._tally.add(1, sample.step)
        self._shown = min(self._shown, sample.time)
        self._begin = min(self._begin, sample.decoded)
        self._end = max(self._end, sample.decoded + sample.step)

    @property
    def timing(self) -> Timing:
        tally, ticks = self._tally, self._end - self._begin
        if abs(ticks - tally.ticks) <= 2 * tally.ticks / tally.frames:
            ticks = tally.ticks  # less than two frames: rounding between fragments, no hole
        return Timing(
            frames=tally.frames,
            ticks=ticks,
            even=tally.even,
            first=self._shown,
            usual=tally.usual,
        )


def of_fragments(
    reader: Reader, moofs: Iterable[Box], trexes: dict[int, Defaults]
) -> dict[int, Timing]:
    """Timing of each track of a fragmented file, by track id."""
    tracks: dict[int, _Fragments] = {}
    for number, sample in fragment_samples(reader, moofs, trexes):
        tracks.setdefault(number, _Fragments(sample)).add(sample)
    return {number: found.timing for number, found in tracks.items()}


def fragment_samples(
    reader: Reader, moofs: Iterable[Box], trexes: dict[int, Defaults]
) -> Iterator[tuple[int, Sample]]:
    """Each sample of each fragment with its track id, in file order."""
    clocks: dict[int, int] = {}
    left = ENTRIES_MAX
    for moof in moofs:
        for traf in (box for box in reader.children(moof) if box.kind == b"traf"):
            for track, sample, clock in _traf(reader, traf, trexes, clocks):
                clocks[track] = clock
                left -= 1
                if left < 0:
                    raise BrokenBoxesError("the fragments hold more samples than may be read")
                yield track, sample


def _traf(
    reader: Reader, traf: Box, trexes: dict[int, Defaults], clocks: dict[int, int]
) -> Iterator[tuple[int, Sample, int]]:
    header = reader.child(traf, b"tfhd")
    if header is None:
        return
    track, defaults = _tfhd(reader.read(header), trexes)
    clock = clocks.get(track, 0)
    if start := reader.child(traf, b"tfdt"):
        data = reader.read(start)
        (clock,) = fields("Q" if data[:1] == b"\1" else "I", data, 4)
    for box in reader.children(traf):
        if box.kind == b"trun":
            for sample in _trun(reader.read(box, 16 * ENTRIES_MAX), defaults, clock):
                clock += sample.step
                yield track, sample, clock


def _tfhd(data: bytes, trexes: dict[int, Defaults]) -> tuple[int, Defaults]:
    flags, track = fields("II", data)
    flags &= 0xFFFFFF
    base = trexes.get(track, Defaults())
    at = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
    step = fields("I", data, at)[0] if flags & 8 else base.step
    at += 4 if flags & 8 else 0
    size = fields("I", data, at)[0] if flags & 16 else base.size
    at += 4 if flags & 16 else 0
    return track, Defaults(step, size, fields("I", data, at)[0] if flags & 32 else base.flags)


def _trun(data: bytes, defaults: Defaults, clock: int) -> Iterator[Sample]:
    flags, count = fields("II", data)
    at = 8 + (4 if flags & 1 else 0)
    first_flags = fields("I", data, at)[0] if flags & 4 else None
    at += 4 if flags & 4 else 0
    columns = [flags & bit for bit in (0x100, 0x200, 0x400, 0x800)]
    width = sum(1 for column in columns if column)
    if count > ENTRIES_MAX or (not width and count > 10_000):
        raise BrokenBoxesError("a fragment declares more samples than may be read")
    for number in range(count):
        if at + width * 4 > len(data):
            return
        row = iter(fields("I" * width, data, at))
        step, size, own, shift = (next(row) if column else None for column in columns)
        own = first_flags if number == 0 and first_flags is not None else own
        sync = not (defaults.flags if own is None else own) & 0x10000
        step = defaults.step if step is None else step
        size = defaults.size if size is None else size
        yield Sample(clock + _signed(shift or 0), step, sync, clock, size)
        clock += step
        at += width * 4
