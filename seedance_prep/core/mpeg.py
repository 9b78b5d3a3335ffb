"""Frames of MPEG audio: what their headers say, and the tag that encoders put into the first one.

Layouts: ISO/IEC 11172-3 (2.4.1.3, 2.4.1.7) and 13818-3; the tag as LAME's "MP3 Info Tag" has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from mmap import mmap

DECODER_DELAY = 529
"""Samples by which a decoder of layer III lags behind its encoder; the tag does not count them."""
MARGIN = 64 << 10
"""Bytes of junk between frames that are passed over."""
CHAIN = 3
"""Frames that must follow one another: a sync word alone proves nothing."""

Bytes = bytes | bytearray | mmap

_KILOBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)
_TAGGED = (b"LAME", b"Lavc", b"Lavf", b"L3.9")
"""Writers that note the encoder's delay in the tag."""


@dataclass(frozen=True, slots=True)
class MpegFrame:
    """One frame of MPEG audio."""

    size: int
    """Bytes."""
    rate: int
    """Hertz."""
    samples: int
    layer: int
    bitrate: int
    """Bits per second."""
    ahead: int
    """Of layer III: bytes before the main data, which are the header and the side information."""


@dataclass(frozen=True, slots=True)
class InfoTag:
    """What a Xing, Info or VBRI header says; ``None`` where it is silent."""

    frames: int | None
    bytes: int | None
    delay: int | None = None
    """Samples that the encoder added in front, without the decoder's own :data:`DECODER_DELAY`."""
    padding: int | None = None
    """Samples that it added behind."""


def mpeg_frame(head: Bytes) -> MpegFrame | None:
    """Read the header of an MPEG audio frame; ``None`` when this is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    family = 1 if version == 3 else 2
    bits = _KILOBITS[family, layer][bitrate - 1] * 1000
    hertz = _RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    padding = head[2] >> 1 & 1
    if layer == 1:
        return MpegFrame((12 * bits // hertz + padding) * 4, hertz, 384, 1, bits, 4)
    samples = 576 if family == 2 and layer == 3 else 1152
    size = samples // 8 * bits // hertz + padding
    return MpegFrame(size, hertz, samples, layer, bits, _ahead(head))


def _ahead(head: Bytes) -> int:
    """Bytes of header, checksum and side information of layer III."""
    first, mono = head[1] >> 3 & 3 == 3, head[3] >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return 4 + (0 if head[1] & 1 else 2) + side


def main_data_begin(frame: Bytes) -> int:
    """Bytes before a frame's own main data at which what it plays begins (the bit reservoir)."""
    at = 4 if frame[1] & 1 else 6
    if frame[1] >> 3 & 3 == 3:
        return frame[at] << 1 | frame[at + 1] >> 7
    return frame[at]


def frame_header(like: Bytes, kilobits_index: int) -> bytes:
    """The header of a frame of the same kind at another bit rate: no padding, no checksum."""
    return bytes((0xFF, like[1] | 1, kilobits_index << 4 | like[2] & 0x0C, like[3] & 0xCF))


def info_tag(frame: Bytes) -> InfoTag | None:
    """The tag in what looks like the first frame; ``None`` when it plays, as all others do."""
    body = bytes(frame[:512])
    if body[36:40] == b"VBRI":
        return InfoTag(_number(body, 50), _number(body, 46))
    at = next((found for tag in (b"Xing", b"Info") if (found := body.find(tag, 0, 64)) > 0), 0)
    if not at or len(body) < at + 16:
        return None
    flags, place = body[at + 7], at + 8
    frames = _number(body, place) if flags & 1 else None
    place += 4 * (flags & 1)
    size = _number(body, place) if flags & 2 else None
    place += 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
    three = body[place + 21 : place + 24]
    if body[place : place + 4] not in _TAGGED or len(three) < 3:
        return InfoTag(frames, size)
    word = int.from_bytes(three, "big")
    return InfoTag(frames, size, word >> 12, word & 0xFFF)


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")


def behind_tags(head: Bytes) -> int:
    """Where the sound begins behind the ID3v2 tags in front; may lie behind what is given."""
    at = 0
    while bytes(head[at : at + 3]) == b"ID3" and len(head) >= at + 10:
        size = 0
        for byte in bytes(head[at + 6 : at + 10]):
            size = size << 7 | byte & 0x7F
        at += 10 + size + (10 if head[at + 5] & 0x10 else 0)
    return at


@cache
def sizes(first: int, second: int) -> Sequence[int]:
    """Bytes of a layer III frame by the second and third byte of its header; 0 where the sound
    would change its version or sample rate.
    """
    found = [0] * (1 << 16)
    for one in (first | 1, first & 0xFE):
        for two in range(1 << 8):
            frame = mpeg_frame(bytes((0xFF, one, two, 0)))
            if frame and two & 0x0C == second & 0x0C:
                found[one << 8 | two] = frame.size
    return found


def next_frame(data: Bytes, at: int, table: Sequence[int]) -> int | None:
    """Where the next frame begins, at ``at`` or behind junk; ``None`` at the end of the sound."""
    end = min(len(data) - 4, at + MARGIN)
    while (at := data.find(b"\xff", at, end)) >= 0:
        if chained(data, at, table):
            return at
        at += 1
    return None


def chained(data: Bytes, at: int, table: Sequence[int]) -> bool:
    """Whether frames follow one another from here, up to the sound's end."""
    for _ in range(CHAIN):
        if at + 4 > len(data):
            return True
        size = table[data[at + 1] << 8 | data[at + 2]] if data[at] == 0xFF else 0
        if not size:
            return bytes(data[at : at + 3]) == b"TAG" or bytes(data[at : at + 8]) == b"APETAGEX"
        at += size
    return True


def steady_seconds(head: Bytes, size: int) -> float | None:
    """Seconds of ``size`` bytes that go on as they begin: what readers assume without a tag."""
    frame = mpeg_frame(head)
    if frame is None:
        return None
    table, at, samples = sizes(head[1], head[2]), 0, 0
    while at + 4 <= len(head) and head[at] == 0xFF:
        step = table[head[at + 1] << 8 | head[at + 2]]
        if not step:
            break
        at, samples = at + step, samples + frame.samples
    return size * samples / at / frame.rate if at else None
