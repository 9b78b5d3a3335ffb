"""Facts of still pictures, made on the spot."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageOps

from seedance_prep.core.media import Fault
from seedance_prep.core.request import Kind

from .made import PICTURE, fault, image, media

Make = Callable[..., Path]
ORIENTATION, GPS = 0x0112, 0x8825


def chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + kind + data + check


def png_header(width: int, height: int, bits: int = 8, colour: int = 2) -> bytes:
    ihdr = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "tiff"])
def test_orientation(tmp_path: Path, orientation: int, form: str) -> None:
    """Width and height are those after the EXIF orientation, which is told as well."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / "a"
    Image.new("RGB", (40, 30)).save(path, form, exif=exif)
    facts = image(path)
    assert form == facts.container
    assert orientation == facts.orientation
    assert ((30, 40) if orientation > 4 else (40, 30)) == (facts.width, facts.height)


@pytest.mark.parametrize("form", ["heic", "avif"])
def test_orientation_of_heif(tmp_path: Path, form: str) -> None:
    """HEIC and AVIF are told as they are seen, by their own rotation and not by their EXIF."""
    import pillow_heif

    picture = Image.new("RGB", (64, 48), "red")
    path = tmp_path / "a"
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    if form == "heic":
        pillow_heif.from_pillow(picture).save(path, quality=50, exif=exif.tobytes())
    else:
        picture.save(path, "avif", exif=exif)
    facts = image(path)
    assert form == facts.container
    if form == "heic":
        assert pillow_heif.open_heif(path).size == (facts.width, facts.height)
    else:
        with Image.open(path) as opened:
            assert ImageOps.exif_transpose(opened).size == (facts.width, facts.height)


def test_a_still_has_all_facts(tmp_path: Path) -> None:
    """Mode, depth, alpha, profile, place, frames and bytes of an ordinary picture."""
    exif = Image.Exif()
    exif.get_ifd(GPS).update({1: "N", 2: (51.0, 22.0, 0.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "a"
    Image.new("RGB", (8, 6)).save(path, "jpeg", exif=exif, icc_profile=profile)
    facts = image(path)
    assert ("jpeg", "RGB", 8, False, 1) == (
        *(facts.container, facts.mode, facts.bits),
        *(facts.alpha, facts.frames),
    )
    assert True is facts.gps
    assert "sRGB" in (facts.icc or "")
    assert path.stat().st_size == facts.bytes


@pytest.mark.parametrize(
    ("mode", "form", "bits", "alpha"),
    [
        ("CMYK", "jpeg", 8, False),
        ("L", "jpeg", 8, False),
        ("RGBA", "png", 8, True),
        ("I;16", "png", 16, False),
        ("1", "png", 1, False),
        ("I;16", "tiff", 16, False),
        ("RGBA", "webp", 8, True),
        ("P", "gif", 8, False),
        ("RGB", "bmp", 8, False),
    ],
)
def test_modes(tmp_path: Path, mode: str, form: str, bits: int, alpha: bool) -> None:
    """Depth and transparency of each mode."""
    path = tmp_path / "a"
    picture = Image.new(mode, (8, 6))
    if mode == "RGBA":
        picture.putpixel((0, 0), (1, 2, 3, 4))
    picture.save(path, form)
    facts = image(path)
    assert (mode, bits, alpha) == (facts.mode, facts.bits, facts.alpha)


def test_sixteen_bits_of_colour(ffmpeg_make: Make) -> None:
    """A 16-bit PNG or TIFF says 16, though Pillow opens it with 8."""
    for name in ("deep.png", "deep.tiff"):
        path = ffmpeg_make(name, *PICTURE, "-frames:v", "1", "-pix_fmt", "rgb48be")
        assert 16 == image(path).bits


def test_a_transparent_colour(tmp_path: Path) -> None:
    """One transparent colour of a palette is transparency, too."""
    path = tmp_path / "a"
    Image.new("P", (8, 6)).save(path, "png", transparency=0)
    assert True is image(path).alpha


@pytest.mark.parametrize("form", ["gif", "png", "webp"])
def test_animations(tmp_path: Path, form: str) -> None:
    """An animation stays a picture, with its frames counted."""
    frames = [Image.new("RGB", (8, 6), (20 * n, 250 - 20 * n, 99)) for n in range(5)]
    path = tmp_path / "a"
    frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=100)
    assert 5 == image(path).frames


@pytest.mark.parametrize("side", [20_001, 65_535, 2**31 - 1])
def test_bombs(tmp_path: Path, side: int) -> None:
    """A header that declares more pixels than may be opened is refused before any is decoded."""
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, 20_001) + chunk(b"IDAT", zlib.compress(bytes(10))))
    assert Fault.TOO_LARGE == fault(path)
    path.write_bytes(b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0\0\0;")
    assert Fault.TOO_LARGE == fault(path)


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "tiff", "gif", "bmp", "avif"])
def test_cut_headers(tmp_path: Path, form: str) -> None:
    """A picture that ends within its header is damaged, and its kind is still known."""
    path = tmp_path / "a"
    Image.new("RGB", (64, 48)).save(path, form)
    data = path.read_bytes()
    path.write_bytes(data[:19])
    found = media(path)
    assert (Kind.IMAGE, None) == (found.kind, found.facts)
    assert found.problem is not None
    assert Fault.DAMAGED == found.problem.fault


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "tiff", "gif", "bmp", "avif"])
def test_any_cut(tmp_path: Path, form: str) -> None:
    """Wherever a picture is cut, probing ends with facts or with a problem, never both or none."""
    path = tmp_path / "a"
    Image.new("RGB", (64, 48)).save(path, form)
    data = path.read_bytes()
    for end in range(1, len(data), max(len(data) // 40, 1)):
        path.write_bytes(data[:end])
        found = media(path)
        assert (found.facts is None) != (found.problem is None)


def test_svg(tmp_path: Path) -> None:
    """A drawing is a picture that nothing here draws."""
    path = tmp_path / "a.png"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
    assert (Fault.UNSUPPORTED, Kind.IMAGE) == (fault(path), media(path).kind)


def test_a_size_that_pillow_does_not_read(ffmpeg_make: Make) -> None:
    """JPEG XL is measured from its codestream, and ffmpeg's demuxer for it is named."""
    path = ffmpeg_make("a.jxl", *PICTURE, "-frames:v", "1")
    facts = image(path)
    assert ("jxl", 192, 108, "jpegxl_pipe") == (
        *(facts.container, facts.width),
        *(facts.height, facts.demuxer),
    )
