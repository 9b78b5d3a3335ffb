"""What is told beside a picture: taken out of a file as it is, or carried over to a new one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin

from .. import pictures
from ..core.colours import ADOBE_RGB
from ..core.media import ImageFacts
from ..core.parts import parts, without
from ..errors import ToolFailedError

ORIENTATION = ExifTags.Base.Orientation
DETAILS, PLACE, INTEROPERABILITY = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop
UNCALIBRATED, SRGB = 0xFFFF, 1
"""Values of EXIF's ``ColorSpace``; DCF 2.0 marks Adobe RGB by the first and a rule of its own."""
TOLD = frozenset(
    {270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 33432, DETAILS, PLACE}
    | {18246, 18249, 40091, 40092, 40093, 40094, 40095}
)
"""Tags that tell of the picture (CIPA DC-008 4.6.4, and Windows' own); all others say how its
pixels are stored, which is new."""
HEAD = b"Exif\0\0"
SEGMENT_MAX = 65_000
"""Bytes that a JPEG has room for in one segment, less its own header."""
ELSEWHERE = (b"hdrgm:", b"Container:Directory", b"GCamera:MicroVideo", b"GCamera:MotionPhoto")
"""What XMP says of a second picture or a clip behind the first, which do not go along."""
UNCARRIED = "its metadata could not be kept"


def taken_out(data: bytes, facts: ImageFacts) -> bytes:
    """The same file without all that is only told; pixels, profile and orientation stay.

    Raises ``ToolFailedError`` when its parts cannot be told apart.
    """
    try:
        return without(parts(data, facts.container), facts.container, _needed(facts))
    except ValueError as error:
        says = f"cannot take the metadata out of a {facts.container} that {error}"
        raise ToolFailedError(("parts",), says) from error


def _needed(facts: ImageFacts) -> bytes | None:
    """EXIF that changes how the picture is shown, and nothing else."""
    exif = Image.Exif()
    if facts.orientation not in (None, 1):
        exif[ORIENTATION] = facts.orientation
    if facts.colours == ADOBE_RGB and not facts.icc:
        rule = {1: "R03"}
        exif[DETAILS] = {ExifTags.Base.ColorSpace: UNCALIBRATED, INTEROPERABILITY: rule}
    return exif.tobytes().removeprefix(HEAD) if len(exif) else None


@dataclass(frozen=True, slots=True)
class Carried:
    """What goes along into a new file."""

    exif: bytes | None = None
    xmp: bytes | None = None

    def options(self, kind: str) -> dict[str, Any]:
        """Options of Pillow that write it into a file of ``kind``."""
        options: dict[str, Any] = {"exif": self.exif} if self.exif else {}
        if self.xmp and kind == "png":
            info = PngImagePlugin.PngInfo()
            info.add_itxt("XML:com.adobe.xmp", self.xmp.decode("utf-8", "replace"))
            options["pnginfo"] = info
        elif self.xmp:
            options["xmp"] = self.xmp
        return options


NOTHING = Carried()


def carried(source: Path, facts: ImageFacts, size: tuple[int, int]) -> Carried:
    """The source's EXIF and XMP, made true of the new picture.

    It is upright, of its own ``size``, in sRGB, and has no thumbnail. Raises what decoders raise.
    """
    with source.open("rb") as file, pictures.opened(file, _container(facts)) as opened:
        exif = _true(Image.Image.getexif(opened), size)
        xmp = _xmp(opened, size)
    fits = xmp is not None and len(xmp) < SEGMENT_MAX
    return Carried(_fitting(exif) if len(exif) > 1 else None, xmp if fits else None)


def _container(facts: ImageFacts) -> str:
    return "tiff" if facts.preview else facts.container


def _true(exif: Image.Exif, size: tuple[int, int]) -> Image.Exif:
    made = Image.Exif()
    for tag in sorted(TOLD & set(exif)):
        made[tag] = exif.get_ifd(tag) if tag in (DETAILS, PLACE) else exif[tag]
    made[ORIENTATION] = 1
    details = dict(made.get(DETAILS, {}))
    details.pop(INTEROPERABILITY, None)
    if details:
        details[ExifTags.Base.ColorSpace] = SRGB
        details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight] = size
        made[DETAILS] = details
    return made


def _fitting(exif: Image.Exif) -> bytes:
    """As bytes; without the maker's own notes when they have no room in a segment."""
    data = exif.tobytes()
    if len(data) >= SEGMENT_MAX:
        exif[DETAILS] = {
            tag: value for tag, value in exif[DETAILS].items() if tag != ExifTags.Base.MakerNote
        }
        data = exif.tobytes()
    return data


_SIZES = (
    rb"(?:tiff:ImageWidth|exif:PixelXDimension)",
    rb"(?:tiff:ImageLength|exif:PixelYDimension)",
)


def _xmp(opened: Image.Image, size: tuple[int, int]) -> bytes | None:
    """XMP with the new orientation and size; none that speaks of other pictures in the file."""
    told = opened.info.get("xmp") or opened.info.get("XML:com.adobe.xmp")
    xmp = told.encode() if isinstance(told, str) else told
    if not isinstance(xmp, bytes) or any(name in xmp for name in ELSEWHERE):
        return None
    for name, value in zip((rb"tiff:Orientation", *_SIZES), (1, *size), strict=True):
        pattern = rb"(" + name + rb"(?:>|=[\"']))\d+"
        xmp = re.sub(pattern, rb"\g<1>%d" % value, xmp)
    return xmp
