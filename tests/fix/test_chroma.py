"""Colour stays on its place, to a small part of a pixel; ramps of more than eight bits stay even.

Chroma of known place is a wave; its phase in the output, which is sited left as H.264 means it
unless told otherwise, is compared with where the wave must be.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.plan import Size, VideoRecipe
from seedance_prep.core.request import Asset
from seedance_prep.probe import probe

from .clips import ffmpeg, fixed

WIDTH, HEIGHT = 480, 288
WAVE = {"across": 96.0, "down": 72.0}
"""Pixels of one wave."""
PLACES = {"left": (0.5, 1.0), "center": (1.0, 1.0), "topleft": (0.5, 0.5)}
"""Right and down of the corner of the first four luma samples."""
LOSSLESS = ("-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")
HEVC = ("-c:v", "libx265", "-x265-params", "lossless=1:log-level=0")


def waves(folder: Path, pixel_format: str, place: str, encode: tuple[str, ...], name: str) -> Path:
    """Grey luma under a wave across in Cb and a wave down in Cr."""
    across, down = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[pixel_format[3:6]]
    deep = 4 if "10" in pixel_format else 1
    right, below = PLACES[place]
    x = np.arange(WIDTH // across) * across + (right if across == 2 else 0.5)
    y = np.arange(HEIGHT // down) * down + (below if down == 2 else 0.5)
    wave_x = 128 + 60 * np.sin(2 * np.pi * x / WAVE["across"])
    wave_y = 128 + 60 * np.sin(2 * np.pi * y / WAVE["down"])
    planes = [
        np.full((HEIGHT, WIDTH), 126.0),
        np.tile(wave_x, (len(y), 1)),
        np.tile(wave_y[:, None], (1, len(x))),
    ]
    kind = "<u2" if deep > 1 else "u1"
    raw = b"".join(np.round(one * deep).astype(kind).tobytes() for one in planes)
    (folder / "waves.yuv").write_bytes(raw * 4)
    shape = ("-f", "rawvideo", "-pix_fmt", pixel_format, "-s", f"{WIDTH}x{HEIGHT}", "-r", "30")
    tags = f"setparams=colorspace=bt709:range=tv:chroma_location={place}"
    ffmpeg(*shape, "-i", folder / "waves.yuv", "-vf", tags, *encode, folder / name)
    return folder / name


def facts_of(path: Path) -> VideoFacts:
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, VideoFacts)
    return facts


def off(path: Path, size: Size, *, turned: bool = False) -> tuple[float, float]:
    """Pixels of the output by which the waves are off their place, across and down."""
    data = ffmpeg("-f", "mov", "-i", path, "-frames:v", "2", "-f", "rawvideo", "-pix_fmt",
                  "yuv420p", "-")  # fmt: skip
    area = size.width * size.height
    frame = np.frombuffer(data, np.uint8)[-area // 2 :]
    blue, red = frame.reshape(2, size.height // 2, size.width // 2).astype(float)
    if turned:
        return _phase(red.mean(0), 0.5, WAVE["down"] * size.width / HEIGHT), 0.0
    return (
        _phase(blue.mean(0), 0.5, WAVE["across"] * size.width / WIDTH),
        _phase(red.mean(1), 1.0, WAVE["down"] * size.height / HEIGHT),
    )


def _phase(values: NDArray[np.float64], first: float, wave: float) -> float:
    """By how much a sine of that length, sampled from ``first`` on, comes late."""
    inner = slice(len(values) // 8, -len(values) // 8)
    angle = 2 * np.pi * (np.arange(len(values)) * 2 + first)[inner] / wave
    columns = np.stack([np.sin(angle), np.cos(angle), np.ones(len(angle))], 1)
    sine, cosine, _ = np.linalg.lstsq(columns, values[inner], rcond=None)[0]
    return float(-np.arctan2(cosine, sine) * wave / (2 * np.pi))


QUICK = [
    ("yuv420p", "left", LOSSLESS, "a.mp4"),
    ("yuv420p", "topleft", (*LOSSLESS, "-chroma_sample_location", "topleft"), "a.mp4"),
    ("yuv444p", "left", LOSSLESS, "a.mp4"),
]
WIDE = [
    ("yuv420p", "center", (*LOSSLESS, "-chroma_sample_location", "center"), "a.mp4"),
    ("yuv420p", "left", ("-c:v", "ffv1"), "a.mkv"),
    ("yuv422p", "left", LOSSLESS, "a.mp4"),
    ("yuv422p10le", "left", ("-c:v", "prores_ks", "-profile:v", "3"), "a.mov"),
    ("yuv420p", "left", ("-c:v", "libvpx-vp9", "-lossless", "1"), "a.webm"),
    ("yuv420p10le", "left", HEVC, "a.mp4"),
    ("yuv420p10le", "topleft", (*HEVC[:3], f"{HEVC[3]}:chromaloc=2"), "a.mp4"),
    ("yuv420p", "center", ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"), "a.avi"),
]
CASES = [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in WIDE)]


@pytest.mark.parametrize("size", [Size(320, 192), Size(WIDTH, HEIGHT)])
@pytest.mark.parametrize(("pixel_format", "place", "encode", "name"), CASES)
def test_colour_stays_on_its_place(
    tmp_path: Path, pixel_format: str, place: str, encode: tuple[str, ...], name: str, size: Size
) -> None:
    """Wherever the source keeps its chroma, the output's is within a tenth of a pixel."""
    source = waves(tmp_path, pixel_format, place, encode, name)
    out = fixed(source, facts_of(source), VideoRecipe(size=size, fps=Fraction(30)), tmp_path)
    assert (0, 0) == pytest.approx(off(out, size), abs=0.1)


@pytest.mark.parametrize(("rotation", "mirrored"), [(0, True), (180, False)])
def test_turning_moves_no_colour(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    """A mirrored picture's chroma lies right of its luma; it is put back to the left."""
    source = waves(tmp_path, "yuv420p", "left", LOSSLESS, "a.mp4")
    facts = replace(facts_of(source), rotation=rotation, mirrored=mirrored)
    size = Size(320, 192)
    out = fixed(source, facts, VideoRecipe(size=size, fps=Fraction(30)), tmp_path)
    # whole waves fit, so the mirrored wave is the same one upside down: half a wave on
    half = [WAVE["across"] * size.width / WIDTH / 2, WAVE["down"] * size.height / HEIGHT / 2]
    expected = [half[0], half[1] if rotation == 180 else 0.0]
    assert expected == pytest.approx([abs(one) for one in off(out, size)], abs=0.1)


def test_a_quarter_turn_moves_no_colour(tmp_path: Path) -> None:
    """Upright, what lay beside the luma lies above it; it is put back to the left."""
    source = waves(tmp_path, "yuv420p", "left", LOSSLESS, "a.mp4")
    facts = replace(facts_of(source), rotation=270, width=HEIGHT, height=WIDTH)
    size = Size(192, 320)
    out = fixed(source, facts, VideoRecipe(size=size, fps=Fraction(30)), tmp_path)
    assert 0 == pytest.approx(off(out, size, turned=True)[0], abs=0.1)


SLOPE = (150, 230)
"""Ten-bit code values that a ramp across the picture goes through: 20 of eight bits.

Cut down without dither, its local mean is off by up to 0.4 of a step: a band that is seen.
"""


@pytest.mark.parametrize(
    ("encode", "name"),
    [
        (("-c:v", "ffv1"), "a.mkv"),
        (HEVC, "a.mp4"),
    ],
)
def test_ten_bits_become_eight_without_bands(
    tmp_path: Path, encode: tuple[str, ...], name: str
) -> None:
    """The local mean follows a dark ramp to a fifth of a step, after the encode, too."""
    width, height = 1280, 160
    ramp = np.linspace(*SLOPE, width)
    luma = np.tile(np.round(ramp).astype("<u2"), (height, 1))
    chroma = np.full((height // 2, width // 2), 512, "<u2").tobytes()
    (tmp_path / "ramp.yuv").write_bytes((luma.tobytes() + chroma * 2) * 6)
    shape = ("-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", f"{width}x{height}", "-r", "30")
    tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    ffmpeg(*shape, "-i", tmp_path / "ramp.yuv", "-vf", tags, *encode, tmp_path / name)
    source = tmp_path / name
    recipe = VideoRecipe(size=Size(width, height), fps=Fraction(30))
    out = fixed(source, facts_of(source), recipe, tmp_path)
    data = ffmpeg("-f", "mov", "-i", out, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
    frame = np.frombuffer(data, np.uint8)[-width * height * 3 // 2 :][: width * height]
    means = frame.reshape(height, width // 16, 16).mean((0, 2))
    assert luma[0].reshape(-1, 16).mean(1) / 4 == pytest.approx(means, abs=0.2)
