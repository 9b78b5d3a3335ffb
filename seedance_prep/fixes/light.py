"""High dynamic range stills (PQ, HLG) -> sRGB of eight bits, by the curve that videos get."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from .. import pictures, process
from ..core.colours import BT2020, P3, P3_FILM, Colours, Curve
from ..core.media import ImageFacts
from ..private import workroom
from . import colour, tool

CAPTURED = 1 << 30
LIGHTS = {BT2020: "bt2020", P3: "smpte432", P3_FILM: "smpte431"}
CURVES = {Curve.PQ: "smpte2084", Curve.HLG: "arib-std-b67"}
"""ffmpeg's names."""
DEEP = {"RGB": "rgb24", "RGBA": "rgba", "RGB;16": "rgb48le", "RGBA;16": "rgba64le"}
"""Layouts that libheif hands out, and ffmpeg's names of them."""


def standard(source: Path, facts: ImageFacts) -> Image.Image:
    """The picture as it is stored, in sRGB. Raises ``ToolFailedError`` or what decoders raise."""
    assert facts.colours is not None
    if facts.container not in ("heic", "heif"):
        assert facts.demuxer is not None
        reading = ["-noautorotate", "-protocol_whitelist", "file,pipe", "-f", facts.demuxer]
        return _converted(
            [*reading, "-i", f"file:{source.absolute()}"], facts.colours, bool(facts.alpha)
        )
    return _heif(source, facts.colours)


def _heif(source: Path, colours: Colours) -> Image.Image:
    """Tiles are put together and turned by libheif; ffmpeg gets its deep pixels as they are."""
    import pillow_heif

    with source.open("rb") as file:
        opened = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
        width, height = opened.size
        layout, row, data = DEEP[opened.mode], opened.stride, bytes(opened.data)
    width_bytes = width * (len(opened.mode.partition(";")[0]) * (2 if ";" in opened.mode else 1))
    if row != width_bytes:
        data = b"".join(data[at : at + width_bytes] for at in range(0, row * height, row))
    with workroom() as room:
        pixels = room / "pixels.rgb"
        pixels.write_bytes(data)
        reading = ["-f", "rawvideo", "-pixel_format", layout, "-video_size", f"{width}x{height}"]
        return _converted([*reading, "-i", f"file:{pixels}"], colours, "a" in layout)


def of_png(data: bytes, colours: Colours) -> Image.Image:
    """The same of a PNG that ffmpeg has decoded something to."""
    with workroom() as room:
        path = room / "deep.png"
        path.write_bytes(data)
        return _converted(["-f", "png_pipe", "-i", f"file:{path}"], colours, alpha=False)


def _converted(reading: list[str], colours: Colours, alpha: bool) -> Image.Image:
    argv = ["-nostdin", "-hide_banner", "-v", "error", *reading, "-vf", filters(colours, alpha)]
    argv += ["-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"]
    done = tool.ffmpeg(argv, process.Bounds(captured=CAPTURED))
    picture = pictures.opened(io.BytesIO(done.stdout), "png")
    picture.load()
    picture.info.clear()  # it says what the source was
    return picture


def filters(colours: Colours, alpha: bool = False) -> str:
    """Light in floating point, folded into the range of a screen; alpha stays as it is."""
    curve, lights = CURVES[colours.curve], LIGHTS.get(colours.primaries, "bt709")
    white = colour.REFERENCE_WHITE
    peak = colour.HDR_PEAK
    if colours.curve is Curve.PQ and colours.nits:
        peak = min(max(colours.nits, colour.PEAK_MIN), colour.PEAK_MAX)
    exact = ":agamma=0" if colours.curve is Curve.HLG else ""
    return ",".join(
        (
            f"setparams=color_primaries={lights}:color_trc={curve}",
            f"zscale=t=linear:npl={white}:p=709:m=gbr:r=full{exact}",
            f"format=gbr{'a' if alpha else ''}pf32le",
            f"tonemap=tonemap=mobius:desat=0:peak={peak / white:.4f}",
            "zscale=t=iec61966-2-1:p=709:m=gbr:r=full:dither=ordered",
            "format=rgba" if alpha else "format=rgb24",
        )
    )
