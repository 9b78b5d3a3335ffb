"""Stills after a fix: upright, in true colours, eight bits, small enough, without metadata."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from seedance_prep.core.media import ImageFacts
from seedance_prep.core.plan import Box, ImageRecipe, Size
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import make

from .clips import ffmpeg, fixed, step_of
from .test_picture import BLUE, RED, WHITE, corners, quarters

ORIENTATION = 0x0112
UPRIGHT: dict[int, Callable[[Any], Any]] = {
    1: lambda shown: shown,
    2: np.fliplr,
    3: lambda shown: np.rot90(shown, 2),
    4: np.flipud,
    5: lambda shown: np.transpose(shown, (1, 0, 2)),
    6: np.rot90,
    7: lambda shown: np.transpose(np.rot90(shown, 2), (1, 0, 2)),
    8: lambda shown: np.rot90(shown, -1),
}
"""What is stored so that one who follows the tag sees ``shown`` (EXIF 2.3, tag 274)."""


def stored(picture: Image.Image, path: Path, **options: Any) -> ImageFacts:
    picture.save(path, **options)
    return facts_of(path, width=picture.width, height=picture.height)


def facts_of(path: Path, **facts: Any) -> ImageFacts:
    kind = {"jpg": "jpeg", "tif": "tiff"}.get(path.suffix[1:], path.suffix[1:])
    return ImageFacts(container=kind, bytes=path.stat().st_size, **facts)


def array(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.array(picture)


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_every_exif_orientation_comes_out_upright(tmp_path: Path, tag: int, suffix: str) -> None:
    """All eight tags: the output shows what a viewer sees, and carries no tag."""
    exif = Image.Exif()
    exif[ORIENTATION] = tag
    source = tmp_path / f"turned.{suffix}"
    Image.fromarray(np.ascontiguousarray(UPRIGHT[tag](corners()))).save(source, exif=exif)
    facts = facts_of(source, width=320, height=180, orientation=tag)
    out = fixed(source, facts, ImageRecipe(), tmp_path)
    assert (180, 320, 3) == array(out).shape
    assert quarters(corners()) == quarters(array(out))
    with Image.open(out) as picture:
        assert {} == dict(picture.getexif())


def profile(
    columns: list[tuple[float, float, float]], gamma: float, space: bytes = b"RGB "
) -> bytes:
    """A small ICC profile (version 2) with these D50 primaries and one curve for all channels."""

    def fixed_point(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))

    xyz = [b"XYZ \0\0\0\0" + fixed_point(*one) for one in [(0.9642, 1, 0.8249), *columns]]
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 79
    text += b"\0" * (-len(text) % 4)
    names = [b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"desc", b"cprt"]
    bodies = [*xyz, curve, curve, curve, text, b"text\0\0\0\0none"]
    offset = 128 + 4 + 12 * len(names)
    table, data = struct.pack(">I", len(names)), b""
    for name, body in zip(names, bodies, strict=True):
        table += name + struct.pack(">II", offset + len(data), len(body))
        data += body
    total = 128 + len(table) + len(data)
    head = struct.pack(">I4sI4s4s4s12x4s28x3i48x", total, b"test", 0x02100000, b"mntr", space,
                       b"XYZ ", b"acsp", 63190, 65536, 54061)  # fmt: skip
    return head + table + data


P3 = [(0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)]
"""Display P3, adapted to D50."""
SRGB = np.array([(0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)]).T


def to_srgb(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """P3 with gamma 2.2, in 0..255 -> sRGB in 0..255, by the definition (IEC 61966-2-1)."""
    linear = np.linalg.inv(SRGB) @ np.array(P3).T @ (rgb / 255) ** 2.2
    linear = np.clip(linear, 0, 1)
    low, high = 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    return np.asarray(255 * np.where(linear <= 0.0031308, low, high))


@pytest.mark.parametrize("colour", [(180, 90, 60), (60, 150, 80), (40, 60, 200), (255, 255, 255)])
def test_wide_gamut_becomes_srgb(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    """Colours with a P3 profile come out as the sRGB of the same light; white stays white."""
    source = tmp_path / "p3.png"
    facts = stored(Image.new("RGB", (32, 32), colour), source, icc_profile=profile(P3, 2.2))
    out = fixed(source, facts, ImageRecipe(format="png"), tmp_path)
    assert to_srgb(np.array(colour, float)) == pytest.approx(array(out)[9, 9].astype(float), abs=2)
    with Image.open(out) as picture:
        assert "icc_profile" not in picture.info


def test_alpha_survives_a_profile(tmp_path: Path) -> None:
    """The profile changes colours and leaves transparency as it is."""
    source = tmp_path / "p3.png"
    picture = Image.new("RGBA", (32, 32), (180, 90, 60, 77))
    facts = stored(picture, source, icc_profile=profile(P3, 2.2))
    pixel = array(fixed(source, facts, ImageRecipe(format="png"), tmp_path))[9, 9]
    assert 77 == pixel[3]
    assert to_srgb(np.array([180.0, 90, 60])) == pytest.approx(pixel[:3].astype(float), abs=2)


@pytest.mark.parametrize("bad", [b"no profile", profile(P3, 2.2, b"CMYK"), profile(P3, 2.2)[:150]])
def test_a_bad_profile_is_ignored_and_said(tmp_path: Path, bad: bytes) -> None:
    """A damaged profile, or one of another colour space, changes nothing but is told."""
    source = tmp_path / "bad.png"
    facts = stored(Image.new("RGB", (32, 32), (180, 90, 60)), source, icc_profile=bad)
    with make(step_of(source, facts, ImageRecipe(format="png")), tmp_path) as draft:
        assert "profile" in draft.notes[0]
        assert [180, 90, 60] == list(array(draft.path)[9, 9])


def test_cmyk_goes_through_its_profile(corpus: Path, tmp_path: Path) -> None:
    """A print file is RGB afterwards; its sky is not the naive inverse of its inks."""
    source = corpus / "image" / "cmyk_icc.jpg"
    pixels = array(fixed(source, facts_of(source), ImageRecipe(format="png"), tmp_path))
    with Image.open(source) as picture:
        naive = np.array(picture.convert("RGB"))
    assert naive.shape == pixels.shape
    assert np.abs(naive.astype(int) - pixels).mean() > 3


def test_cmyk_without_a_profile_is_said(tmp_path: Path) -> None:
    """Colours that can only be guessed are guessed, and told."""
    source = tmp_path / "ink.jpg"
    facts = stored(Image.new("CMYK", (32, 32), (0, 200, 200, 0)), source)
    with make(step_of(source, facts, ImageRecipe()), tmp_path) as draft:
        assert "CMYK without a colour profile: the colours are approximate" == draft.notes[0]
        red, green, blue = array(draft.path)[9, 9]
        assert red > 200 > 100 > max(green, blue)


def test_sixteen_bits_of_grey_are_rounded(tmp_path: Path) -> None:
    """65535 becomes 255 and the middle stays the middle: nothing overflows to white."""
    ramp = np.linspace(0, 65535, 256 * 4).astype(np.uint16)
    source = tmp_path / "deep.png"
    facts = stored(Image.fromarray(np.tile(ramp, (8, 1))), source)
    pixels = array(fixed(source, facts, ImageRecipe(format="png"), tmp_path))
    assert np.round(ramp / 257).tolist() == pixels[3, :, 0].tolist()


def test_sixteen_bits_of_colour_keep_their_look(corpus: Path, tmp_path: Path) -> None:
    """Sixteen bits per channel come out within one step of their eight upper bits."""
    source = corpus / "image" / "png_16bit_rgb.png"
    pixels = array(fixed(source, facts_of(source), ImageRecipe(format="png"), tmp_path))
    with Image.open(source) as picture:
        plain = np.array(picture.convert("RGB"))
    assert np.abs(plain.astype(int) - pixels).max() <= 1


@pytest.mark.parametrize("side", [300, 900])
def test_hidden_colours_leave_no_fringe(tmp_path: Path, side: int) -> None:
    """A blue disc, with green behind its transparent corners, has no green edge when scaled."""
    y, x = np.mgrid[0:600, 0:600]
    disc = np.zeros((600, 600, 4), np.uint8)
    disc[:] = (0, 255, 0, 0)
    disc[(x - 300) ** 2 + (y - 300) ** 2 < 250**2] = (20, 20, 200, 255)
    source = tmp_path / "disc.png"
    facts = stored(Image.fromarray(disc), source)
    plan = ImageRecipe(format="png", size=Size(side, side))
    made = array(fixed(source, facts, plan, tmp_path)).astype(float)
    seen = made[:, :, :3] * made[:, :, 3:] / 255
    assert seen[:, :, 1].max() < 40 < 190 < seen[:, :, 2].max()


def test_letters_stay_sharp(tmp_path: Path) -> None:
    """Thin dark lines keep four fifths of their contrast at half the size, and ring by a tenth."""
    lines = np.full((600, 600, 3), 235, np.uint8)
    lines[:, ::12] = lines[:, 1::12] = 20
    source = tmp_path / "lines.png"
    facts = stored(Image.fromarray(lines), source)
    plan = ImageRecipe(format="png", size=Size(300, 300))
    row = array(fixed(source, facts, plan, tmp_path))[150, 20:280, 0].astype(int)
    assert row.min() < 20 + 0.2 * 215
    assert row.max() < 235 + 0.1 * 215


@pytest.mark.parametrize(("kind", "seen"), [("jpeg", (255, 127, 127)), ("png", (255, 0, 0, 128))])
def test_transparency_meets_white_only_where_it_must(
    tmp_path: Path, kind: str, seen: tuple[int, ...]
) -> None:
    """JPEG has no room for transparency: white shows through; PNG keeps it."""
    source = tmp_path / "glass.png"
    facts = stored(Image.new("RGBA", (32, 32), (255, 0, 0, 128)), source)
    pixel = array(fixed(source, facts, ImageRecipe(format=kind), tmp_path))[9, 9]
    assert list(seen) == pytest.approx(pixel.tolist(), abs=2)


def test_a_transparent_palette_is_resolved(tmp_path: Path) -> None:
    """The transparent colour of a palette shows white in a JPEG, not its hidden colour."""
    picture = Image.new("P", (32, 32), 1)
    picture.putpalette([10, 200, 10, 0, 0, 255])
    picture.paste(0, (0, 0, 16, 32))
    source = tmp_path / "palette.gif"
    facts = stored(picture, source, transparency=0)
    pixels = array(fixed(source, facts, ImageRecipe(), tmp_path))
    assert [255, 255, 255] == pytest.approx(pixels[16, 4].tolist(), abs=3)
    assert [0, 0, 255] == pytest.approx(pixels[16, 28].tolist(), abs=3)


def test_heic_is_read(tmp_path: Path) -> None:
    """An iPhone's format comes out as JPEG with the same picture."""
    import pillow_heif

    source = tmp_path / "photo.heic"
    pillow_heif.from_pillow(Image.fromarray(corners())).save(str(source), quality=95)
    out = fixed(source, facts_of(source, width=320, height=180), ImageRecipe(), tmp_path)
    assert quarters(corners()) == quarters(array(out))


def test_jpeg_xl_is_read(corpus: Path, tmp_path: Path) -> None:
    """What Pillow cannot open goes through ffmpeg."""
    source = corpus / "image" / "jxl_naked.jxl"
    facts = replace(facts_of(source), demuxer="jpegxl_pipe")
    assert (1000, 1000, 3) == array(fixed(source, facts, ImageRecipe(), tmp_path)).shape


def test_only_the_first_picture_of_an_animation_is_kept(tmp_path: Path) -> None:
    """An animated GIF as an image is its first picture; the plan tells that, and only the plan."""
    first, second = Image.new("RGB", (32, 32), RED), Image.new("RGB", (32, 32), BLUE)
    source = tmp_path / "moving.gif"
    facts = stored(first, source, save_all=True, append_images=[second], duration=100)
    with make(step_of(source, facts, ImageRecipe()), tmp_path) as draft:
        assert ["jpeg of quality 95"] == [note.partition(",")[0] for note in draft.notes]
        assert list(RED) == pytest.approx(array(draft.path)[9, 9].tolist(), abs=4)


def test_a_jpeg_of_twelve_bits_is_made_one_of_eight(corpus: Path, tmp_path: Path) -> None:
    """What Pillow cannot open goes through ffmpeg, and is as bright as before."""
    source = corpus / "image" / "jpeg_12bit.jpg"
    facts = replace(facts_of(source), bits=12, demuxer="jpeg_pipe")
    out = array(fixed(source, facts, ImageRecipe(), tmp_path)).astype(int)
    grey = ffmpeg("-f", "jpeg_pipe", "-i", source, "-f", "rawvideo", "-pix_fmt", "gray", "-")
    before = np.frombuffer(grey, np.uint8).reshape(749, 999).astype(int)
    assert np.abs(out - before[:, :, None]).mean() < 2


def giant(path: Path, **options: Any) -> ImageFacts:
    """More pixels than are decoded at once: dark, with a bright lower right quarter."""
    picture = Image.new("L", (14_000, 13_000), 40)
    picture.paste(210, (7_000, 6_500, 14_000, 13_000))
    return stored(picture, path, quality=50, **options)


def test_a_giant_jpeg_is_decoded_smaller(tmp_path: Path) -> None:
    """A JPEG of 182 million pixels is scaled (and cut) though it is never decoded whole."""
    source = tmp_path / "giant.jpg"
    facts = giant(source)
    whole = array(fixed(source, facts, ImageRecipe(size=Size(1400, 1300)), tmp_path))
    assert (1300, 1400, 3) == whole.shape
    assert (40, 210) == (round(whole[640, 690].mean()), round(whole[660, 710].mean()))
    part = ImageRecipe(crop=Box(6_000, 5_500, 2_000, 2_000), size=Size(400, 400))
    cut = array(fixed(source, facts, part, tmp_path))
    assert (40, 210) == (round(cut[190, 190].mean()), round(cut[210, 210].mean()))


def test_a_giant_jpeg_that_must_be_held_whole_is_refused(tmp_path: Path) -> None:
    """A progressive JPEG needs room for all its pixels, whatever size it is decoded to."""
    source = tmp_path / "giant.jpg"
    facts = giant(source, progressive=True)
    with pytest.raises(ToolFailedError, match="million pixels"):
        make(step_of(source, facts, ImageRecipe(size=Size(1400, 1300))), tmp_path)


def test_the_preview_of_a_raw_file_comes_out_upright(tmp_path: Path) -> None:
    """The JPEG inside is cut out of the file and turned as the file says."""
    inside = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(UPRIGHT[6](corners()))).save(inside, "JPEG", quality=95)
    data = inside.getvalue()
    source = tmp_path / "raw.dng"
    source.write_bytes(b"II*\0 thumbnail" + data + b"sensor")
    facts = facts_of(source, width=320, height=180, orientation=6, preview=(14, len(data)))
    out = fixed(source, facts, ImageRecipe(), tmp_path)
    assert (180, 320, 3) == array(out).shape
    assert quarters(corners()) == quarters(array(out))


def test_any_error_of_a_decoder_is_one_of_the_file(corpus: Path, tmp_path: Path) -> None:
    """What a decoder raises over a damaged picture is told as such, and leaves no file."""
    source = corpus / "hostile" / "moz_img_crash_1910211-1.avif"
    with pytest.raises(ToolFailedError, match="cannot decode the picture"):
        make(step_of(source, facts_of(source), ImageRecipe()), tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_crop_scale_and_canvas(tmp_path: Path) -> None:
    """The box is cut first, then scaled, then set in the middle of a black canvas."""
    source = tmp_path / "corners.png"
    facts = stored(Image.fromarray(corners()), source)
    plan = ImageRecipe(crop=Box(160, 90, 160, 90), size=Size(320, 180), canvas=Size(320, 320))
    pixels = array(fixed(source, facts, plan, tmp_path))
    assert (320, 320, 3) == pixels.shape
    assert list(WHITE) == pytest.approx(pixels[160, 3].tolist(), abs=4)
    assert [0, 0, 0] == pytest.approx(pixels[40, 160].tolist(), abs=4)


def test_nothing_personal_goes_along(tmp_path: Path) -> None:
    """Place, camera, comments and thumbnails stay behind."""
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    source = tmp_path / "told.jpg"
    facts = stored(Image.fromarray(corners()), source, exif=exif, comment=b"secret")
    data = fixed(source, facts, ImageRecipe(), tmp_path).read_bytes()
    assert not [word for word in (b"Exif", b"ecret", b"http") if word in data]


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that hardly compresses."""
    source = tmp_path_factory.mktemp("noise") / "noise.png"
    pixels = np.random.default_rng(7).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(source)
    return source


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
@pytest.mark.parametrize("cap", [300_000, 200_000, 120_000, 40_000])
def test_bytes_are_under_the_cap_and_near_it(
    noise: Path, tmp_path: Path, kind: str, cap: int
) -> None:
    """The file is smaller than the cap, and gives up no more than it must."""
    out = fixed(noise, facts_of(noise), ImageRecipe(format=kind, max_bytes=cap), tmp_path)
    assert 0.4 * cap < out.stat().st_size < cap


def test_quality_goes_before_size(noise: Path, tmp_path: Path) -> None:
    """A cap that quality alone can meet costs no pixels; a tight one is told."""
    plan = ImageRecipe(max_bytes=200_000)
    assert (400, 600, 3) == array(fixed(noise, facts_of(noise), plan, tmp_path)).shape
    tight = ImageRecipe(max_bytes=40_000)
    with make(step_of(noise, facts_of(noise), tight), tmp_path) as draft:
        assert draft.notes[0].startswith("scaled down to ")


def test_a_cap_that_no_size_meets_is_an_error(noise: Path, tmp_path: Path) -> None:
    """Nothing is written that is too large."""
    with pytest.raises(ToolFailedError, match="smaller than 900 bytes"):
        make(step_of(noise, facts_of(noise), ImageRecipe(max_bytes=900)), tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_the_same_picture_gives_the_same_bytes(noise: Path, tmp_path: Path) -> None:
    """Two runs make the same file, in every format."""
    for kind in ("jpeg", "png", "webp"):
        plan = ImageRecipe(format=kind, size=Size(301, 200))
        first, second = (fixed(noise, facts_of(noise), plan, tmp_path).read_bytes() for _ in "ab")
        assert first == second


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A small file that claims a billion pixels is refused by its header."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    source = tmp_path / "bomb.png"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    source.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(ToolFailedError, match="pixels"):
        make(step_of(source, facts_of(source), ImageRecipe(size=Size(400, 400))), tmp_path)


def test_half_a_jpeg_is_no_picture(tmp_path: Path) -> None:
    """A photo cut short fails instead of coming out half grey."""
    whole = io.BytesIO()
    Image.fromarray(corners()).save(whole, "JPEG")
    source = tmp_path / "half.jpg"
    source.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    with pytest.raises(ToolFailedError, match="truncated"):
        make(step_of(source, facts_of(source), ImageRecipe()), tmp_path)
