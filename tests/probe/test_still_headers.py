"""Headers of pictures: what is missing, what is too large, and what Pillow does not know."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from seedance_prep.core.media import Fault
from seedance_prep.probe import jxl

from .made import fault, image, media
from .test_image_facts import chunk, png_header

FORMS = ("jpeg", "png", "webp")


def written(form: str, **options: Any) -> bytes:
    """A picture with a bit of everything, so that no part of the file is mere filling."""
    data = io.BytesIO()
    Image.effect_mandelbrot((320, 240), (-2, -1.2, 1, 1.2), 90).convert("RGB").save(
        data, form, **options
    )
    return data.getvalue()


@pytest.mark.parametrize("share", [0.4, 0.8, 0.97])
@pytest.mark.parametrize("form", FORMS)
def test_a_cut_picture_is_told_at_once(tmp_path: Path, form: str, share: float) -> None:
    """A sound header does not hide that the rest is missing; nothing is fixed to find out."""
    data = written(form)
    path = tmp_path / "cut"
    path.write_bytes(data[: int(len(data) * share)])
    found = media(path).problem
    assert found is not None
    assert (Fault.DAMAGED, True) == (found.fault, "in the middle of the picture" in found.says)


def test_the_end_of_a_thumbnail_is_not_the_end(tmp_path: Path) -> None:
    """A JPEG inside the EXIF ends before the picture begins."""
    exif = Image.Exif()
    exif[0x927C] = b"thumb" + written("jpeg")[:20_000] + b"\xff\xd9"
    data = written("jpeg", exif=exif)
    path = tmp_path / "cut"
    path.write_bytes(data[: len(data) - 2000])
    assert Fault.DAMAGED == fault(path)


def test_a_missing_end_mark_alone_is_no_damage(tmp_path: Path) -> None:
    """Pixels are complete though the file was never closed."""
    path = tmp_path / "open"
    path.write_bytes(written("png")[:-12])
    assert (320, 240) == (image(path).width, image(path).height)


@pytest.mark.parametrize("form", FORMS)
def test_what_follows_a_picture_does_not_matter(tmp_path: Path, form: str) -> None:
    """Motion photos carry a clip behind the picture."""
    path = tmp_path / "more"
    path.write_bytes(written(form) + bytes(5000))
    assert 320 == image(path).width


def test_other_things_called_jpg(tmp_path: Path) -> None:
    """Archives, pages and text are no pictures, whatever their name."""
    path = tmp_path / "photo.jpg"
    for data in (b"PK\3\4" + bytes(30), b"<!doctype html><html>login", b"hello\n", bytes(100)):
        path.write_bytes(data)
        assert Fault.NOT_MEDIA == fault(path)


def test_a_header_of_many_pixels(tmp_path: Path) -> None:
    """What is decoded whole may have 178 megapixels; a plain JPEG more, since it may shrink."""
    path = tmp_path / "large"
    path.write_bytes(png_header(14_000, 13_000) + chunk(b"IDAT", zlib.compress(bytes(10))))
    assert Fault.TOO_LARGE == fault(path)
    for progressive in (False, True):
        data = written("jpeg", progressive=progressive)
        at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
        sides = struct.pack(">HH", 13_000, 14_000)
        path.write_bytes(data[: at + 5] + sides + data[at + 9 :])
        if progressive:
            assert Fault.TOO_LARGE == fault(path)
        else:
            assert 14_000 == image(path).width


BOMBS = """
import sys, pathlib
from seedance_prep.core.request import Asset
from seedance_prep.probe import probe
def held():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
probe(Asset("first"), pathlib.Path(sys.argv[1]))
before = held()
for name in sys.argv[2:]:
    found = probe(Asset("bomb"), pathlib.Path(name))
    print(found.problem and found.problem.fault.value)
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_bombs_are_refused_before_they_unfold(tmp_path: Path) -> None:
    """50000x50000 costs no more memory than a small picture, in every format."""
    small = tmp_path / "small.png"
    small.write_bytes(written("png"))
    side = 50_000
    packed = zlib.compress(bytes(10_000_000))
    gif = b"GIF89a" + struct.pack("<HHBBB", side, side, 0, 0, 0)
    bmp = b"BM" + struct.pack("<IHHIIiiHH", 90, 0, 0, 54, 40, side, side, 1, 24) + bytes(24)
    psd = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, side, side, 8, 3) + bytes(12) + b"\0\1" * 99
    tga = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, side, side, 24, 0) + bytes(99)
    bombs = {
        "a.png": png_header(side, side) + chunk(b"IDAT", packed),
        "a.gif": gif + b"\x2c" + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\2\1\1\0;",
        "a.bmp": bmp,
        "a.psd": psd,
        "a.tga": tga,
        "a.ppm": b"P6 50000 50000 255\n" + bytes(99),
        "a.webp": b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<II", 10, 0)
        + struct.pack("<I", 16_000_000)[:3] * 2,
        "a.pam": b"P7\nWIDTH 50000\nHEIGHT 50000\nDEPTH 3\nMAXVAL 255\nENDHDR\n",
    }  # fmt: skip
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    names = [str(tmp_path / name) for name in bombs]
    argv = [sys.executable, "-c", BOMBS, str(small), *names]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    *faults, held = done.stdout.split()
    assert ["too-large"] * len(bombs) == faults
    assert 40 > int(held)


class Bits:
    """Bits, lowest first, as a JPEG XL has them."""

    def __init__(self) -> None:
        self.word, self.count = 0, 0

    def put(self, value: int, count: int) -> Bits:
        self.word |= value << self.count
        self.count += count
        return self

    def bytes(self) -> bytes:
        return self.word.to_bytes(self.count // 8 + 20, "little")


@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize(("turn", "size"), [(1, (200, 120)), (3, (200, 120)), (6, (120, 200))])
def test_jpeg_xl_as_it_is_seen(boxed: bool, turn: int, size: tuple[int, int]) -> None:
    """Its own orientation exchanges the sides; depth and alpha stand behind it."""
    bits = Bits().put(0, 1).put(0, 2).put(119, 9).put(0, 3).put(0, 2).put(199, 9)
    bits.put(0, 1).put(1, 1).put(turn - 1, 3).put(0, 3)  # orientation, no size, preview, frames
    bits.put(0, 1).put(1, 2).put(0, 1).put(1, 2).put(1, 1)  # ten bits, one channel more: alpha
    stream = b"\xff\x0a" + bits.bytes()
    boxes = struct.pack(">I8s", 12, b"JXL \r\n\x87\n") + struct.pack(">I4s", 30, b"Exif")
    boxes += b"\xff\x0a".ljust(22, b"\0") + struct.pack(">I4s", 8 + len(stream), b"jxlc")
    found = jxl.header(boxes + stream if boxed else stream)
    assert jxl.Header(width=size[0], height=size[1], bits=10, alpha=True) == found


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 20, 10, 24, 32), "tga"),
        (struct.pack("<BBBHHBHHHHBB", 9, 0, 10, 0, 0, 24, 0, 0, 20, 10, 32, 8), "tga"),
        (b"P7\nWIDTH 20\nHEIGHT 10\nDEPTH 1\nMAXVAL 255\nENDHDR\n", "pam"),
        (b"PF\n20 10\n-1.0\n", "pfm"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 10 +X 20\n", "hdr"),
        (b"SDPX".ljust(772, b"\0") + struct.pack(">II", 20, 10), "dpx"),
        (b"XPDS".ljust(772, b"\0") + struct.pack("<II", 20, 10), "dpx"),
    ],
)
def test_sizes_of_rare_formats(tmp_path: Path, head: bytes, container: str) -> None:
    """Width and height stand in the header of each."""
    path = tmp_path / "a"
    path.write_bytes(head + bytes(2000))
    facts = image(path)
    assert (container, 20, 10) == (facts.container, facts.width, facts.height)


def test_heif_with_h264_is_refused_by_name(corpus: Path) -> None:
    """Nothing here decodes it, and the reason is said."""
    found = media(corpus / "image" / "heic_avc_coded.heif").problem
    assert found is not None
    assert (Fault.UNSUPPORTED, True) == (found.fault, "H.264" in found.says)
