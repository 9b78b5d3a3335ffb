"""Filters that turn any stored colours into BT.709, limited range, eight bits 4:2:0. Pure."""

from __future__ import annotations

from typing import Any

from ..core.media import VideoFacts
from ..core.plan import Size
from . import colour
from .stream import Stream

_TAGS = {"bt601": "smpte170m", "bt2020": "bt2020nc"}
"""Names of matrices in tags, where the scaler has its own."""


def standard(stream: Stream, facts: VideoFacts, size: Size) -> Stream:
    """The upright picture at ``size`` in standard colours."""
    if colour.needs_zscale(facts):
        return _high_range(stream, facts, size)
    return _scaled(stream, facts, size)


def tagged(stream: Stream) -> Stream:
    """The same frames, saying what their colours are and nothing else."""
    tags = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}
    return stream.filter("setparams", **tags).filter("sidedata", mode="delete")


def over_black(stream: Stream, facts: VideoFacts) -> Stream:
    """Straight alpha times colour, in RGB, is the picture over black."""
    stream = stream.filter("scale", **_stored_colours(facts)).filter("format", "gbrap")
    return stream.filter("premultiply", inplace=1)


def _stored_colours(facts: VideoFacts) -> dict[str, object]:
    """What the scaler must know of the source, said aloud: files do not always say it."""
    if colour.is_rgb(facts):
        return {}
    return {"in_color_matrix": colour.matrix(facts), "in_range": colour.source_range(facts)}


def _scaled(stream: Stream, facts: VideoFacts, size: Size) -> Stream:
    options: dict[str, Any] = {
        "flags": "lanczos",
        "out_color_matrix": "bt709",
        "out_range": "limited",
    }
    if not facts.alpha:
        options |= _stored_colours(facts)
    return stream.filter("scale", size.width, size.height, **options).filter("format", "yuv420p")


def _high_range(stream: Stream, facts: VideoFacts, size: Size) -> Stream:
    """HDR or a wide gamut -> BT.709.

    Diffuse white (203 nits) stands for 1.0; the curve leaves the lower tones as they are and
    folds what is brighter into the rest of the range, so that faces keep their colour.
    """
    curve = colour.transfer(facts)
    white = colour.REFERENCE_WHITE if curve else 100
    tags = {
        "color_primaries": "bt2020" if curve else colour.primaries(facts),
        "color_trc": curve or "bt709",
        "colorspace": _TAGS.get(colour.matrix(facts), colour.matrix(facts)),
        "range": colour.source_range(facts),
    }
    stream = stream.filter("setparams", **tags)
    place = {"w": size.width, "h": size.height, "filter": "lanczos"}
    # HLG's display curve mixes the channels; the approximation would bend each by itself
    exact = {"agamma": 0} if curve == "arib-std-b67" else {}
    stream = stream.filter("zscale", **place, t="linear", npl=white, p="709", **exact)
    stream = stream.filter("format", "gbrpf32le")
    if curve:
        peak = colour.HDR_PEAK / white
        stream = stream.filter("tonemap", tonemap="mobius", desat=0, peak=f"{peak:.4f}")
    stream = stream.filter("zscale", p="709", t="709", m="709", r="limited")
    return stream.filter("format", "yuv420p")
