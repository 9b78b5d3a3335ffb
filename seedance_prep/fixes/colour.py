"""Names and conversions of colour for ffmpeg's filters. No files, no processes."""

from __future__ import annotations

import re

from ..core.media import Hdr, VideoFacts

REFERENCE_WHITE = 203
"""Nits of diffuse white in HDR programmes (ITU-R BT.2408)."""
HDR_PEAK = 1000
"""Nits of the display that phones and most HDR10 masters grade for; HLG's nominal peak."""
PEAK_MIN, PEAK_MAX = 400, 4000
"""Between these a stated peak is taken at its word: few displays were ever beyond them."""
RGB_CODECS = frozenset(
    {"8bps", "cinepak", "cscd", "flic", "msrle", "msvideo1", "qtrle", "rpza", "smc", "tscc", "zmbv"}
)
"""Screen recorders' and early codecs, of which files seldom tell that they hold RGB."""
WIDE = ("bt2020", "smpte431", "smpte432")
"""Primaries so far from BT.709 that a mere new tag would bleach the picture.

Those of BT.601 (SMPTE C and EBU) are so near that tools disagree on whether the tag is meant:
encoders set it without converting, and most players pay no heed. The values stay.
"""
MATRICES = (
    ("2020", "bt2020"),
    ("709", "bt709"),
    ("601|170m|470", "bt601"),
    ("240m", "smpte240m"),
    ("fcc|73682", "fcc"),
    ("ycgco", "ycgco"),
)
"""Patterns of tags, and the scaler's names."""
SMALL_ONLY = frozenset({"mjpeg", "vp8"})
"""Codecs whose format defines BT.601 for every size (JFIF; RFC 6386, section 9.2)."""
LEFT, CENTRE = (0, 128), (128, 128)
SITES = {
    "left": LEFT,
    "center": CENTRE,
    "topleft": (0, 0),
    "top": (128, 0),
    "bottomleft": (0, 256),
    "bottom": (128, 256),
}
"""How far right and down of the first luma sample the first chroma sample lies, in 1/256."""


def matrix(facts: VideoFacts) -> str:
    """The matrix, by the scaler's name, that the source's luma and chroma were made with.

    Untagged video is read as players read it: BT.601 up to 576 lines, BT.709 above.
    """
    if told := _first(MATRICES, facts.matrix):
        return told
    if facts.hdr:
        return "bt2020"
    if facts.codec in SMALL_ONLY:
        return "bt601"
    large = (facts.coded_width or facts.width or 0) >= 1280
    return "bt709" if large or (facts.coded_height or facts.height or 0) > 576 else "bt601"


def is_rgb(facts: VideoFacts) -> bool:
    """Whether the stored picture has no luma and chroma at all."""
    name = facts.pixel_format or ""
    if not name and facts.codec in RGB_CODECS:
        return True
    return facts.chroma == "rgb" or bool(re.match(r"(gbr|rgb|bgr|argb|abgr|pal8|0rgb|0bgr)", name))


def is_deep(facts: VideoFacts) -> bool:
    """Whether there may be more to a channel than eight bits."""
    if facts.bits is None:
        return facts.codec not in RGB_CODECS
    return facts.bits > 8


def primaries(facts: VideoFacts) -> str:
    """The source's primaries, by ffmpeg's name; BT.709 where unknown or as good as that."""
    known = (("2020", "bt2020"), ("431|dcip3", "smpte431"), ("432|p3", "smpte432"))
    if facts.hdr and not facts.primaries:
        return "bt2020"
    return _first(known, facts.primaries) or "bt709"


def transfer(facts: VideoFacts) -> str | None:
    """The HDR transfer, by zscale's name; ``None`` for standard range.

    Dolby Vision with a base layer that stands by itself (profile 8) is read as that base layer.
    """
    if facts.hdr is None:
        return None
    name = _squeezed(facts.transfer)
    if facts.hdr is Hdr.HLG or re.search("hlg|b67", name):
        return "arib-std-b67"
    if facts.hdr is Hdr.PQ or re.search("pq|2084", name):
        return "smpte2084"
    return None


def peak(facts: VideoFacts) -> int:
    """Nits of the brightest light of an HDR picture: as stated, else what most are graded for."""
    if facts.nits is None or transfer(facts) != "smpte2084":
        return HDR_PEAK
    return min(max(facts.nits, PEAK_MIN), PEAK_MAX)


def siting(facts: VideoFacts) -> tuple[int, int]:
    """Where chroma lies once the picture stands upright: right and down, in 1/256 of a pixel.

    Unknown is "left", as MPEG-2 and everything after it means it unless told otherwise.
    """
    right, down = SITES.get(facts.chroma_site or "left", LEFT)
    if facts.mirrored:
        right = 256 - right
    match facts.rotation:
        case 90:
            return 256 - down, right
        case 180:
            return 256 - right, 256 - down
        case 270:
            return down, 256 - right
    return right, down


def is_wide(facts: VideoFacts) -> bool:
    """Whether range or gamut go so far beyond BT.709 that light itself must be converted."""
    return facts.hdr is not None or primaries(facts) in WIDE


def needs_zscale(facts: VideoFacts) -> bool:
    """Whether the conversion is one that ffmpeg's plain scaler does not do."""
    return is_wide(facts) or matrix(facts) == "ycgco"


def _first(known: tuple[tuple[str, str], ...], told: str | None) -> str | None:
    name = _squeezed(told)
    return next((word for pattern, word in known if re.search(pattern, name)), None)


def _squeezed(name: str | None) -> str:
    return re.sub(r"[^a-z0-9]", "", (name or "").lower())
