"""Names and conversions of colour for ffmpeg's filters. No files, no processes."""

from __future__ import annotations

import re

from ..core.media import Hdr, VideoFacts

REFERENCE_WHITE = 203
"""Nits of diffuse white in HDR programmes (ITU-R BT.2408)."""
HDR_PEAK = 1000
"""Nits of the display that phones and most HDR10 masters grade for; HLG's nominal peak."""
WIDE = ("bt2020", "smpte431", "smpte432")
"""Primaries so far from BT.709 that a mere new tag would bleach the picture."""


def matrix(facts: VideoFacts) -> str:
    """The matrix, by ffmpeg's name, that the source's luma and chroma were made with.

    Untagged video is read as players read it: BT.601 up to 576 lines, BT.709 above.
    """
    name = _squeezed(facts.matrix)
    for pattern, known in (
        ("2020", "bt2020"),
        ("709", "bt709"),
        ("601|170m|470", "bt601"),
        ("240m", "smpte240m"),
        ("fcc|73682", "fcc"),
    ):
        if re.search(pattern, name):
            return known
    large = (facts.coded_width or facts.width or 0) >= 1280
    return "bt709" if large or (facts.coded_height or facts.height or 0) > 576 else "bt601"


def is_rgb(facts: VideoFacts) -> bool:
    """Whether the stored picture has no luma and chroma at all."""
    name = facts.pixel_format or ""
    return facts.chroma == "rgb" or bool(re.match(r"(gbr|rgb|bgr|argb|abgr|pal8|0rgb|0bgr)", name))


def source_range(facts: VideoFacts) -> str:
    """``full`` or ``limited``, as the scale filter takes it."""
    full = facts.full_range or (facts.pixel_format or "").startswith("yuvj")
    return "full" if full else "limited"


def primaries(facts: VideoFacts) -> str:
    """The source's primaries, by ffmpeg's name; BT.709 where unknown or as good as that."""
    name = _squeezed(facts.primaries)
    for pattern, known in (("2020", "bt2020"), ("431|dcip3", "smpte431"), ("432|p3", "smpte432")):
        if re.search(pattern, name):
            return known
    return "bt709"


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


def needs_zscale(facts: VideoFacts) -> bool:
    """Whether the conversion is one that ffmpeg's plain scaler does not do."""
    return facts.hdr is not None or primaries(facts) in WIDE


def _squeezed(name: str | None) -> str:
    return re.sub(r"[^a-z0-9]", "", (name or "").lower())
