"""Cut an MP3 between its frames, without decoding it.

The frames of the window stay bit for bit. In front of them stands a tag that tells the length, and
a silent frame or two that carry the bytes which the first ones borrow from before the window (the
bit reservoir), so that the very first one plays. Silence stands behind them, too. As frames
overlap, the sound rises and falls by itself at both ends. From :data:`SETTLED` samples behind the
cut on, it is the same as the source's, sample for sample.
"""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from ..core.mpeg import (
    DECODER_DELAY,
    InfoTag,
    MpegFrame,
    behind_tags,
    chained,
    frame_header,
    info_tag,
    main_data_begin,
    mpeg_frame,
    next_frame,
    sizes,
)
from ..core.plan import Window
from ..errors import OutputError, ToolFailedError

SETTLED = 576 + 480
"""Samples that an edge is heard for: half of two overlapping blocks, and the memory of the filter
bank (ISO/IEC 11172-3, 2.4.3.2)."""
BORROWED_FRAMES = 64
"""Frames before the window from which bytes can be borrowed: 511 bytes of the smallest frames."""
SLACK = 0.1
"""Seconds by which a reader that takes the silent frames for sound may see more than the window:
what a plan keeps free per file."""
OPENING_MAX = 1 << 16
"""Bytes of junk in front of the first frame that are passed over."""
FRAME_MAX = 1441
"""Bytes of the largest frame of layer III."""
LOOKED_UP = 64
"""Places at which the frames of a long stretch of one bit rate are looked up."""
PLACES = 100
"""Entries of the tag's table of places."""

Place = tuple[int, int]
"""Begin and end of a frame in the file."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The frames of a window."""

    data: mmap.mmap
    kept: Sequence[Place]
    before: Sequence[Place]
    """Frames before them, as far as bytes may be borrowed from."""
    tag: InfoTag | None
    whole: bool
    """Whether the sound ends with them."""

    @property
    def like(self) -> bytes:
        """The first frame of the window."""
        return self.data[self.kept[0][0] : self.kept[0][1]]

    @property
    def frame(self) -> MpegFrame:
        """What its header says."""
        return _read(self.like)

    @property
    def delay(self) -> int | None:
        """Samples in front that the source's own tag leaves out; ``None`` behind a cut."""
        return self.tag.delay if self.tag and not self.before else None

    @property
    def padding(self) -> int | None:
        """The same behind the window."""
        return self.tag.padding if self.tag and self.whole else None


def cut(source: Path, window: Window | None, target: Path) -> float:
    """Write the frames of the window (or all), and give the seconds that they play.

    Raises ``ToolFailedError`` when there are none, ``OutputError`` when nothing can be written.
    """
    with (
        source.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        made, seconds = _cut(data, window)
    try:
        target.write_bytes(made)
    except OSError as error:
        raise OutputError(f"the sound cannot be written: {error.strerror}") from error
    return seconds


def _cut(data: mmap.mmap, window: Window | None) -> tuple[bytes, float]:
    stretch = _walked(data, window)
    made, samples = _assembled(stretch, window)
    return made, samples / stretch.frame.rate


def _walked(data: mmap.mmap, window: Window | None) -> Stretch:
    """From frame to frame up to the window's end."""
    at = _opening(data)
    frame = _read(data[at : at + 4])
    tag = info_tag(data[at : at + frame.size])
    skipped = tag.delay + DECODER_DELAY if tag and tag.delay is not None else 0
    begin, end = _numbers(window, frame, skipped)
    before: deque[Place] = deque(maxlen=BORROWED_FRAMES)
    kept: list[Place] = []
    number = 0
    table = _sizes(data[at : at + 4])
    reached, at = _passed(data, at + frame.size if tag else at, table, begin - BORROWED_FRAMES)
    for number, place in enumerate(_places(data, at, table), reached):
        if end is not None and number >= end:
            return Stretch(data, kept, tuple(before), tag, whole=False)
        (before if number < begin else kept).append(place)
    if not kept:
        raise ToolFailedError(("MP3",), "found no sound in the part that is kept")
    if tag and tag.frames != number + 1:  # not the end that its padding was meant for
        tag = replace(tag, padding=None)
    return Stretch(data, kept, tuple(before), tag, whole=True)


def _opening(data: mmap.mmap) -> int:
    """Where the first frame is."""
    at = behind_tags(data)
    for place in range(at, min(at + OPENING_MAX, len(data) - 4)):
        if data[place] == 0xFF and (frame := mpeg_frame(data[place : place + 4])):
            end = place + 4 * FRAME_MAX
            if frame.layer == 3 and chained(data[place:end], 0, _sizes(data[place : place + 4])):
                return place
    raise ToolFailedError(("MP3",), "found no frames in it")


def _sizes(head: bytes) -> Sequence[int]:
    return sizes(head[1], head[2])


def _read(data: mmap.mmap | bytes) -> MpegFrame:
    frame = mpeg_frame(data[:4])
    assert frame is not None
    return frame


def _passed(data: mmap.mmap, at: int, table: Sequence[int], count: int) -> Place:
    """Number and place of a frame that is not behind the one of number ``count``."""
    if count <= 0:
        return 0, at
    if (place := _jumped(data, at, table, count)) is not None:
        return count, place
    end, number = len(data) - 4, 0
    while number < count and at < end and data[at] == 0xFF:
        size = table[data[at + 1] << 8 | data[at + 2]]
        if not size:
            break
        at += size
        number += 1
    return number, at


def _jumped(data: mmap.mmap, at: int, table: Sequence[int], count: int) -> int | None:
    """Where that frame is when all before it are of one size, within a byte of padding.

    Looked up at many places between: junk or another size anywhere would shift all behind it.
    """
    frame = mpeg_frame(data[at : at + 4])
    if frame is None:
        return None
    size = Fraction(frame.samples * frame.bitrate, 8 * frame.rate)
    place: int | None = None
    for part in range(1, LOOKED_UP + 1):
        near = at + floor(count * part // LOOKED_UP * size)
        fits = (one for one in range(near - 2, near + 3) if _same(data, at, one, table))
        place = next(fits, None)
        if place is None:
            return None
    return place


def _same(data: mmap.mmap, at: int, place: int, table: Sequence[int]) -> bool:
    """Whether a frame of the same bit rate as the one at ``at`` begins there."""
    head = data[place : place + FRAME_MAX * 4]
    alike = len(head) > 4 and head[0] == 0xFF and head[2] >> 4 == data[at + 2] >> 4
    return alike and chained(head, 0, table)


def _places(data: mmap.mmap, at: int, table: Sequence[int]) -> Iterator[Place]:
    """Each frame from ``at`` on; junk between them is passed over."""
    length = len(data)
    place: int | None = at
    while place is not None and place + 4 <= length:
        size = table[data[place + 1] << 8 | data[place + 2]] if data[place] == 0xFF else 0
        if size and place + size > length:
            return
        if size:
            yield place, place + size
            place += size
        else:
            place = next_frame(data, place, table)


def _numbers(window: Window | None, frame: MpegFrame, skipped: int) -> tuple[int, int | None]:
    """The number of the window's first frame, and of the one behind its last."""
    if window is None:
        return 0, None
    begin = floor((window.start * frame.rate + skipped) / frame.samples + 0.5)
    count = max(1, floor(window.length * frame.rate / frame.samples))
    return (begin, begin + count) if window.start > 0 else (0, count)


def _assembled(stretch: Stretch, window: Window | None) -> tuple[bytes, int]:
    """The bytes of the new file, and how many samples it plays."""
    frame = stretch.frame
    lead = _lead(stretch) if stretch.delay is None else []
    tail = _tail(stretch) if stretch.padding is None else []
    kept = stretch.kept[: _room(window, frame, len(lead) + len(tail))]
    sound = [stretch.data[begin:end] for begin, end in kept]
    frames = [*lead, *sound, *tail]
    delay = stretch.delay if stretch.delay is not None else _led(len(lead), frame)
    padding = stretch.padding
    if padding is None:
        more = 0 if stretch.whole else SETTLED
        padding = len(tail) * frame.samples + DECODER_DELAY - more
    samples = len(frames) * frame.samples - delay - padding
    return b"".join([_tag(stretch.like, frames, delay, padding), *frames]), samples


def _led(count: int, frame: MpegFrame) -> int:
    """The tag's delay that begins behind so many frames."""
    return count * frame.samples - DECODER_DELAY


def _room(window: Window | None, frame: MpegFrame, silent: int) -> int | None:
    """Frames for which there is room when silent ones and the tag's are counted, too."""
    if window is None:
        return None
    return max(1, floor((window.length + SLACK) * frame.rate / frame.samples) - silent - 1)


def _lead(stretch: Stretch) -> list[bytes]:
    """A silent frame that holds at its end what the window's first frame borrows.

    Of the source's bit rate, or the lowest above it that has the room.
    """
    like = stretch.like
    need = main_data_begin(like)
    for index in range(like[2] >> 4, 15):
        silent = _silent(like, index)
        if len(silent) - _read(silent).ahead >= need:
            borrowed = _borrowed(stretch, need)
            return [silent[: len(silent) - need] + borrowed]
    raise ToolFailedError(("MP3",), "found no frame that holds what the first one borrows")


def _borrowed(stretch: Stretch, need: int) -> bytes:
    """The last bytes of main data before the window; zeros where the source has none."""
    found = b""
    for begin, end in reversed(stretch.before):
        if len(found) >= need:
            break
        frame = stretch.data[begin:end]
        found = frame[_read(frame).ahead :] + found
    return found[-need:].rjust(need, b"\0") if need else b""


def _tail(stretch: Stretch) -> list[bytes]:
    count = ceil(SETTLED / stretch.frame.samples)
    return [_silent(stretch.like, stretch.like[2] >> 4)] * count


def _silent(like: bytes, index: int) -> bytes:
    """A frame without sound: its side information says that no bits follow."""
    head = frame_header(like, index)
    return head.ljust(_read(head).size, b"\0")


def _tag(like: bytes, frames: Sequence[bytes], delay: int, padding: int) -> bytes:
    """The frame in front that plays nothing and tells how long the others are."""
    ends = [0]
    for frame in frames:
        ends.append(ends[-1] + len(frame))
    steady = len({frame[2] >> 4 for frame in frames}) == 1
    numbers = len(frames).to_bytes(4, "big") + ends[-1].to_bytes(4, "big")
    table = bytes(ends[len(frames) * part // PLACES] * 256 // ends[-1] for part in range(PLACES))
    edges = (delay << 12 | padding).to_bytes(3, "big")
    lame = b"Lavf".ljust(9, b" ") + bytes(12) + edges + bytes(12)
    body = (b"Info" if steady else b"Xing") + b"\0\0\0\7" + numbers + table + lame
    for index in range(like[2] >> 4, 15):
        head = _silent(like, index)
        at = _read(head).ahead
        if at + len(body) <= len(head):
            return head[:at] + body + head[at + len(body) :]
    raise ToolFailedError(("MP3",), "found no frame that holds the tag")
