"""Filters that turn any stored colours into BT.709, limited range, eight bits 4:2:0. Pure.

zscale does the work: it is exact about the place of chroma, also beside a change of matrix, where
ffmpeg's own scaler moves colours by half a pixel; and it takes half the time. What zscale would
stumble over (odd sides, sizes that change on the way, formats that nobody named) the scaler evens
out first, at the final size and with all of the chroma.
"""

from __future__ import annotations

from ..core.media import VideoFacts
from ..core.plan import Size
from . import colour
from .stream import Stream

TAGS = {"bt601": "smpte170m", "bt2020": "bt2020nc"}
"""Names of matrices in tags, where the scaler has its own."""
SITES = {place: name for name, place in colour.SITES.items()}
"""zscale's names of places of chroma."""
KNOWN = ("4:2:0", "4:2:2", "4:4:4", "rgb")
"""Layouts of chroma that zscale reads by itself."""
STANDARD = {"p": "709", "t": "709", "m": "709", "r": "limited", "c": "left"}


def over_black(stream: Stream, facts: VideoFacts) -> Stream:
    """Straight alpha times colour, in RGB, is the picture over black."""
    deep = "gbrap12le" if colour.is_deep(facts) else "gbrap"
    stream = stream.filter("scale", **_heard(facts)).filter("format", deep)
    return stream.filter("premultiply", inplace=1)


def standard(stream: Stream, facts: VideoFacts, size: Size, *, zscale: bool = True) -> Stream:
    """The upright picture at ``size`` in standard colours.

    Without ``zscale`` only standard range can be had, with colours a little off their place.
    """
    if not zscale:
        return _scaled(stream, facts, size)
    even = _steady(facts)
    if not even:
        stream = _evened(stream, facts, size)
    stream = stream.filter("setparams", **_source_tags(facts, even))
    into: dict[str, object] = {"w": size.width, "h": size.height, "filter": "lanczos"}
    if even and (facts.chroma_site or facts.rotation or facts.mirrored):
        into["cin"] = SITES[colour.siting(facts)]
    if colour.is_wide(facts):
        return _through_light(stream, facts, into)
    dither = {"dither": "ordered"} if colour.is_deep(facts) else {}
    return stream.filter("zscale", **into, **STANDARD, **dither).filter("format", "yuv420p")


def tagged(stream: Stream) -> Stream:
    """The same frames, saying what their colours are and nothing else."""
    tags = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}
    return stream.filter("setparams", **tags).filter("sidedata", mode="delete")


def _through_light(stream: Stream, facts: VideoFacts, into: dict[str, object]) -> Stream:
    """HDR or a wide gamut -> BT.709, in linear light and floating point.

    Diffuse white (203 nits) stands for 1.0; the curve leaves the lower tones as they are and
    folds what is brighter into the rest of the range, so that faces keep their colour.
    """
    curve = colour.transfer(facts)
    white = colour.REFERENCE_WHITE if curve else 100
    # HLG's display curve mixes the channels; the approximation would bend each by itself
    exact = {"agamma": 0} if curve == "arib-std-b67" else {}
    stream = stream.filter("zscale", **into, t="linear", npl=white, p="709", **exact)
    stream = stream.filter("format", "gbrpf32le")
    if curve:
        peak = colour.peak(facts) / white
        stream = stream.filter("tonemap", tonemap="mobius", desat=0, peak=f"{peak:.4f}")
    return stream.filter("zscale", **STANDARD, dither="ordered").filter("format", "yuv420p")


def _steady(facts: VideoFacts) -> bool:
    """Whether zscale can take the frames as they come: one even size, and colours that are told.

    An MP4 states its size once and for all; elsewhere it may change on the way. Of AV1 the
    decoder may know more than the container.
    """
    odd = (facts.coded_width or 1) % 2 or (facts.coded_height or 1) % 2
    told = facts.chroma in KNOWN and (facts.matrix is not None or facts.codec != "av1")
    return facts.demuxer == "mov" and not odd and told and colour.siting(facts) in SITES


def _evened(stream: Stream, facts: VideoFacts, size: Size) -> Stream:
    """The final size in 4:4:4; what was RGB without saying so has a matrix then, too."""
    depth = "12le" if colour.is_deep(facts) else ""
    if facts.alpha or colour.is_rgb(facts):
        if not (facts.alpha or depth):
            # five bits a channel: the scaler would leave white at 248 of 255
            stream = stream.filter("format", "rgb24")
        stream = stream.filter("scale", size.width, size.height, flags="lanczos")
        return stream.filter("format", f"gbrp{depth}")
    options = {"flags": "lanczos", "out_range": "limited"} | _heard(facts)
    if (matrix := colour.matrix(facts)) != "ycgco":
        options["out_color_matrix"] = matrix
    stream = stream.filter("scale", size.width, size.height, **options)
    return stream.filter("format", f"yuv444p{depth}")


def _heard(facts: VideoFacts) -> dict[str, object]:
    """What the scaler must be told of the source; it hears what the decoder knows.

    It takes BT.601 and limited range when it hears nothing, and never asks where chroma lies.
    """
    if colour.is_rgb(facts):
        return {}
    options: dict[str, object] = {}
    matrix = colour.matrix(facts)
    if matrix != "ycgco" and (facts.matrix or matrix != "bt601"):
        options["in_color_matrix"] = matrix
    if facts.full_range:
        options["in_range"] = "full"
    right, down = colour.siting(facts)
    if facts.chroma != "4:4:4":
        options["in_h_chr_pos"] = right
    if facts.chroma in (None, "4:2:0") and down != colour.CENTRE[1]:
        options["in_v_chr_pos"] = down
    return options


def _source_tags(facts: VideoFacts, even: bool) -> dict[str, object]:
    tags: dict[str, object] = {
        "color_primaries": colour.primaries(facts),
        "color_trc": colour.transfer(facts) or "bt709",
        "field_mode": "prog",  # whole frames, whatever they are flagged as
    }
    if facts.alpha or colour.is_rgb(facts):
        return tags | {"colorspace": "gbr"}
    tags["colorspace"] = TAGS.get(colour.matrix(facts), colour.matrix(facts))
    if even:
        return tags | ({"range": "full"} if facts.full_range else {})
    return tags | {"range": "limited"}


def _scaled(stream: Stream, facts: VideoFacts, size: Size) -> Stream:
    options: dict[str, object] = {
        "flags": "lanczos",
        "out_color_matrix": "bt709",
        "out_range": "limited",
        "out_h_chr_pos": 0,
    }
    if not facts.alpha:
        options |= _heard(facts)
    return stream.filter("scale", size.width, size.height, **options).filter("format", "yuv420p")
