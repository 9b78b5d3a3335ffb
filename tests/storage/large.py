"""Files of two gigabytes that take no room: short media with a hole where more would be."""

from __future__ import annotations

import struct
from pathlib import Path

HOLE = 2_000_000_000


def mp4(short: Path, target: Path, hole: int = HOLE) -> Path:
    """Its index stands behind the hole, as cameras write it."""
    data = short.read_bytes()
    at = data.index(b"mdat") - 4
    assert data[at - 4 : at] in {b"free", b"wide"}, "room for a long length in front of the media"
    (size,) = struct.unpack(">I", data[at : at + 4])
    with target.open("wb") as file:
        file.write(data[: at - 8])
        file.write(struct.pack(">I4sQ", 1, b"mdat", size + 8 + hole))
        file.write(data[at + 8 : at + size])
        file.seek(hole, 1)
        file.write(data[at + size :])
    return target


def wav(target: Path) -> Path:
    """Nearly three hours of silence."""
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", HOLE + 36, b"WAVE", b"fmt ", 16, 1, 2, 48000,
                       192000, 4, 16, b"data", HOLE)  # fmt: skip
    target.write_bytes(head)
    with target.open("r+b") as file:
        file.truncate(len(head) + HOLE)
    return target
