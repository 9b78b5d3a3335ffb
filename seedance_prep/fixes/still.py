"""Make a JPEG, PNG or WebP: upright, in sRGB, with eight bits, without metadata.

No profile is embedded: a picture without one is read as sRGB everywhere, and a profile made here
would carry the time of its making into the bytes.
"""

from __future__ import annotations

import io
import math
import struct
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from .. import process
from ..core.media import ImageFacts
from ..core.plan import ImageRecipe, Size, Step
from ..errors import OutputError, ToolFailedError
from . import tool
from .draft import Draft
from .eight_bit import eight_bit
from .icc import to_srgb
from .squeeze import squeezed

PIXELS_MAX = 2 * 89_478_485
"""Pixels that are decoded at most: where Pillow itself refuses, two thirds of a gigabyte in RGBA.

A JPEG may hold more, since it can be decoded smaller.
"""
TOO_MANY = f"is not given a picture of more than {PIXELS_MAX // 1_000_000} million pixels"
EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
CAPTURED = 1 << 30
TRANSPARENT = ("LA", "RGBA")
UNREADABLE = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
"""All that decoders have been seen to raise over damaged pictures."""

_opening = threading.Lock()


def make_still(
    step: Step,
    recipe: ImageRecipe,
    folder: Path,
    told: Callable[[float], None],
    rate_factor: float,
) -> Draft:
    """Encode one picture. Raises as :func:`seedance_prep.fixes.make` says."""
    facts, source = step.media.facts, step.media.path
    assert isinstance(facts, ImageFacts)
    assert source is not None
    draft = Draft(folder, EXTENSIONS[recipe.format])
    try:
        picture, notes = _shaped(source, facts, recipe)
        told(0.5)
        cap = None if recipe.max_bytes is None else int(recipe.max_bytes * rate_factor)
        data, more = squeezed(picture, recipe.format, cap)
        _write(draft.path, data)
    except BaseException:
        draft.discard()
        raise
    draft.notes = notes + more
    told(1.0)
    return draft


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"the picture cannot be written: {error.strerror}") from error


def _shaped(
    source: Path, facts: ImageFacts, recipe: ImageRecipe
) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture as it is encoded, and what a reader should know about it."""
    try:
        opened, bits = _opened(source, facts)
        with opened:
            _draft_mode(opened, facts, recipe)
            _affordable(opened)
            opened.load()
            profile = opened.info.get("icc_profile")
            picture = ImageOps.exif_transpose(opened)
        picture = _sized(_cropped(eight_bit(picture, bits), facts, recipe), recipe.size)
    except Image.DecompressionBombError as error:
        raise ToolFailedError(("Pillow",), TOO_MANY) from error
    except UNREADABLE as error:
        raise ToolFailedError(("Pillow",), f"cannot decode the picture: {error}") from error
    picture, told = to_srgb(picture, profile)
    picture, flat = _opaque(picture, recipe.format)
    return _framed(picture, recipe.canvas), told + flat


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


def _draft_mode(opened: Image.Image, facts: ImageFacts, recipe: ImageRecipe) -> None:
    """Let a JPEG decode smaller when it is scaled down a lot anyway (only ever by 2, 4 or 8).

    Twice the size that is wanted stays, for sharpness; just that size of what is too large whole.
    """
    if opened.format != "JPEG" or recipe.size is None:
        return
    part = recipe.crop.width if recipe.crop else facts.width or opened.width
    giant = opened.width * opened.height > PIXELS_MAX
    scale = recipe.size.width / part * (1 if giant else 2)
    opened.draft(None, (math.ceil(opened.width * scale), math.ceil(opened.height * scale)))


def _cropped(picture: Image.Image, facts: ImageFacts, recipe: ImageRecipe) -> Image.Image:
    """The box, which is told in pixels of the whole picture: it may be decoded smaller."""
    box = recipe.crop
    if box is None:
        return picture
    scale = picture.width / (facts.width or picture.width)
    left, top = round(box.x * scale), round(box.y * scale)
    right, bottom = round((box.x + box.width) * scale), round((box.y + box.height) * scale)
    return picture.crop((left, top, right, bottom))


def _sized(picture: Image.Image, size: Size | None) -> Image.Image:
    if size is None or picture.size == (size.width, size.height):
        return picture
    return picture.resize((size.width, size.height), Image.Resampling.LANCZOS)


def _opaque(picture: Image.Image, kind: str) -> tuple[Image.Image, tuple[str, ...]]:
    """Without an alpha channel that says nothing, or that the format has no room for."""
    if picture.mode not in TRANSPARENT:
        return picture.convert("RGB"), ()
    alpha = picture.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return picture.convert("RGB"), ()
    if kind != "jpeg":
        return picture.convert("RGBA"), ()
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture.convert("RGB"), mask=alpha)
    return white, ("transparent parts are shown on white",)


def _framed(picture: Image.Image, canvas: Size | None) -> Image.Image:
    """A new picture of the pixels alone, in the middle of black where the canvas is larger.

    Pillow would write the profile, comments and resolution that a picture was opened with.
    """
    size = (canvas.width, canvas.height) if canvas else picture.size
    frame = Image.new(picture.mode, size, "black")
    frame.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return frame
