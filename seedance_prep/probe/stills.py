"""Headers of pictures that Pillow does not open, or opens only in part."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import BinaryIO

from ..core.media import Fault, ImageFacts
from . import jxl, movie, rare
from .boxes import BrokenBoxesError, Reader
from .exif import Noted, of_bytes
from .faults import UnusableError
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
    return rare.facts(file, size, container)


def _jxl(file: BinaryIO, size: int) -> ImageFacts | None:
    told = jxl.header(file.read(jxl.HEAD))
    if told is None:
        return ImageFacts(container="jxl", bytes=size)
    return ImageFacts(
        container="jxl",
        bytes=size,
        width=told.width,
        height=told.height,
        bits=told.bits,
        alpha=told.alpha,
    )


def _jpeg(file: BinaryIO, size: int) -> ImageFacts | None:
    """Size and depth from the frame header; Pillow refuses samples of 12 bits."""
    file.seek(2)
    told = Noted()
    for _ in range(SEGMENTS_MAX):
        mark, kind, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or kind == 0xDA or length < 2:
            return None
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            bits, height, width, parts = struct.unpack(">BHHB", file.read(6))
            mode = {1: "L", 3: "RGB", 4: "CMYK"}.get(parts)
            if not width or not height or bits == 8:
                return None
            if told.orientation in (5, 6, 7, 8):
                width, height = height, width
            return ImageFacts(
                container="jpeg",
                bytes=size,
                width=width,
                height=height,
                orientation=told.orientation,
                bits=bits,
                mode=mode,
                alpha=False,
                colours=told.colours,
                frames=1,
                gps=told.gps,
            )
        body = file.read(length - 2)
        if kind == 0xE1 and body.startswith(b"Exif\0\0"):
            told = of_bytes(body)
    return None


def _psd(file: BinaryIO, size: int) -> ImageFacts | None:
    version, parts, height, width, bits, mode = struct.unpack(">4xH6xHIIHH", file.read(26))
    if version != 1 or not width or not height:
        return None
    if bits == 32:
        says = "is a PSD with 32 bits per channel, which nothing here reads; save it with 8 or 16"
        raise UnusableError(Fault.UNSUPPORTED, says)
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
