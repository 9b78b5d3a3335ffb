"""The one way in which files reach Pillow: by the plugin of the format that their bytes are in.

No other decoder ever sees them, whatever they pretend to be further on.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

PLUGINS = {
    "jpeg": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "png": ("PIL.PngImagePlugin", "PngImageFile"),
    "gif": ("PIL.GifImagePlugin", "GifImageFile"),
    "webp": ("PIL.WebPImagePlugin", "WebPImageFile"),
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
    "tga": ("PIL.TgaImagePlugin", "TgaImageFile"),
    "avif": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "heic": ("pillow_heif", "HeifImageFile"),
    "heif": ("pillow_heif", "HeifImageFile"),
}
"""Module and class that opens each format."""
TURNED = frozenset({"heic", "heif", "tiff", "dng"})
"""Formats that Pillow hands out as they are seen; others are turned by their EXIF afterwards."""

JP2_HEAD = 2 << 20

_one_at_a_time = threading.RLock()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Pillow's warnings (many pixels, odd tags) to itself: they are nothing for people.

    Filters of warnings belong to the process, so only one thread at a time may change them.
    """
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def opened(file: BinaryIO, container: str) -> Image.Image:
    """Read the header of a picture; the file must stay open until the pixels are loaded.

    Raises ``KeyError`` for a format that Pillow does not know, or one of
    ``core.decoders.REFUSALS``. Pillow's own bound on pixels is not asked: see to that before.
    """
    module, name = PLUGINS[container]
    if container in ("heic", "heif"):
        importlib.import_module("PIL.Image").init()
    with quiet():
        file.seek(0)
        picture: Image.Image = getattr(importlib.import_module(module), name)(file, "")
        if container in ("tiff", "dng"):
            picture.getexif()  # kept; read while decoding, its warnings would reach people
        if container == "psd" and picture.mode == "RGBA":
            picture.info["opaque"] = psd_is_opaque(file)
        if container == "jp2" and (profile := jp2_profile(file)):
            picture.info["icc_profile"] = profile
    return picture


def psd_is_opaque(file: BinaryIO) -> bool:
    """Whether a PSD's channels beyond its colours are selections that somebody saved.

    Only of a picture whose count of layers is negative is the first of them its transparency
    (Adobe Photoshop File Formats Specification, "Layer info").
    """
    at = 26
    for _ in range(2):  # palette, then resources
        file.seek(at)
        at += 4 + int.from_bytes(file.read(4), "big")
    file.seek(at)
    told = file.read(10)
    some = len(told) == 10 and any(told[:4]) and any(told[4:8])
    return not (some and int.from_bytes(told[8:], "big", signed=True) < 0)


def jp2_profile(file: BinaryIO) -> bytes | None:
    """The profile in the header of a JPEG 2000, which Pillow leaves (ISO/IEC 15444-1, I.5.3.3)."""
    place = file.tell()
    file.seek(0)
    head = file.read(JP2_HEAD)
    file.seek(place)
    at = head.find(b"colr", 0, head.find(b"jp2c"))
    if at < 4 or head[at + 4 : at + 5] not in (b"\2", b"\3"):
        return None
    return head[at + 7 : at - 4 + int.from_bytes(head[at - 4 : at], "big")]
