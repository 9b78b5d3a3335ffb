"""What a video's headers say of its colours: names, range of light, place of chroma. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from ..core.media import Hdr, VideoFacts
from . import names
from .mediainfo import Section
from .tracks import Candidate

LIGHT_MIN, LIGHT_MAX = 100, 10_000
"""Nits between which a statement on the brightest light is believed; PQ ends at the latter."""
SITES = ("left", "center", "topleft", "top", "bottomleft", "bottom")
"""Places of chroma samples by their number in H.264 and HEVC (``chroma_sample_loc_type``)."""
CENTRED = frozenset({"mjpeg", "mpeg1video", "theora", "h263", "flv1", "svq1", "svq3", "amv"})
"""Codecs that define chroma to lie between the luma samples (as JPEG, MPEG-1 and H.263 do)."""
PLAIN = frozenset(
    {"vp8", "mpeg4", "mpeg1video", "flv1", "h263", "wmv1", "wmv2", "wmv3"}
    | {"msmpeg4v1", "msmpeg4v2", "msmpeg4v3"}
)
"""Codecs that hold 8 bits in 4:2:0 and nothing else."""
OPAQUE = frozenset(
    {"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4", "mjpeg", "dvvideo", "wmv3"}
)
"""Codecs without transparency."""
_PRORES_BITS = {"ap4h": 12, "ap4x": 12}
WITH_ALPHA = 32
"""Depth of a QuickTime sample entry whose pictures have alpha (QuickTime File Format, "Video
sample description"). MediaInfo tells ProRes' alpha only where the frames say version 1, which
ffmpeg's encoder did not say for years.
"""

Dolby = tuple[int, int] | None
"""Profile of Dolby Vision, and the number of what its base layer is compatible with (0: none)."""


def coloured(facts: VideoFacts, picture: Candidate) -> VideoFacts:
    """The same with what the headers say of its colours."""
    section, codec = picture.section, facts.codec
    bits, chroma = _bits(picture, codec), _chroma(picture, codec)
    entry = picture.track.entry if picture.track else None
    alpha = _alpha(picture, codec)
    primaries, transfer, matrix = tags(section, entry.nclx if entry else None)
    vision = entry.dolby if entry else dolby(section)
    return replace(
        facts,
        pixel_format=names.pixel_format(section, codec, chroma, bits, alpha),
        bits=bits,
        chroma=chroma,
        alpha=alpha,
        primaries=primaries,
        transfer=transfer,
        matrix=matrix,
        full_range={"Full": True, "Limited": False}.get(section.text("colour_range") or ""),
        hdr=hdr(vision, transfer),
        dolby=vision[0] if vision else None,
        nits=nits(section),
        chroma_site=chroma_site(section, codec),
    )


def _alpha(picture: Candidate, codec: str | None) -> bool | None:
    if codec in OPAQUE:
        return False
    told = names.alpha_of(picture.section)
    deep = codec == "prores" and picture.track and picture.track.entry.depth == WITH_ALPHA
    return True if deep else told


def _bits(picture: Candidate, codec: str | None) -> int | None:
    if picture.track and codec == "prores":
        return _PRORES_BITS.get(picture.track.entry.fourcc, 10)
    config = picture.track.entry.config if picture.track else None
    told = config.bits if config else picture.section.positive("BitDepth")
    return told or (8 if codec in PLAIN else None)


def _chroma(picture: Candidate, codec: str | None) -> str | None:
    space = picture.section.text("ColorSpace") or ""
    config = picture.track.entry.config if picture.track else None
    if space.startswith("RGB"):
        return "rgb"
    told = config.chroma if config else picture.section.text("ChromaSubsampling")
    return told or ("4:2:0" if codec in PLAIN else None)


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
