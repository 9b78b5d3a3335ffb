"""Width, height and depth of formats that only ffmpeg decodes, or decodes better than Pillow.

OpenEXR file layout; Radiance HDR; SMPTE ST 268 (DPX); Netpbm's PAM and PFM; TIFF 6.0.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from ..core.colours import coded
from ..core.media import Fault, ImageFacts
from . import camera
from .faults import UnusableError

HEAD = 64 << 10
LINEAR = coded(1, 8)
"""Values that are light itself, unless a file says otherwise."""
ATTRIBUTES_MAX = 200
CODESTREAM = b"\xff\x4f\xff\x51"
UNKNOWN_LAYOUT = (
    "is a TIFF in a layout that nothing here decodes; save it in RGB with 8 or 16 bits a channel"
)
_TIFF_BITS, _TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_ORIENTATION = 258, 256, 257, 274
_TIFF_PHOTOMETRIC, _LABS = 262, (8, 9, 10)
_TIFF_FORMAT, _FLOATS = 339, 3


def facts(file: BinaryIO, size: int, container: str) -> ImageFacts | None:
    """What the header says; ``None`` for other formats.

    Raises ``struct.error`` when the header makes no sense, or ``UnusableError``.
    """
    file.seek(0)
    if container == "tiff":
        return _tiff(file, size)
    sides = {"exr": _exr, "hdr": _hdr, "dpx": _dpx, "pam": _pam, "pfm": _pfm}
    if container not in sides:
        return None
    width, height = sides[container](file.read(HEAD))
    bits = {"exr": 16, "hdr": 32, "pfm": 32}.get(container)
    return ImageFacts(
        container=container,
        bytes=size,
        width=width,
        height=height,
        bits=bits,
        colours=LINEAR if container in ("exr", "hdr") else None,
        frames=1,
    )


def _exr(head: bytes) -> tuple[int, int]:
    """The window that is shown."""
    at = 8
    for _ in range(ATTRIBUTES_MAX):
        name, _, rest = head[at : at + 600].partition(b"\0")
        kind, _, _ = rest.partition(b"\0")
        at += len(name) + len(kind) + 2
        (length,) = struct.unpack_from("<i", head, at)
        if name == b"displayWindow" and kind == b"box2i":
            left, top, right, bottom = struct.unpack_from("<4i", head, at + 4)
            return right - left + 1, bottom - top + 1
        at += 4 + max(length, 0)
    raise struct.error("no display window")


def _hdr(head: bytes) -> tuple[int, int]:
    found = re.search(rb"\n([-+])([XY]) (\d+) [-+][XY] (\d+)\n", head)
    if found is None:
        raise struct.error("no resolution")
    first, second = int(found[3]), int(found[4])
    return (second, first) if found[2] == b"Y" else (first, second)


def _dpx(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from((">" if head[:4] == b"SDPX" else "<") + "II", head, 772)
    return width, height


def _pam(head: bytes) -> tuple[int, int]:
    told = dict(re.findall(rb"(?m)^(WIDTH|HEIGHT)\s+(\d+)", head.partition(b"ENDHDR")[0]))
    if len(told) < 2:
        raise struct.error("no sides")
    return int(told[b"WIDTH"]), int(told[b"HEIGHT"])


def _pfm(head: bytes) -> tuple[int, int]:
    found = re.match(rb"P[Ff]\s+(\d+)\s+(\d+)\s", head)
    if found is None:
        raise struct.error("no sides")
    return int(found[1]), int(found[2])


def _tiff(file: BinaryIO, size: int) -> ImageFacts | None:
    """The first picture of a TIFF whose layout Pillow does not know."""
    first = next(camera.directories(file), {})
    width, height = (first.get(tag, (0, 0))[1] for tag in (_TIFF_WIDTH, _TIFF_HEIGHT))
    orientation = first.get(_TIFF_ORIENTATION, (0, 0))[1]
    turned = orientation in (5, 6, 7, 8)
    if not width or not height:
        return None
    bits = _listed(file, first, _TIFF_BITS)
    lab = first.get(_TIFF_PHOTOMETRIC, (0, 0))[1] in _LABS
    if lab or ((bits or 0) > 16 and _listed(file, first, _TIFF_FORMAT) != _FLOATS):
        raise UnusableError(Fault.UNSUPPORTED, UNKNOWN_LAYOUT)
    return ImageFacts(
        container="tiff",
        bytes=size,
        width=height if turned else width,
        height=width if turned else height,
        orientation=orientation if 1 <= orientation <= 8 else None,
        bits=bits,
    )


def _listed(file: BinaryIO, first: camera.Directory, tag: int) -> int | None:
    """The first of a tag's short values, which stand elsewhere when there are more than two."""
    count, value = first.get(tag, (0, 0))
    if count <= 1:
        return value or None
    if count == 2:
        return value & 0xFFFF
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    file.seek(value)
    return int(struct.unpack(order + "H", file.read(2))[0])


def j2k_bits(file: BinaryIO) -> int | None:
    """Bits of the deepest channel of a JPEG 2000, by the SIZ marker of its codestream."""
    file.seek(0)
    head = file.read(HEAD)
    at = head.find(CODESTREAM)
    if at < 0 or len(head) < at + 43:
        return None
    count = min(int.from_bytes(head[at + 40 : at + 42], "big"), 16)
    return max((depth & 0x7F) + 1 for depth in head[at + 42 : at + 42 + 3 * count : 3])
