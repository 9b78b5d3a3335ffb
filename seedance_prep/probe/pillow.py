"""Facts of still pictures through Pillow, which reads the header and decodes no pixel.

Only the plugin of the sniffed format is called, so that no other decoder ever sees the bytes.
"""

from __future__ import annotations

import importlib
import threading
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from ..core.decoders import REFUSALS
from ..core.media import Fault, ImageFacts
from . import camera, icc, stills
from .animation import Animation, chunks
from .faults import UnusableError, damaged
from .formats import MOVING, PICTURES, RAW, Sniffed

if TYPE_CHECKING:
    from PIL import Image

PIXELS_MAX = 400_000_000
"""More pixels than that are never decoded: at 4 bytes each they fill 1.6 GB."""
PLUGINS = {
    "jpeg": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "png": ("PIL.PngImagePlugin", "PngImageFile"),
    "gif": ("PIL.GifImagePlugin", "GifImageFile"),
    "tiff": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "dng": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "bmp": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "ico": ("PIL.IcoImagePlugin", "IcoImageFile"),
    "icns": ("PIL.IcnsImagePlugin", "IcnsImageFile"),
    "ppm": ("PIL.PpmImagePlugin", "PpmImageFile"),
    "psd": ("PIL.PsdImagePlugin", "PsdImageFile"),
    "jp2": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "j2k": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "dds": ("PIL.DdsImagePlugin", "DdsImageFile"),
    "pcx": ("PIL.PcxImagePlugin", "PcxImageFile"),
    "qoi": ("PIL.QoiImagePlugin", "QoiImageFile"),
    "sgi": ("PIL.SgiImagePlugin", "SgiImageFile"),
    "avif": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "heic": ("pillow_heif", "HeifImageFile"),
    "heif": ("pillow_heif", "HeifImageFile"),
}
"""Module and class that opens each format. WebP is read here: Pillow would make room to decode."""
UPRIGHT = frozenset({"heic", "heif", "avif", "tiff", "dng"})
"""Formats whose size Pillow tells as it is seen; others are turned by their EXIF afterwards."""
_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}
_ALPHA = frozenset({"RGBA", "LA", "PA", "La", "RGBa"})
_WARNINGS = threading.Lock()


def image_facts(file: BinaryIO, size: int, sniffed: Sniffed) -> ImageFacts:
    """Read the header of a picture. Raises ``UnusableError`` when there is none worth reading."""
    container = sniffed.container
    extra = chunks(file, container) if container in ("gif", "png", "webp") else None
    if extra:
        _within(extra.width, extra.height)
    if container == "webp":
        return _webp(extra, size)
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        facts = _pillow(file, size, container, extra) or stills.facts(file, size, container)
    if facts is None:
        raise damaged(f"begins like {_article(container)} but its header is damaged")
    if container in ("tiff", "dng"):
        facts = _developed(facts, file)
    _within(facts.width, facts.height)
    return facts


def _developed(facts: ImageFacts, file: BinaryIO) -> ImageFacts:
    """Of a camera's raw file the JPEG that shows the whole picture, never the thumbnail."""
    found = camera.raw(file)
    if found is None and facts.container == "tiff":
        return facts
    if found is None or found.preview is None:
        raise UnusableError(Fault.UNSUPPORTED, f"{RAW} (no preview of full size is in it)")
    width, height = _turned(found.width, found.height, facts.orientation)
    return replace(
        facts, width=width, height=height, bits=8, frames=1, preview=found.preview, alpha=False
    )


def _article(container: str) -> str:
    return f"a{'n' if container[0] in 'aeio' else ''} {container.upper()} picture"


def _within(width: int | None, height: int | None) -> None:
    if width == 0 or height == 0:
        raise damaged("declares a side of 0 pixels")
    if width and height and width * height > PIXELS_MAX:
        pixels = width * height / 1e6
        says = f"declares {width}x{height}, {pixels:.0f} megapixels; at most 400 are opened"
        raise UnusableError(Fault.TOO_LARGE, says)


def _webp(extra: Animation | None, size: int) -> ImageFacts:
    if extra is None:
        raise damaged("begins like a WEBP picture but its header is damaged")
    orientation, gps = _exif(extra.exif)
    orientation = orientation or extra.orientation
    width, height = _turned(extra.width, extra.height, orientation)
    return ImageFacts(
        container="webp",
        bytes=size,
        width=width,
        height=height,
        orientation=orientation,
        mode="RGBA" if extra.alpha else "RGB",
        bits=8,
        alpha=extra.alpha,
        icc=icc.name(extra.icc) if extra.icc else None,
        frames=max(len(extra.delays), 1),
        gps=gps,
        demuxer=MOVING["webp"] if len(extra.delays) > 1 else PICTURES["webp"],
    )


def _pillow(
    file: BinaryIO, size: int, container: str, extra: Animation | None
) -> ImageFacts | None:
    from PIL import Image

    if container not in PLUGINS:
        return None
    file.seek(0)
    try:
        image = _open(file, container)
        return _facts(image, file, size, container, extra)
    except (ImportError, *REFUSALS):
        return None
    except Image.DecompressionBombError as error:
        raise UnusableError(Fault.TOO_LARGE, "declares far more pixels than are opened") from error


def _open(file: BinaryIO, container: str) -> Image.Image:
    module, name = PLUGINS[container]
    if container == "heic" or container == "heif":
        importlib.import_module("PIL.Image").init()
    opened: Image.Image = getattr(importlib.import_module(module), name)(file, "")
    return opened


def _facts(
    image: Image.Image, file: BinaryIO, size: int, container: str, extra: Animation | None
) -> ImageFacts:
    orientation, gps = _exif_of(image, container, extra)
    width, height = image.size
    if container not in UPRIGHT:
        width, height = _turned(width, height, orientation)
    profile = image.info.get("icc_profile")
    return ImageFacts(
        container=container,
        bytes=size,
        width=width,
        height=height,
        orientation=orientation,
        mode=image.mode,
        bits=_bits(image, file, container, extra),
        alpha=_alpha(image, extra),
        icc=icc.name(profile) if isinstance(profile, bytes) else None,
        frames=_frames(image, container, extra),
        gps=gps,
        demuxer=PICTURES.get(container),
    )


def _turned(width: int, height: int, orientation: int | None) -> tuple[int, int]:
    return (height, width) if orientation in (5, 6, 7, 8) else (width, height)


def _exif_of(
    image: Image.Image, container: str, extra: Animation | None
) -> tuple[int | None, bool | None]:
    """PNG is asked as a plain picture: as a PNG it would be decoded in search of a late chunk."""
    from PIL import Image

    if extra and extra.exif:
        image.info["exif"] = extra.exif
    read = Image.Image.getexif if container == "png" else type(image).getexif
    try:
        return _read_exif(read(image))
    except REFUSALS:
        return None, None


def _exif(data: object) -> tuple[int | None, bool | None]:
    from PIL import Image

    if not isinstance(data, bytes) or not data:
        return None, False
    exif = Image.Exif()
    try:
        exif.load(data)
        return _read_exif(exif)
    except REFUSALS:
        return None, None


def _read_exif(exif: Image.Exif) -> tuple[int | None, bool | None]:
    orientation = exif.get(0x0112)
    known = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else None
    return known, any(tag in exif.get_ifd(0x8825) for tag in (2, 4))


def _bits(
    image: Image.Image, file: BinaryIO, container: str, extra: Animation | None
) -> int | None:
    if extra and extra.bits:
        return extra.bits
    told = getattr(image, "tag_v2", {}).get(258) or image.info.get("bit_depth")
    if container == "avif":
        told = stills.av1_bits(file)
    if isinstance(told, tuple):
        told = max(told, default=None)
    if container == "avif" or (isinstance(told, int) and told):
        return told
    return _BITS.get(image.mode, 8)


def _alpha(image: Image.Image, extra: Animation | None) -> bool:
    told = bool(extra and extra.alpha)
    return told or image.mode in _ALPHA or "transparency" in image.info


def _frames(image: Image.Image, container: str, extra: Animation | None) -> int | None:
    if container in ("gif", "png"):
        return max(len(extra.delays), 1) if extra else None
    if container in ("jpeg", "heic", "heif", "psd", "ico", "icns", "dng"):
        return 1
    frames = getattr(image, "n_frames", 1)
    return frames if isinstance(frames, int) else None
