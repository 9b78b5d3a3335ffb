"""Read any still: upright, at full size, with eight bits, and with its colour profile beside it."""

from __future__ import annotations

import contextlib
import io
import math
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from .. import process
from ..core.decoders import REFUSALS
from ..core.media import ImageFacts
from ..errors import ToolFailedError
from . import tool
from .eight_bit import eight_bit

PIXELS_MAX = 2 * 89_478_485
"""Pixels that are decoded at most: where Pillow itself refuses, two thirds of a gigabyte in RGBA.

A JPEG may hold more, since it can be decoded smaller.
"""
TOO_MANY = f"is not given a picture of more than {PIXELS_MAX // 1_000_000} million pixels"
CAPTURED = 1 << 30

_opening = threading.Lock()


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
    not smaller than that. Raises whatever decoders raise: call it inside :func:`refusing`.
    """
    opened, bits = _opened(source, facts)
    with opened:
        _draft_mode(opened, scale)
        _affordable(opened)
        opened.load()
        profile = opened.info.get("icc_profile")
        picture = ImageOps.exif_transpose(opened)
    return eight_bit(picture, bits), profile


def _opened(source: Path, facts: ImageFacts) -> tuple[Image.Image, int | None]:
    """The first picture of a file, not decoded yet, and how many bits its channels fill."""
    if facts.preview:
        return _preview(source, facts, facts.preview), facts.bits
    if facts.container == "jpeg" and (facts.width or 0) * (facts.height or 0) > PIXELS_MAX:
        # Image.open would refuse its size, before it is known that a part of it is decoded
        return JpegImagePlugin.JpegImageFile(source), facts.bits
    if facts.container in ("heic", "heif"):
        import pillow_heif

        pillow_heif.register_heif_opener()
    try:
        return _quietly(source), facts.bits
    except UnidentifiedImageError:
        return _through_ffmpeg(source, facts), None  # in a PNG 8 or 16 bits are always filled


def _preview(source: Path, facts: ImageFacts, place: tuple[int, int]) -> Image.Image:
    """The JPEG inside a camera's raw file, which says itself how to hold it."""
    with source.open("rb") as file:
        file.seek(place[0])
        opened = _quietly(io.BytesIO(file.read(place[1])))
    opened.getexif()[ExifTags.Base.Orientation] = facts.orientation or 1
    return opened


def _affordable(opened: Image.Image) -> None:
    """Of a progressive JPEG all coefficients are held, however small it is decoded."""
    pixels = opened.width * opened.height
    if opened.info.get("progressive"):
        pixels *= (getattr(opened, "decoderconfig", (1,))[0] or 1) ** 2
    if pixels > PIXELS_MAX:
        raise ToolFailedError(("Pillow",), TOO_MANY)


def _quietly(source: Path | io.BytesIO) -> Image.Image:
    """Pillow's warnings of many pixels and odd tags are ours to judge, and nothing for people."""
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = Image.open(source)
        if opened.format == "TIFF":
            opened.getexif()  # kept; read while decoding, its warnings would reach people
        return opened


def _through_ffmpeg(source: Path, facts: ImageFacts) -> Image.Image:
    """The first picture of what Pillow cannot open, with its profile, as ffmpeg decodes it."""
    if facts.demuxer is None:
        raise ToolFailedError(("Pillow",), f"cannot read this {facts.container} picture")
    argv = ["-nostdin", "-hide_banner", "-v", "error"]
    argv += [
        "-protocol_whitelist",
        "file,pipe",
        "-f",
        facts.demuxer,
        "-i",
        f"file:{source.absolute()}",
    ]
    argv += ["-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"]
    done = tool.ffmpeg(argv, process.Bounds(captured=CAPTURED))
    if not done.stdout:
        raise ToolFailedError(("ffmpeg", *argv), "found no picture to decode", done.stderr)
    return _quietly(io.BytesIO(done.stdout))


def _draft_mode(opened: Image.Image, scale: float) -> None:
    """Let a JPEG decode smaller when it is scaled down a lot anyway (only ever by 2, 4 or 8).

    Twice the size that is wanted stays, for sharpness; just that size of what is too large whole.
    """
    if opened.format != "JPEG" or scale >= 1:
        return
    giant = opened.width * opened.height > PIXELS_MAX
    share = scale if giant else 2 * scale
    opened.draft(None, (math.ceil(opened.width * share), math.ceil(opened.height * share)))
