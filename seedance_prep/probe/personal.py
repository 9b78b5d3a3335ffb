"""What a file tells of people: place, names, serial numbers of their cameras.

Only of formats that may go out as they are; all others are made anew, without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ..core.decoders import REFUSALS
from ..core.media import ImageFacts
from ..core.parts import READ, Part, What, parts

BYTES_MAX = 64_000_000
"""Larger files are over every limit, and are made anew."""
SERIAL, OWNER, AUTHOR = "a serial number", "the owner's name", "the author's name"
DETAILS, PLACE = 0x8769, 0x8825
NOTED = {
    0x013B: AUTHOR,
    0x9C9D: AUTHOR,
    0xC62F: SERIAL,
    0xA430: OWNER,
    0xA431: SERIAL,
    0xA435: SERIAL,
}
"""Tags of EXIF (CIPA DC-008 4.6), of Windows and of DNG."""
XMP = (
    (rb"exif:GPSLatitude", None),
    (rb"(?:aux|exifEX):(?:Lens|Body)?SerialNumber", SERIAL),
    (rb"(?:aux:OwnerName|exifEX:CameraOwnerName)", OWNER),
    (rb"dc:creator[^<]*>\s*<rdf:Seq[^<]*>\s*<rdf:li", AUTHOR),
)
"""Properties that hold something (ISO 16684-1, CIPA DC-010)."""
FILLED = rb"(?:=[\"'][^\"'\s]|[^>]*>\s*[^<\s])"
BYLINE = b"\x1c\x02\x50"
"""IPTC IIM 4.2, 2:80."""


def named(facts: ImageFacts, file: BinaryIO) -> ImageFacts:
    """The facts with what the file tells besides the picture; unknown where it is broken."""
    if facts.container not in READ or facts.bytes > BYTES_MAX:
        return facts
    file.seek(0)
    try:
        found = [
            part for part in parts(file.read(), facts.container) if part.what is not What.PICTURE
        ]
        names = {name for part in found for name in _names(part)}
    except REFUSALS:
        return facts
    return replace(
        facts,
        gps=True if None in names else facts.gps,
        metadata=any(part.what is not What.EXIF or _more(part.told) for part in found),
        personal=tuple(sorted(name for name in names if name)),
    )


def _names(part: Part) -> Iterator[str | None]:
    """``None`` is a place."""
    match part.what:
        case What.EXIF:
            yield from _exif(part.told)
        case What.XMP:
            for pattern, name in XMP:
                if re.search(pattern + FILLED, part.told):
                    yield name
        case What.IPTC if BYLINE in part.told:
            yield AUTHOR
        case What.TEXT if part.told[:7] == b"Author\0":
            yield AUTHOR


def _exif(data: bytes) -> Iterator[str | None]:
    from PIL import Image

    exif = Image.Exif()
    exif.load(data)
    values = {**dict(exif), **exif.get_ifd(DETAILS)}
    for tag, name in NOTED.items():
        if _said(values.get(tag)):
            yield name


def _said(value: object) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
    return bool(text.strip("\0 \t0"))


def _more(data: bytes) -> bool:
    """Whether EXIF says more than how to show the picture."""
    from PIL import Image

    exif = Image.Exif()
    exif.load(data)
    shown = {0x0112, DETAILS}
    return bool(set(exif) - shown or set(exif.get_ifd(DETAILS)) - {0xA001, 0xA005})
