"""Colour bars at 75 and 100 % survive every way of storing colour, as their file tells it.

The facts come from probing the file, so that reading and converting are held together.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.plan import Size, VideoRecipe
from seedance_prep.core.request import Asset, Kind
from seedance_prep.probe import probe

from .clips import ffmpeg, fixed
from .test_colour import shown

SIDE = 40
BARS = [
    tuple(level * (number >> bit & 1) for bit in (2, 1, 0))
    for level in (191, 255)
    for number in range(7, -1, -1)
]
LUMA = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt2020nc": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
}
"""Kr and Kb: ITU-R BT.709, BT.601, BT.2020, SMPTE 240M."""
X264 = ("-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")
WORST = 3.0
"""Mean error of a patch over its three channels, of 255."""


@dataclass(frozen=True)
class Way:
    """One way of storing the bars."""

    matrix: str
    full: bool
    pixel_format: str
    encode: tuple[str, ...]
    name: str
    tagged: bool = True
    height: int = 480

    def __str__(self) -> str:
        """For the names of tests."""
        words = (self.matrix, self.pixel_format, self.encode[1], self.name, self.height)
        return "-".join(map(str, (*words, "full" * self.full, "untagged" * (not self.tagged))))


def stored(way: Way, folder: Path) -> Path:
    """The bars by formula from the standards, no scaler taking part."""
    bits = 10 if "10" in way.pixel_format else 8
    rgb = np.array(BARS) / 255
    rows: list[tuple[float, ...]]
    if way.pixel_format.startswith("gbr"):
        rows = [tuple(np.round(one[[1, 2, 0]] * ((1 << bits) - 1))) for one in rgb]
        down = [(1, 1)] * 3
    else:
        rows = [_yuv(one, way, bits) for one in rgb]
        step = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[way.pixel_format[3:6]]
        down = [(1, 1), step, step]
    kind = "<u2" if bits > 8 else "u1"
    planes = [
        np.tile(np.repeat([row[plane] for row in rows], SIDE // x).astype(kind), way.height // y)
        for plane, (x, y) in enumerate(down)
    ]
    (folder / "bars.raw").write_bytes(b"".join(one.tobytes() for one in planes) * 4)
    size = f"{SIDE * len(BARS)}x{way.height}"
    shape = ("-f", "rawvideo", "-pix_fmt", way.pixel_format, "-s", size, "-r", "30")
    said = f"setparams=colorspace={way.matrix}:range={'pc' if way.full else 'tv'}"
    tags = said if way.tagged and not way.pixel_format.startswith("gbr") else "null"
    ffmpeg(*shape, "-i", folder / "bars.raw", "-vf", tags, *way.encode, folder / way.name)
    return folder / way.name


def _yuv(rgb: np.ndarray, way: Way, bits: int) -> tuple[float, ...]:
    kr, kb = LUMA[way.matrix]
    luma = kr * rgb[0] + (1 - kr - kb) * rgb[1] + kb * rgb[2]
    chroma = (rgb[2] - luma) / (2 - 2 * kb), (rgb[0] - luma) / (2 - 2 * kr)
    step, top = 1 << (bits - 8), (1 << bits) - 1
    if way.full:
        codes = [luma * top, *(one * top + 128 * step for one in chroma)]
    else:
        codes = [(16 + 219 * luma) * step, *((128 + 224 * one) * step for one in chroma)]
    return tuple(np.clip(np.round(codes), 0, top))


QUICK = [
    Way("smpte170m", True, "yuv420p", X264, "a.mp4"),
    Way("bt2020nc", False, "yuv422p10le", X264, "a.mkv"),
    Way("smpte170m", True, "yuv422p", ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"),
        "a.mov", height=720),
    Way("bt709", True, "gbrp", ("-c:v", "qtrle", "-pix_fmt", "rgb24"), "a.mov"),
]  # fmt: skip
TABLE = [
    Way(matrix, full, pixel_format, X264, name)
    for matrix in LUMA
    for full in (False, True)
    for pixel_format in ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le",
                         "yuv444p10le")
    for name in ("a.mp4", "a.mkv")
]  # fmt: skip
ODD = [
    Way("bt709", True, "gbrp", ("-c:v", "libx264rgb", "-qp", "0", "-pix_fmt", "bgr24"), "a.mp4"),
    Way("bt709", True, "gbrp", ("-c:v", "png", "-pix_fmt", "rgb24"), "a.mov"),
    Way("bt709", True, "gbrp", ("-c:v", "rawvideo", "-pix_fmt", "bgr24"), "a.avi"),
    Way("bt709", True, "gbrp", ("-c:v", "utvideo", "-pix_fmt", "gbrp"), "a.avi"),
    Way("bt709", True, "gbrp", ("-c:v", "flashsv", "-pix_fmt", "bgr24"), "a.flv"),
    Way("bt709", True, "gbrp", ("-c:v", "gif"), "a.gif"),
    Way("bt709", True, "gbrp", ("-c:v", "libvpx-vp9", "-lossless", "1"), "a.webm"),
    Way("bt709", True, "gbrp10le", ("-c:v", "ffv1"), "a.mkv"),
    Way("smpte170m", False, "yuv420p", ("-c:v", "libvpx", "-crf", "4", "-b:v", "10M"), "a.webm",
        tagged=False, height=720),
    Way("smpte170m", False, "yuv420p", ("-c:v", "mpeg4", "-q:v", "2"), "a.avi", tagged=False),
    Way("bt709", False, "yuv420p", ("-c:v", "mpeg4", "-q:v", "2"), "a.avi", tagged=False,
        height=720),
    Way("smpte170m", False, "yuv420p", ("-c:v", "mpeg2video", "-q:v", "2"), "a.mpg"),
    Way("smpte170m", False, "yuv422p10le", ("-c:v", "prores_ks", "-profile:v", "3"), "a.mov",
        height=720),
    Way("smpte170m", True, "yuv420p", ("-c:v", "libx265", "-x265-params",
        "lossless=1:log-level=0"), "a.mp4"),
]  # fmt: skip
WAYS = [*QUICK, *(pytest.param(way, marks=pytest.mark.slow) for way in (*TABLE, *ODD))]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_bars_survive(tmp_path: Path, way: Way) -> None:
    """Every patch is what it was, within 3 of 255 in the mean of its channels."""
    source = stored(way, tmp_path)
    facts = probe(Asset(str(source), kind=Kind.VIDEO), source).facts
    assert isinstance(facts, VideoFacts)
    recipe = VideoRecipe(size=Size(960, way.height), fps=Fraction(30))
    out = fixed(source, facts, recipe, tmp_path)
    off = np.abs(shown(out, len(BARS)) - np.array(BARS)).mean(1)
    assert [] == [BARS[at] for at, error in enumerate(off) if error > WORST]
