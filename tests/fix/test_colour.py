"""Colours after a fix, against the formulas of the standards (no scaler takes part)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seedance_prep.core.media import Hdr
from seedance_prep.core.plan import Size, VideoRecipe

from .clips import ffmpeg, fixed, tracks, video_facts

Vector = NDArray[np.float64]
LUMA = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114), "bt2020nc": (0.2627, 0.0593)}
"""Kr and Kb: ITU-R BT.709, BT.601, BT.2020."""
PATCHES = [
    (200, 60, 50),
    (60, 180, 70),
    (50, 70, 190),
    (220, 200, 40),
    (128, 128, 128),
    (30, 160, 180),
]
SIDE = 64
TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)
"""Linear BT.2020 -> BT.709 (ITU-R BT.2087)."""


def to_yuv(rgb: Vector, matrix: str, bits: int, full: bool) -> Vector:
    """Non-linear RGB in 0..1 -> code values."""
    kr, kb = LUMA[matrix]
    luma = kr * rgb[0] + (1 - kr - kb) * rgb[1] + kb * rgb[2]
    chroma = (rgb[2] - luma) / (2 - 2 * kb), (rgb[0] - luma) / (2 - 2 * kr)
    step, top = 1 << (bits - 8), (1 << bits) - 1
    if full:
        return np.array([luma * top, *(one * top + 128 * step for one in chroma)])
    return np.array([(16 + 219 * luma) * step, *((128 + 224 * one) * step for one in chroma)])


def to_rgb(yuv: Vector) -> Vector:
    """BT.709 limited range, eight bits -> RGB in 0..255."""
    kr, kb = LUMA["bt709"]
    luma, blue, red = (yuv[0] - 16) / 219, (yuv[1] - 128) / 224, (yuv[2] - 128) / 224
    r, b = luma + (2 - 2 * kr) * red, luma + (2 - 2 * kb) * blue
    return 255 * np.array([r, (luma - kr * r - kb * b) / (1 - kr - kb), b])


def patched(folder: Path, patches: list[Vector], pixel_format: str, tags: str = "") -> Path:
    """A clip of flat squares side by side with these code values, 4:2:0, without loss."""
    deep = pixel_format.endswith("10le")
    planes = []
    for plane, scale in ((0, 1), (1, 2), (2, 2)):
        row = np.repeat([round(float(patch[plane])) for patch in patches], SIDE // scale)
        planes.append(np.tile(row, (SIDE // scale, 1)).astype("<u2" if deep else "u1").tobytes())
    (folder / "patches.yuv").write_bytes(b"".join(planes) * 10)
    shape = ("-f", "rawvideo", "-pix_fmt", pixel_format, "-s", f"{SIDE * len(patches)}x{SIDE}")
    # tags are set by a filter: as options of the encoder they would convert the values
    tag = ("-vf", f"setparams={tags}") if tags else ()
    ffmpeg(*shape, "-r", "30", "-i", folder / "patches.yuv", *tag, "-c:v", "libx264", "-qp", "0",
           folder / "patches.mkv")  # fmt: skip
    return folder / "patches.mkv"


def shown(path: Path, count: int) -> Vector:
    """RGB in the middle of each square of the second frame, by formula from the stored values."""
    size = tracks(path)["Video"]["width"], tracks(path)["Video"]["height"]
    data = ffmpeg("-f", "mov", "-i", path, "-frames:v", "2", "-f", "rawvideo", "-pix_fmt",
                  "yuv420p", "-")  # fmt: skip
    frame = np.frombuffer(data[len(data) // 2 :], np.uint8)
    area = size[0] * size[1]
    planes = [frame[:area].reshape(size[1], size[0])]
    planes += list(frame[area:].reshape(2, size[1] // 2, size[0] // 2))
    middles = [(2 * i + 1) / (2 * count) for i in range(count)]
    return np.array(
        [to_rgb(np.array([np.mean(_middle(plane, at)) for plane in planes])) for at in middles]
    )


def _middle(plane: NDArray[np.uint8], at: float) -> NDArray[np.uint8]:
    row, column = plane.shape[0] // 2, int(plane.shape[1] * at)
    return plane[row - 3 : row + 3, column - 3 : column + 3]


RECIPE = VideoRecipe(size=Size(480, 80), fps=Fraction(30))
WIDTH = SIDE * len(PATCHES)


@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
@pytest.mark.parametrize("full", [False, True])
def test_matrix_and_range_are_converted(tmp_path: Path, matrix: str, full: bool) -> None:
    """RGB is the same before and after, whichever matrix and range the source was made with."""
    rgb = np.array(PATCHES) / 255
    codes = [to_yuv(one, matrix, 8, full) for one in rgb]
    tags = f"colorspace={matrix}:range={'pc' if full else 'tv'}"
    source = patched(tmp_path, codes, "yuv420p", tags)
    facts = video_facts(source, width=WIDTH, height=SIDE, duration=1 / 3, demuxer="matroska",
                        matrix=matrix, full_range=full)  # fmt: skip
    out = fixed(source, facts, RECIPE, tmp_path)
    assert np.array(PATCHES) == pytest.approx(shown(out, len(PATCHES)), abs=3)


@pytest.mark.parametrize(("height", "matrix"), [(480, "smpte170m"), (720, "bt709")])
def test_untagged_video_is_read_as_players_read_it(
    tmp_path: Path, height: int, matrix: str
) -> None:
    """Without a tag, small pictures are BT.601 and large ones BT.709."""
    codes = [to_yuv(one, matrix, 8, False) for one in np.array(PATCHES) / 255]
    source = patched(tmp_path, codes, "yuv420p")
    facts = video_facts(source, width=WIDTH, height=SIDE, duration=1 / 3, demuxer="matroska",
                        coded_width=height * 4 // 3, coded_height=height)  # fmt: skip
    out = fixed(source, facts, RECIPE, tmp_path)
    assert np.array(PATCHES) == pytest.approx(shown(out, len(PATCHES)), abs=3)


def test_colours_beside_an_alpha_channel(tmp_path: Path) -> None:
    """A clip with transparency keeps its colours where it is opaque, tagged or not."""
    codes = [to_yuv(one, "bt709", 8, False) for one in np.array(PATCHES) / 255]
    opaque = patched(tmp_path, codes, "yuv420p")
    source = tmp_path / "alpha.mkv"
    ffmpeg("-i", opaque, "-vf", "format=yuva420p", "-c:v", "ffv1", source)
    facts = video_facts(source, width=WIDTH, height=SIDE, duration=1 / 3, demuxer="matroska",
                        alpha=True, coded_width=1920, codec="ffv1")  # fmt: skip
    out = fixed(source, facts, RECIPE, tmp_path)
    assert np.array(PATCHES) == pytest.approx(shown(out, len(PATCHES)), abs=3)


def test_white_of_five_bits_is_white(tmp_path: Path) -> None:
    """Screen recordings of five bits a channel reach the top of the range."""
    source = tmp_path / "five.mov"
    white = "color=white:s=320x180:r=30:d=0.3,format=rgb555be"
    ffmpeg("-f", "lavfi", "-i", white, "-c:v", "qtrle", source)
    facts = video_facts(source, width=320, height=180, duration=0.3, codec="qtrle")
    out = fixed(source, facts, VideoRecipe(size=Size(640, 360), fps=Fraction(30)), tmp_path)
    assert [255] * 3 == pytest.approx(list(shown(out, 1)[0]), abs=1)


@pytest.mark.parametrize("primaries", ["bt709", "bt470bg", "smpte170m", "bt2020"])
def test_output_says_what_its_colours_are(tmp_path: Path, primaries: str) -> None:
    """The output is tagged BT.709, limited range, in all four places, and has eight bits 4:2:0."""
    codes = [to_yuv(one, "smpte170m", 8, False) for one in np.array(PATCHES) / 255]
    tags = f"colorspace=smpte170m:color_primaries={primaries}"
    source = patched(tmp_path, codes, "yuv420p", tags)
    facts = video_facts(source, width=WIDTH, height=SIDE, duration=1 / 3, demuxer="matroska",
                        primaries=primaries, matrix="smpte170m")  # fmt: skip
    track = tracks(fixed(source, facts, RECIPE, tmp_path))["Video"]
    names = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
    assert ["BT.709"] * 3 == [track[name] for name in names]
    assert ("Limited", 8, "4:2:0", "High") == (
        track["color_range"],
        track["bit_depth"],
        track["chroma_subsampling"],
        track["format_profile"].split("@")[0],
    )


def mobius(value: float, peak: float, knee: float = 0.3) -> float:
    """Straight up to the knee, then a curve that takes ``peak`` to 1 with an even slope."""
    if value <= knee:
        return value
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    return (b**2 + 2 * b * knee + knee**2) / (b - a) * (value + a) / (value + b)


def expected_sdr(nits: Vector) -> Vector:
    """BT.2020 light in nits -> BT.709 RGB in 0..255, white at 203 nits, highlights folded in."""
    linear = np.maximum(TO_709 @ (nits / 203), 0)
    brightest = float(linear.max())
    linear = linear * mobius(brightest, 1000 / 203) / brightest
    return np.asarray(255 * np.clip(linear, 0, 1) ** (1 / 2.4))


def pq(nits: Vector) -> Vector:
    """Inverse of the PQ curve (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = (nits / 10_000) ** m1
    return np.asarray(((c1 + c2 * power) / (1 + c3 * power)) ** m2)


def hlg(nits: Vector) -> Vector:
    """Inverse of HLG's display curve for a screen of 1000 nits (ITU-R BT.2100)."""
    luminance = float(np.dot((0.2627, 0.6780, 0.0593), nits)) / 1000
    scene = nits / 1000 * luminance ** ((1 - 1.2) / 1.2)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    high = a * np.log(np.maximum(12 * scene - b, 1e-9)) + c
    return np.asarray(np.where(scene <= 1 / 12, np.sqrt(3 * scene), high))


LIGHTS = [(20, 20, 20), (50, 50, 50), (203, 203, 203), (600, 600, 600), (60, 30, 20), (20, 40, 80)]


@pytest.mark.parametrize(("hdr", "name"), [(Hdr.PQ, "smpte2084"), (Hdr.HLG, "arib-std-b67")])
def test_high_range_becomes_standard_range(tmp_path: Path, hdr: Hdr, name: str) -> None:
    """Greys, skin and sky of an HDR clip come out as the tone curve says, tagged BT.709."""
    curve = pq if hdr is Hdr.PQ else hlg
    lights = [np.array(one, float) for one in LIGHTS]
    codes = [to_yuv(curve(one), "bt2020nc", 10, False) for one in lights]
    source = patched(tmp_path, codes, "yuv420p10le", f"colorspace=bt2020nc:color_trc={name}")
    facts = video_facts(source, width=WIDTH, height=SIDE, duration=1 / 3, demuxer="matroska",
                        codec="hevc", matrix="bt2020nc", primaries="bt2020", transfer=name,
                        pixel_format="yuv420p10", hdr=hdr)  # fmt: skip
    out = fixed(source, facts, RECIPE, tmp_path)
    expected = np.array([expected_sdr(one) for one in lights])
    assert expected == pytest.approx(shown(out, len(LIGHTS)), abs=5)
    assert "BT.709" == tracks(out)["Video"]["transfer_characteristics"]


def test_dolby_vision_over_hlg_is_read_as_hlg(tmp_path: Path) -> None:
    """What phones record (profile 8.4) is shown from its HLG layer."""
    codes = [to_yuv(hlg(np.array(one, float)), "bt2020nc", 10, False) for one in LIGHTS]
    source = patched(tmp_path, codes, "yuv420p10le")
    facts = video_facts(source, width=WIDTH, height=SIDE, duration=1 / 3, demuxer="matroska",
                        codec="hevc", matrix="BT.2020 non-constant", primaries="BT.2020",
                        transfer="HLG", hdr=Hdr.DOLBY_VISION)  # fmt: skip
    expected = np.array([expected_sdr(np.array(one, float)) for one in LIGHTS])
    assert expected == pytest.approx(shown(fixed(source, facts, RECIPE, tmp_path), 6), abs=5)
