"""Colours of stills against formulas: profiles, tags, codes, high dynamic range, depth."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from seedance_prep.core.media import ImageFacts, Media
from seedance_prep.core.plan import ImageRecipe
from seedance_prep.core.request import Asset
from seedance_prep.fixes import make
from seedance_prep.probe import probe

from . import deltae
from .clips import ffmpeg, fixed, step_of
from .deltae import PATCHES, Array
from .test_still import profile

CELL = 8
SPACES: dict[str, tuple[Array, Array, float]] = {
    "p3": (deltae.P3, deltae.D65, 2.2),
    "adobe": (deltae.ADOBE, deltae.D65, 563 / 256),
    "prophoto": (deltae.PROPHOTO, deltae.D50, 1.8),
}


def sheet(patches: Array = PATCHES) -> NDArray[np.uint8]:
    """Eight by eight patches of one colour each."""
    grid = patches.reshape(8, 8, 3).repeat(CELL, 0).repeat(CELL, 1)
    return np.round(grid).astype(np.uint8)


def seen(path: Path) -> Array:
    """The colour in the middle of each patch."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"), float)
    step = pixels.shape[0] // 8
    return pixels[step // 2 :: step, step // 2 :: step].reshape(-1, 3)


def converted(source: Path, folder: Path) -> Array:
    """What becomes of a picture, through probe and fix."""
    facts = facts_of(source)
    return seen(fixed(source, facts, ImageRecipe(format="png"), folder))


def facts_of(source: Path) -> ImageFacts:
    found: Media = probe(Asset("asset"), source)
    assert isinstance(found.facts, ImageFacts), found.problem
    return found.facts


def columns(space: Array, white: Array) -> list[tuple[float, float, float]]:
    """The three lights under D50, as a profile has them."""
    lights = deltae.adapted(space.T, white, deltae.D50)
    return [(float(x), float(y), float(z)) for x, y, z in lights]


def close(expected: Array, got: Array, mean: float = 1.0, most: float = 4.0) -> None:
    apart = deltae.delta_e(expected, got)
    assert mean > apart.mean(), f"mean difference {apart.mean():.2f}"
    assert most > apart.max(), f"{expected[apart.argmax()]} came out as {got[apart.argmax()]}"


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("form", ["png", "tiff", "jpeg", "webp"])
def test_profiles_keep_colours(tmp_path: Path, name: str, form: str) -> None:
    """P3, Adobe RGB and ProPhoto RGB become the sRGB of the same light, in every container."""
    space, white, gamma = SPACES[name]
    source = tmp_path / f"wide.{form}"
    options: dict[str, Any] = {
        "jpeg": {"quality": 100, "subsampling": 0},
        "webp": {"lossless": True},
    }
    icc = profile(columns(space, white), gamma)
    Image.fromarray(sheet()).save(source, form, icc_profile=icc, **options.get(form, {}))
    close(deltae.in_srgb((PATCHES / 255) ** gamma, space, white), converted(source, tmp_path))


@pytest.mark.parametrize("note", ["rule", "space"])
@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_adobe_rgb_by_exif(tmp_path: Path, note: str, form: str) -> None:
    """Cameras mark Adobe RGB by EXIF alone, as DCF's rule R03 or as colour space 2."""
    exif = Image.Exif()
    exif[0x8769] = {0xA001: 0xFFFF, 0xA005: {1: "R03"}} if note == "rule" else {0xA001: 2}
    source = tmp_path / f"camera.{form}"
    options: dict[str, Any] = {"subsampling": 0} if form == "jpeg" else {"lossless": True}
    Image.fromarray(sheet()).save(source, form, exif=exif, quality=100, **options)
    space, white, gamma = SPACES["adobe"]
    assert "Adobe RGB (1998)" == getattr(facts_of(source).colours, "name", None)
    close(deltae.in_srgb((PATCHES / 255) ** gamma, space, white), converted(source, tmp_path))


def png(path: Path, pixels: NDArray[Any], *told: tuple[bytes, bytes]) -> Path:
    """A PNG with chunks of its own about colours; 16 bits where the pixels have them."""
    depth = 16 if pixels.dtype == np.uint16 else 8
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], depth, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), *told, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks))  # fmt: skip
    return path


def chromaticities(*points: float) -> bytes:
    """White, red, green and blue of a cHRM chunk."""
    return struct.pack(">8I", *(round(value * 100_000) for value in points))


P3_LIGHTS = chromaticities(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
SRGB_LIGHTS = chromaticities(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


def gamma_of(value: float) -> bytes:
    return struct.pack(">I", round(100_000 / value))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(b"cICP", b"\x0c\x0d\0\x01")], lambda v: deltae.in_srgb(deltae.srgb_light(v), deltae.P3)),
        ([(b"cHRM", P3_LIGHTS), (b"gAMA", gamma_of(2.2))],
         lambda v: deltae.in_srgb(v**2.2, deltae.P3)),
        ([(b"gAMA", gamma_of(1.0))], lambda v: deltae.in_srgb(v, deltae.SRGB)),
        ([(b"gAMA", gamma_of(1.8))], lambda v: deltae.in_srgb(v**1.8, deltae.SRGB)),
        ([(b"cHRM", SRGB_LIGHTS), (b"gAMA", gamma_of(2.2))], lambda v: 255 * v),
        ([(b"sRGB", b"\0"), (b"gAMA", gamma_of(1.0))], lambda v: 255 * v),
        ([(b"cICP", b"\x01\x0d\0\x01"), (b"gAMA", gamma_of(1.0))], lambda v: 255 * v),
        ([(b"cHRM", chromaticities(0, 0, 0, 0, 0, 0, 0, 0))], lambda v: 255 * v),
    ],
)  # fmt: skip
def test_png_tells_its_colours(
    tmp_path: Path, told: list[tuple[bytes, bytes]], expected: Callable[[Array], Array]
) -> None:
    """The most telling chunk counts: cICP before sRGB before gAMA and cHRM; nonsense does not."""
    source = png(tmp_path / "told.png", sheet(), *told)
    close(expected(PATCHES / 255), converted(source, tmp_path))


def heif(path: Path, pixels: NDArray[np.uint16], primaries: int, transfer: int) -> Path:
    """A HEIC of ten bits with these codes."""
    import pillow_heif

    height, width, _ = pixels.shape
    made = pillow_heif.from_bytes("RGB;16", (width, height), pixels.tobytes())
    made.save(path, quality=-1, chroma=444, matrix_coefficients=0, full_range_flag=1,
              color_primaries=primaries, transfer_characteristics=transfer)  # fmt: skip
    return path


def avif(path: Path, source: Path, primaries: str, transfer: str) -> Path:
    """An AVIF of ten bits with these codes, made by ffmpeg from a picture."""
    tags = f"setparams=color_primaries={primaries}:color_trc={transfer}:colorspace=gbr:range=full"
    ffmpeg("-i", source, "-vf", f"format=gbrp10le,{tags}", "-c:v", "libaom-av1", "-crf", "0",
           "-cpu-used", "8", "-still-picture", "1", "-frames:v", "1", path)  # fmt: skip
    return path


def deep(values: Array) -> NDArray[np.uint16]:
    """0..1 a patch -> 16 bits, large enough for every encoder."""
    grid = values.reshape(8, 8, 3).repeat(16, 0).repeat(16, 1)
    return np.round(grid * 65535).astype(np.uint16)


@pytest.mark.parametrize("form", ["heic", "avif"])
def test_codes_of_heif_and_avif(tmp_path: Path, form: str) -> None:
    """P3 that only codes tell becomes sRGB."""
    values = PATCHES / 255
    source = tmp_path / f"p3.{form}"
    if form == "heic":
        heif(source, deep(values), 12, 13)
    else:
        avif(source, png(tmp_path / "p3.png", deep(values)), "smpte432", "iec61966-2-1")
    assert "Display P3" == getattr(facts_of(source).colours, "name", None)
    close(deltae.in_srgb(deltae.srgb_light(values), deltae.P3), converted(source, tmp_path))


def pq(nits: Array) -> Array:
    """Light to values (SMPTE ST 2084)."""
    y = (nits / 10_000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32)


def hlg(nits: Array) -> Array:
    """Light of a screen of 1000 nits to values (ITU-R BT.2100), for greys."""
    scene = (nits / 1000) ** (1 / 1.2)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene, 1) - b) + c
    )


def folded(light: Array, peak: float = 1000 / 203, knee: float = 0.3) -> Array:
    """Light, 1 at diffuse white, by the curve that ffmpeg calls mobius."""
    a = -knee * knee * (peak - 1) / (knee * knee - 2 * knee + peak)
    b = (knee * knee - 2 * knee * peak + peak) / max(peak - 1, 1e-6)
    bent = (b * b + 2 * b * knee + knee * knee) / (b - a) * (light + a) / (light + b)
    return np.where(light <= knee, light, bent)


NITS = np.repeat(np.linspace(0.5, 900, 64)[:, None], 3, axis=1)


@pytest.mark.parametrize(("code", "curve"), [(16, pq), (18, hlg)])
@pytest.mark.parametrize("form", ["png", "heic", "avif"])
def test_high_dynamic_range(
    tmp_path: Path, form: str, code: int, curve: Callable[[Array], Array]
) -> None:
    """Greys of PQ and HLG come out at the brightness that the formula has, as in videos."""
    values = curve(NITS)
    told = (b"cICP", bytes([9, code, 0, 1]))
    source = png(tmp_path / "light.png", deep(values), told)
    if form == "heic":
        source = heif(tmp_path / "light.heic", deep(values), 9, code)
    if form == "avif":
        trc = {16: "smpte2084", 18: "arib-std-b67"}[code]
        source = avif(tmp_path / "light.avif", source, "bt2020", trc)
    expected = 255 * deltae.srgb_values(folded(NITS / 203))
    assert expected == pytest.approx(converted(source, tmp_path), abs=4)


def test_wide_colours_of_high_dynamic_range(tmp_path: Path) -> None:
    """Dim colours of BT.2020 in PQ keep their hue: below the knee only the gamut is converted."""
    light = 0.25 * (PATCHES / 255) ** 2.2
    source = png(tmp_path / "pq.png", deep(pq(light * 203)), (b"cICP", b"\x09\x10\0\x01"))
    kept = deltae.shown(light, deltae.BT2020)
    expected = deltae.in_srgb(light, deltae.BT2020)
    close(expected[kept], converted(source, tmp_path)[kept])


def test_srgb_by_another_name_changes_nothing(tmp_path: Path) -> None:
    """A picture whose profile is sRGB keeps every value: converting would only round."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = tmp_path / "same.png"
    Image.fromarray(sheet()).save(source, icc_profile=icc)
    assert np.array_equal(PATCHES, converted(source, tmp_path))


@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
def test_greys_with_a_profile(tmp_path: Path, space: bytes) -> None:
    """Greys follow a profile for greys, and one for colours just as well."""
    icc = grey_profile(1.0) if space == b"GRAY" else profile(columns(deltae.SRGB, deltae.D65), 1.0)
    ramp: Array = np.arange(0.0, 256.0, 4.0).repeat(3).reshape(-1, 3)
    source = tmp_path / "grey.png"
    Image.fromarray(sheet(ramp)[:, :, 0]).save(source, icc_profile=icc)
    close(255 * deltae.srgb_values(ramp / 255), converted(source, tmp_path))


def grey_profile(gamma: float) -> bytes:
    """A small profile for greys with one curve."""
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    at = 132 + 24
    table = struct.pack(">I4sII4sII", 2, b"wtpt", at, 20, b"kTRC", at + 20, 16)
    head = struct.pack(">I4sI4s4s4s12x4s28x3i48x", at + 36, b"test", 0x02100000, b"mntr", b"GRAY",
                       b"XYZ ", b"acsp", 63190, 65536, 54061)  # fmt: skip
    return head + table + white + curve


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_sixteen_bits_become_eight(tmp_path: Path, form: str) -> None:
    """Every value of 16 bits of colour comes out at most one step of 255 off."""
    ramp = np.arange(65536).reshape(256, 256)
    pixels = np.stack([ramp, ramp[::-1], ramp.T], axis=-1).astype(np.uint16)
    source = png(tmp_path / "deep.png", pixels)
    if form == "tiff":
        ffmpeg("-i", source, tmp_path / "d.tiff")
        source = tmp_path / "d.tiff"
    out = fixed(source, facts_of(source), ImageRecipe(format="png"), tmp_path)
    with Image.open(out) as picture:
        assert 1 >= np.abs(np.asarray(picture, float) - pixels / 257).max()


def test_jpeg_xl_tells_its_colours(tmp_path: Path) -> None:
    """P3 inside a JPEG XL becomes sRGB, though only ffmpeg reads it."""
    source, made = png(tmp_path / "p3.png", sheet()), tmp_path / "p3.jxl"
    tags = "setparams=color_primaries=smpte432:color_trc=iec61966-2-1"
    ffmpeg("-i", source, "-vf", tags, "-c:v", "libjxl", "-distance", "0", made)
    expected = deltae.in_srgb(deltae.srgb_light(PATCHES / 255), deltae.P3)
    close(expected, converted(made, tmp_path))


def test_inks_without_adobes_marker(tmp_path: Path) -> None:
    """Only files with Adobe's marker hold inks the other way round."""
    source = tmp_path / "ink.jpg"
    Image.new("CMYK", (64, 64), (0, 200, 200, 0)).save(source, quality=95)
    marked = source.read_bytes()
    at = marked.index(b"\xff\xee")
    length = int.from_bytes(marked[at + 2 : at + 4], "big")
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(marked[:at] + marked[at + 2 + length :])
    red, cyan = (converted(path, tmp_path)[9] for path in (source, plain))
    assert [255, 55, 55] == pytest.approx(red.tolist(), abs=6)
    assert [0, 0, 0] == pytest.approx(cyan.tolist(), abs=6)  # 255 of black besides


def test_a_picture_is_worth_more_than_its_profile(tmp_path: Path) -> None:
    """A profile cut short is said and left aside; the colours stay as they are."""
    icc = profile(columns(deltae.P3, deltae.D65), 2.2)[:300]
    source = tmp_path / "cut.png"
    Image.fromarray(sheet()).save(source, icc_profile=icc)
    with make(step_of(source, facts_of(source), ImageRecipe(format="png")), tmp_path) as draft:
        assert [note for note in draft.notes if "profile" in note]
        assert np.array_equal(PATCHES, seen(draft.path))
