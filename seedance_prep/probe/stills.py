"""Headers of pictures that Pillow does not open, or opens only in part."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import BinaryIO

from ..core.media import ImageFacts
from . import configs, jxl, movie
from .boxes import BrokenBoxesError, Reader
from .formats import PICTURES

SEGMENTS_MAX = 2000
_PSD_MODES = {0: "1", 1: "L", 2: "P", 3: "RGB", 4: "CMYK", 9: "LAB"}


def facts(file: BinaryIO, size: int, container: str) -> ImageFacts | None:
    """What the header says, or ``None`` when it is damaged."""
    file.seek(0)
    try:
        found = _read(file, size, container)
    except (struct.error, IndexError, BrokenBoxesError):
        return None
    return replace(found, demuxer=PICTURES[container]) if found else None


def _read(file: BinaryIO, size: int, container: str) -> ImageFacts | None:
    match container:
        case "jpeg":
            return _jpeg(file, size)
        case "psd":
            return _psd(file, size)
        case "jxl":
            return _jxl(file, size)
        case "heic" | "heif" | "avif":
            return _sequence(file, size, container)
        case "exr" | "hdr" | "dpx":
            return ImageFacts(container=container, bytes=size)
    return None


def _jxl(file: BinaryIO, size: int) -> ImageFacts | None:
    width, height = jxl.size(file.read(4096)) or (None, None)
    return ImageFacts(container="jxl", bytes=size, width=width, height=height)


def _jpeg(file: BinaryIO, size: int) -> ImageFacts | None:
    """Size and depth from the frame header; Pillow refuses samples of 12 bits."""
    file.seek(2)
    for _ in range(SEGMENTS_MAX):
        mark, kind, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or kind == 0xDA:
            return None
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            bits, height, width, parts = struct.unpack(">BHHB", file.read(6))
            mode = {1: "L", 3: "RGB", 4: "CMYK"}.get(parts)
            if not width or not height or bits == 8:
                return None
            return ImageFacts(
                container="jpeg",
                bytes=size,
                width=width,
                height=height,
                bits=bits,
                mode=mode,
                alpha=False,
                frames=1,
            )
        file.seek(length - 2, 1)
    return None


def _psd(file: BinaryIO, size: int) -> ImageFacts | None:
    version, parts, height, width, bits, mode = struct.unpack(">4xH6xHIIHH", file.read(26))
    if version != 1 or not width or not height:
        return None
    name = _PSD_MODES.get(mode)
    return ImageFacts(
        container="psd",
        bytes=size,
        width=width,
        height=height,
        bits=bits,
        mode=name,
        alpha=parts > 3 if name == "RGB" else None,
        frames=1,
    )


def _sequence(file: BinaryIO, size: int, container: str) -> ImageFacts | None:
    """A HEIF file whose pictures are a track, as burst and live photos have them."""
    found = movie.read(Reader(file, size))
    for track in found.tracks if found else ():
        if track.handler in movie.PICTURES and track.entry.width and track.timing:
            width, height = track.entry.width, track.entry.height
            return ImageFacts(
                container=container,
                bytes=size,
                width=width,
                height=height,
                frames=track.timing.frames,
            )
    return None


def av1_bits(file: BinaryIO) -> int | None:
    """Bits per sample of an AVIF, from the first ``av1C`` among its item properties."""
    size = file.seek(0, 2)
    reader = Reader(file, size)
    try:
        meta = next((box for box in reader.top() if box.kind == b"meta"), None)
        inner = reader.children(meta, 4) if meta else ()
        ipco = reader.child(next((b for b in inner if b.kind == b"iprp"), None), b"ipco")
        found = reader.child(ipco, b"av1C")
        read = configs.config(b"av1C", reader.read(found)) if found else None
    except BrokenBoxesError:
        return None
    return read.bits if read else None
