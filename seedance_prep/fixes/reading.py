"""Read any still: upright, at full size, with eight bits, and with its colour profile beside it."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops

from .. import pictures, process
from ..core.colours import of_png
from ..core.decoders import PIXELS_MAX, REFUSALS
from ..core.media import ImageFacts
from ..errors import ToolFailedError
from . import cgbi, light, tool
from .eight_bit import eight_bit
from .filled import refuse_filled
from .profiles import profile

TOO_MANY = f"is not given a picture of more than {PIXELS_MAX // 1_000_000} million pixels"
CAPTURED = 1 << 30
DEADLINE_MIN = 20.0
PIXELS_PER_SECOND = 1_000_000
"""A hundredth of what a common machine decodes."""
TOLD = "told colours"
"""Where colours that ffmpeg found are kept beside what Pillow tells of a picture."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a picture with each EXIF orientation upright."""
UPRIGHT = pictures.TURNED | {"jxl"}
"""Formats that come upright from their decoders."""
WAITING = frozenset({"jxl"})
"""Formats whose decoder waits for the rest of a cut file for ever, unless ffmpeg ends at faults."""
LARGE = 64_000_000
"""Pixels from which a JPEG is decoded no larger than needed."""


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Tell whatever a decoder raises inside the block as one sentence about the picture.

    Raises ``ToolFailedError``.
    """
    try:
        yield
    except Image.DecompressionBombError as error:
        raise ToolFailedError(("Pillow",), TOO_MANY) from error
    except REFUSALS as error:
        raise ToolFailedError(("Pillow",), f"cannot decode the picture: {error}") from error


def upright(
    source: Path, facts: ImageFacts, scale: float = 1.0
) -> tuple[Image.Image, bytes | None]:
    """The first picture of a file as it is held, in eight bits, and its colour profile.

    ``scale`` is the part of its sides that is needed: a JPEG may come smaller than it is, but
    not smaller than that. High dynamic range comes as sRGB already. Raises whatever decoders
    raise: call it inside :func:`refusing`.
    """
    if facts.colours and facts.colours.hdr:
        picture, colours = light.standard(source, facts), None
    else:
        picture, colours = _decoded(source, facts, scale)
    if facts.preview is None and facts.container in UPRIGHT and not _lies(facts):
        return picture, colours
    turn = TURNS.get(facts.orientation or 1)
    return (picture if turn is None else picture.transpose(turn)), colours


def _lies(facts: ImageFacts) -> bool:
    """Whether no box has turned a HEIF that was held on its side: else none is told of it."""
    return facts.container in ("heic", "heif") and facts.orientation in (5, 6, 7, 8)


def _decoded(source: Path, facts: ImageFacts, scale: float) -> tuple[Image.Image, bytes | None]:
    with source.open("rb") as file:
        opened, bits = _opened(file, source, facts)
        with opened:
            _draft_mode(opened, scale)
            _affordable(opened)
            opened.load()
            if facts.preview is None:
                refuse_filled(opened, source)
            embedded = opened.info.get("icc_profile")
            told = opened.info.get(TOLD) or facts.colours
            picture = eight_bit(_inked(opened), bits)
            if opened.info.get("opaque"):
                picture = picture.convert("RGB")
    return picture, embedded or (profile(told) if told else None)


def _opened(file: BinaryIO, source: Path, facts: ImageFacts) -> tuple[Image.Image, int | None]:
    """The first picture of a file, not decoded yet, and how many bits its channels fill."""
    if facts.preview:
        start, count = facts.preview
        file.seek(start)
        return pictures.opened(io.BytesIO(file.read(count)), "jpeg"), facts.bits
    if facts.container == "cgbi":
        return cgbi.opened(file, facts), facts.bits
    if facts.container in ("jp2", "j2k") and (facts.bits or 8) > 8:
        deep = _through_ffmpeg(source, facts)  # of Pillow's white much would turn black
        deep.info["icc_profile"] = pictures.jp2_profile(file)
        return deep, None
    try:
        return pictures.opened(file, facts.container), facts.bits
    except REFUSALS:
        if facts.demuxer is None:
            raise
        return _through_ffmpeg(source, facts), None  # in a PNG 8 or 16 bits are always filled


def _affordable(opened: Image.Image) -> None:
    """Of a progressive JPEG all coefficients are held, however small it is decoded."""
    pixels = opened.width * opened.height
    if opened.info.get("progressive") and (settings := getattr(opened, "decoderconfig", ())):
        pixels *= settings[0] ** 2
    if pixels > PIXELS_MAX:
        raise ToolFailedError(("Pillow",), TOO_MANY)


def _inked(opened: Image.Image) -> Image.Image:
    """Inks as Pillow means them: full is 255.

    Adobe writes them the other way round into JPEGs and leaves a marker; Pillow turns all over.
    """
    if opened.format != "JPEG" or opened.mode != "CMYK" or "adobe" in opened.info:
        return opened
    return ImageChops.invert(opened)


def _through_ffmpeg(source: Path, facts: ImageFacts) -> Image.Image:
    """The first picture of what Pillow cannot open, with its profile, as ffmpeg decodes it."""
    assert facts.demuxer is not None
    argv = ["-nostdin", "-hide_banner", "-v", "error"]
    argv += ["-xerror"] if facts.container in WAITING else []
    argv += [] if facts.container in UPRIGHT else ["-noautorotate"]
    argv += ["-protocol_whitelist", "file,pipe", "-f", facts.demuxer]
    argv += ["-i", f"file:{source.absolute()}"]
    argv += ["-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"]
    done = tool.ffmpeg(argv, process.Bounds(seconds=_deadline(facts), captured=CAPTURED))
    if not done.stdout:
        raise ToolFailedError(("ffmpeg", *argv), "found no picture to decode", done.stderr)
    decoded = pictures.opened(io.BytesIO(done.stdout), "png")
    told = of_png(_chunks(done.stdout))
    if told and told.hdr:
        return light.of_png(done.stdout, told)
    decoded.info[TOLD] = told
    return decoded


def _deadline(facts: ImageFacts) -> float:
    """Seconds that a decoder may take: some turn in circles over damaged bytes for ever."""
    return DEADLINE_MIN + (facts.width or 0) * (facts.height or 0) / PIXELS_PER_SECOND


def _chunks(png: bytes) -> dict[bytes, bytes]:
    """What stands in front of the pixels of a PNG that ffmpeg wrote."""
    found, at = {}, 8
    while (kind := png[at + 4 : at + 8]) not in (b"IDAT", b""):
        length = int.from_bytes(png[at : at + 4], "big")
        found[kind] = png[at + 8 : at + 8 + length]
        at += length + 12
    return found


def _draft_mode(opened: Image.Image, scale: float) -> None:
    """Let a JPEG decode smaller when it is scaled down a lot anyway (only ever by 2, 4 or 8).

    Twice the size that is wanted stays, for sharpness; just that size of a large one.
    """
    if opened.format != "JPEG" or scale >= 1:
        return
    share = scale if opened.width * opened.height > LARGE else 2 * scale
    opened.draft(None, (math.ceil(opened.width * share), math.ceil(opened.height * share)))
