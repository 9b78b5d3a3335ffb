"""What is read of a picture's EXIF (CIPA DC-008): how it is held, its place, its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.colours import ADOBE_RGB, Colours
from ..core.decoders import REFUSALS

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION, DETAILS, PLACE = 0x0112, 0x8769, 0x8825
WIDTH, HEIGHT = 0xA002, 0xA003
COLOUR_SPACE, INTEROPERABILITY, RULE = 0xA001, 0xA005, 1
ADOBE, SRGB = 2, 1
"""Values of ``COLOUR_SPACE``: the first is no standard's, but cameras write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the notes say."""

    orientation: int | None = None
    """1 to 8."""
    gps: bool | None = False
    sides: tuple[int, int] | None = None
    """Width and height of the picture as it was shot."""
    colours: Colours | None = None


def noted(exif: Image.Exif) -> Noted:
    """Read one EXIF block. Raises what Pillow raises over a damaged one."""
    orientation = exif.get(ORIENTATION)
    known = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else None
    return Noted(
        orientation=known,
        gps=any(tag in exif.get_ifd(PLACE) for tag in (2, 4)),
        sides=_sides(exif),
        colours=_colours(exif),
    )


def _sides(exif: Image.Exif) -> tuple[int, int] | None:
    width, height = (exif.get_ifd(DETAILS).get(tag) for tag in (WIDTH, HEIGHT))
    return (width, height) if isinstance(width, int) and isinstance(height, int) else None


def of_bytes(data: bytes | None) -> Noted:
    """Read a block as it stands in a file; nothing is known of a damaged one."""
    from PIL import Image

    if not data:
        return Noted()
    exif = Image.Exif()
    try:
        exif.load(data)
        return noted(exif)
    except REFUSALS:
        return Noted(gps=None)


def _colours(exif: Image.Exif) -> Colours | None:
    """Adobe RGB has no code of its own in EXIF; DCF 2.0 marks it by the rule ``R03``."""
    space = exif.get_ifd(DETAILS).get(COLOUR_SPACE)
    rule = exif.get_ifd(INTEROPERABILITY).get(RULE)
    marked = isinstance(rule, str) and rule.startswith("R03")
    return ADOBE_RGB if space == ADOBE or (marked and space != SRGB) else None
