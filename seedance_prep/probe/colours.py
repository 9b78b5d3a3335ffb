"""What a video's headers say of its colours: names, range of light, place of chroma. Pure."""

from __future__ import annotations

import re

from ..core.media import Hdr
from . import names
from .mediainfo import Section

LIGHT_MIN, LIGHT_MAX = 100, 10_000
"""Nits between which a statement on the brightest light is believed; PQ ends at the latter."""
SITES = ("left", "center", "topleft", "top", "bottomleft", "bottom")
"""Places of chroma samples by their number in H.264 and HEVC (``chroma_sample_loc_type``)."""
CENTRED = frozenset({"mjpeg", "mpeg1video", "theora", "h263", "flv1", "svq1", "svq3", "amv"})
"""Codecs that define chroma to lie between the luma samples (as JPEG, MPEG-1 and H.263 do)."""

Dolby = tuple[int, int] | None
"""Profile of Dolby Vision, and the number of what its base layer is compatible with (0: none)."""


def tags(
    section: Section, nclx: tuple[int, int, int] | None
) -> tuple[str | None, str | None, str | None]:
    """Primaries, transfer and matrix in ffmpeg's words: MediaInfo's, else the container's."""
    told = names.colours(section)
    if not nclx:
        return told
    return (
        told[0] or names.PRIMARIES_CODES.get(nclx[0]),
        told[1] or names.TRANSFER_CODES.get(nclx[1]),
        told[2] or names.MATRIX_CODES.get(nclx[2]),
    )


def hdr(dolby: Dolby, transfer: str | None) -> Hdr | None:
    """How the base layer must be converted.

    Dolby Vision whose base layer is HLG or PQ by itself (profiles 8.4, 8.1, 7) is reported as
    that; only a base layer that no other screen can show (profile 5) is ``dolby-vision``.
    """
    if dolby and dolby[1] == 0:
        return Hdr.DOLBY_VISION
    return {"smpte2084": Hdr.PQ, "arib-std-b67": Hdr.HLG}.get(transfer or "")


def dolby(section: Section) -> Dolby:
    """What MediaInfo says of Dolby Vision, for containers that are not read here."""
    if "Dolby Vision" not in (section.text("HDR_Format") or ""):
        return None
    profile = (section.text("HDR_Format_Profile") or "").rpartition(".")[2]
    alone = not section.text("HDR_Format_Compatibility")
    return (int(profile), 0 if alone else 1) if profile.isdigit() else None


def nits(section: Section) -> int | None:
    """The brightest light: of the content where stated, else of the display it was graded on."""
    display = (section.text("MasteringDisplay_Luminance") or "").rpartition("max:")[2]
    for told in (section.text("MaxCLL"), display):
        number = re.search(r"\d+(\.\d+)?", told or "")
        if number and LIGHT_MIN <= float(number[0]) <= LIGHT_MAX:
            return round(float(number[0]))
    return None


def chroma_site(section: Section, codec: str | None) -> str | None:
    """Where chroma samples lie among the luma samples; ``None`` where nothing tells."""
    number = (section.text("ChromaSubsampling_Position") or "").removeprefix("Type ")
    if number.isdigit() and int(number) < len(SITES):
        return SITES[int(number)]
    return "center" if codec in CENTRED else None
