"""Make a JPEG, PNG or WebP: upright, in sRGB, with eight bits, without metadata.

No profile is embedded: a picture without one is read as sRGB everywhere, and a profile made here
would carry the time of its making into the bytes.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

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
"""Pixels that are opened at most: where Pillow itself refuses, two thirds of a gigabyte in RGBA."""
TOO_MANY = f"is not given a picture of more than {PIXELS_MAX // 1_000_000} million pixels"
EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
CAPTURED = 1 << 30
TRANSPARENT = ("LA", "RGBA")

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
        with _opened(source, facts) as opened:
            _draft_mode(opened, recipe)
            opened.load()
            profile = opened.info.get("icc_profile")
            picture = ImageOps.exif_transpose(opened)
            notes = _first_of(opened)
        picture = _sized(_cropped(eight_bit(picture, facts.bits), facts, recipe), recipe.size)
    except Image.DecompressionBombError as error:
        raise ToolFailedError(("Pillow",), TOO_MANY) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ToolFailedError(("Pillow",), f"cannot decode the picture: {error}") from error
    picture, told = to_srgb(picture, profile)
    picture, flat = _opaque(picture, recipe.format)
    return _framed(picture, recipe.canvas), notes + told + flat


def _opened(source: Path, facts: ImageFacts) -> Image.Image:
    """The first picture of a file, not decoded yet."""
    if facts.container in ("heic", "heif"):
        import pillow_heif

        pillow_heif.register_heif_opener()
    try:
        opened = _quietly(source)
    except UnidentifiedImageError:
        opened = _through_ffmpeg(source, facts)
    if opened.width * opened.height > PIXELS_MAX:
        opened.close()
        raise ToolFailedError(("Pillow",), TOO_MANY)
    return opened


def _quietly(source: Path | io.BytesIO) -> Image.Image:
    """Pillow's warning of many pixels is ours to judge, and no message for people."""
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(source)


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


def _draft_mode(opened: Image.Image, recipe: ImageRecipe) -> None:
    """Let a JPEG decode smaller when it is scaled down a lot anyway (only ever by 2, 4 or 8)."""
    if recipe.size and not recipe.crop and opened.format == "JPEG":
        side = 2 * max(recipe.size.width, recipe.size.height)
        opened.draft(None, (side, side))


def _first_of(opened: Image.Image) -> tuple[str, ...]:
    if getattr(opened, "is_animated", False) and opened.format != "MPO":
        return ("only the first picture of the animation is kept",)
    return ()


def _cropped(picture: Image.Image, facts: ImageFacts, recipe: ImageRecipe) -> Image.Image:
    box = recipe.crop
    if box is None:
        return picture
    assert facts.width is None or facts.width == picture.width
    return picture.crop((box.x, box.y, box.x + box.width, box.y + box.height))


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
