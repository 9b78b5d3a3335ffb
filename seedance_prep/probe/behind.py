"""What starts behind bytes that belong to no format: saved HTTP headers, a stream joined midway.

Transport and program streams are made to be entered anywhere: ffmpeg finds their first packet by
itself. All others must begin at the first byte, and are named with the place where they do. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SEARCHED = 1 << 20
"""Bytes from the start in which something is looked for."""
RESYNC = 64 << 10
"""Bytes that ffmpeg passes over to find a packet (``MAX_RESYNC_SIZE`` in libavformat/mpegts.c)."""
RUN = 10
"""Packets in a row that make a transport stream."""
ENTERED = frozenset({"mpegts", "mpeg"})
"""Streams that may be entered anywhere."""
_PACKS = re.compile(rb"\x00\x00\x01\xba(?=[\x21-\x2f\x44-\x7f])")
"""A pack header of MPEG-1 or MPEG-2 (ISO/IEC 13818-1, 2.5.3.3)."""
_STARTS = (
    (re.compile(rb"(?s)\x00\x00\x00[\x08-\xff]ftyp"), "an MP4 or MOV"),
    (re.compile(rb"\x1aE\xdf\xa3[\x80-\xff\x01]"), "a Matroska or WebM file"),
    (re.compile(rb"(?s)RIFF.{4}AVI LIST"), "an AVI"),
    (re.compile(rb"(?s)RIFF.{4}WAVEfmt "), "a WAV"),
    (re.compile(rb"(?s)RIFF.{4}WEBPVP8"), "a WebP"),
    (re.compile(rb"FLV\x01[\x00-\x05]\x00\x00\x00\x09"), "an FLV"),
    (re.compile(rb"OggS\x00\x02"), "an Ogg stream"),
    (re.compile(rb"\xff\xd8\xff[\xdb\xe0\xe1]"), "a JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "a PNG"),
)


def entered(head: bytes) -> tuple[str, int] | None:
    """The stream that ffmpeg will find, and where its first packet lies."""
    at = next((at for at in _transport(head) if at < RESYNC), None)
    if at is not None:
        return "mpegts", at
    pack = _PACKS.search(head, 0, RESYNC)
    return ("mpeg", pack.start()) if pack else None


def stands(head: bytes) -> tuple[str, int] | None:
    """What starts first, in words, and where; ``None`` when nothing known does."""
    found = [(match.start(), name) for start, name in _STARTS if (match := start.search(head))]
    found += [(at, "an MPEG transport stream") for at in _transport(head)]
    at, name = min(found, default=(0, ""))
    return (name, at) if name else None


def _transport(head: bytes) -> Iterator[int]:
    """Where the first run of packets of 188, 192 or 204 bytes begins, if any does."""
    at = head.find(b"\x47")
    while at >= 0:
        for size, before in ((188, 0), (192, 4), (204, 0)):
            if at >= before and _run(head, at, size):
                yield at - before
                return
        at = head.find(b"\x47", at + 1)


def _run(head: bytes, at: int, size: int) -> bool:
    """Sync bytes, no error bit, and a payload or an adaptation field each (13818-1, 2.4.3.2)."""
    if head[at : at + size * RUN : size] != b"\x47" * RUN:
        return False
    starts = range(at, at + size * RUN, size)
    return all(not head[one + 1] & 0x80 and head[one + 3] & 0x30 for one in starts[:-1])
