"""Files of a few kilobytes that claim, or unfold to, more than a machine has."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Request

from ..conftest import Make

OPTIONS = pipeline.Options(allow=Trust.INVENTIVE, jobs=1)
CLIP = ("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1:r=10", "-pix_fmt", "yuv420p")
PNG = b"\x89PNG\r\n\x1a\n"
TOO_LARGE, DAMAGED = "FIL009", "FIL007"


def fixed(path: Path) -> Report:
    """All that can be done with a file, alone in a request."""
    request = Request(assets=[Asset(str(path))])
    return drain(pipeline.fixing(request, path.parent / "out", OPTIONS))


def errors(report: Report) -> set[str]:
    ref = report.assets[0].ref
    return {one.code for one in report.findings if one.level is Level.ERROR and one.ref == ref}


def still(form: str, side: int = 320) -> bytearray:
    file = BytesIO()
    Image.effect_noise((side, side), 40).convert("RGB").save(file, form)
    return bytearray(file.getvalue())


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *between: bytes) -> bytes:
    """One bit a pixel, all of it really there."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compressobj(9)
    row, data = bytes(1 + (width + 7) // 8), b""
    for _ in range(height):
        data += rows.compress(row)
    data = chunk(b"IDAT", data + rows.flush())
    return PNG + head + b"".join(between) + data + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    data = still("JPEG")
    at = data.index(b"\xff\xc0") + 5
    struct.pack_into(">HH", data, at, height, width)
    return bytes(data)


def webp() -> bytes:
    """The largest that its header can say: 16,384 pixels a side."""
    data = still("WEBP")
    data[26:30] = b"\xff\x3f\xff\x3f"
    return bytes(data)


def avif(side: int) -> bytes:
    data = still("AVIF")
    struct.pack_into(">II", data, data.index(b"ispe") + 8, side, side)
    return bytes(data)


def gif(side: int) -> bytes:
    data = still("GIF")
    struct.pack_into("<HH", data, 6, side, side)
    return bytes(data)


def jxl() -> bytes:
    """SizeHeader of 2^30 by 2^30 pixels (ISO/IEC 18181-1, D.2): not small, then 30 bits a side."""
    bits, at = 0, 0
    for value, width in ((0, 1), (3, 2), ((1 << 30) - 1, 30), (0, 3), (3, 2), ((1 << 30) - 1, 30)):
        bits |= value << at
        at += width
    return b"\xff\x0a" + bits.to_bytes(40, "little")


def tiff(side: int) -> bytes:
    data = still("TIFF")
    first = int.from_bytes(data[4:8], "little")
    for entry in range(
        first + 2, first + 2 + 12 * int.from_bytes(data[first : first + 2], "little"), 12
    ):
        if int.from_bytes(data[entry : entry + 2], "little") in (256, 257):
            struct.pack_into("<HII", data, entry + 2, 4, 1, side)
    return bytes(data)


PIXELS: dict[str, Callable[[], bytes]] = {
    "png": lambda: png(20_000, 10_000),
    "jpeg": lambda: jpeg(65_535, 65_535),
    "webp": webp,
    "avif": lambda: avif(65_536),
    "gif": lambda: gif(65_535),
    "jxl": jxl,
    "tiff": lambda: tiff(1 << 20),
}


@pytest.mark.parametrize("form", PIXELS)
def test_pixels_that_fill_the_memory(tmp_path: Path, form: str) -> None:
    """Their number is judged before one of them is unfolded, and told."""
    path = tmp_path / "bomb"
    path.write_bytes(PIXELS[form]())
    report = fixed(path)
    assert ({TOO_LARGE}, ()) == (errors(report), report.outputs)
    assert "pixels" in report.findings[0].message


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_text_and_profiles_that_unfold(tmp_path: Path, kind: bytes) -> None:
    """Thirty megabytes of text in thirty kilobytes are named, and not read."""
    before = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}[kind]
    path = tmp_path / "bomb.png"
    path.write_bytes(png(400, 400, chunk(kind, before + zlib.compress(bytes(30 << 20), 9))))
    report = fixed(path)
    assert ({TOO_LARGE}, ()) == (errors(report), report.outputs)
    assert "unpacks to more than 1 MB" in report.findings[0].message


def test_a_profile_in_many_pieces(tmp_path: Path) -> None:
    """255 pieces of a JPEG's colour profile, each as long as it can be, are no picture's harm."""
    data = still("JPEG")
    pieces = [b"ICC_PROFILE\0" + bytes((n, 255)) + bytes(65_000) for n in range(1, 256)]
    made = b"".join(b"\xff\xe2" + struct.pack(">H", 2 + len(one)) + one for one in pieces)
    path = tmp_path / "photo.jpg"
    path.write_bytes(data[:2] + made + data[2:])
    report = fixed(path)
    assert (set(), 1) == (errors(report), len(report.outputs))


def exif(rows: bytes, following: int) -> bytes:
    """A JPEG with one directory of EXIF, whose next one may be itself."""
    directory = struct.pack("<H", len(rows) // 12) + rows + struct.pack("<I", following)
    payload = b"Exif\0\0II*\0\x08\0\0\0" + directory
    return b"\xff\xe1" + struct.pack(">H", 2 + len(payload)) + payload


@pytest.mark.parametrize("tag", [0x8769, 0x8825])
def test_directories_that_lead_to_themselves(tmp_path: Path, tag: int) -> None:
    """A loop in EXIF is left, and the picture is used."""
    data = still("JPEG")
    loop = exif(struct.pack("<HHII", tag, 4, 1, 8), following=8)
    path = tmp_path / "photo.jpg"
    path.write_bytes(data[:2] + loop + data[2:])
    report = fixed(path)
    assert (set(), 1) == (errors(report), len(report.outputs))


def test_pages_that_lead_to_themselves(tmp_path: Path) -> None:
    """A TIFF whose next page is its first is one picture."""
    data = still("TIFF")
    first = int.from_bytes(data[4:8], "little")
    after = first + 2 + 12 * int.from_bytes(data[first : first + 2], "little")
    struct.pack_into("<I", data, after, first)
    path = tmp_path / "photo.tif"
    path.write_bytes(data)
    assert 1 == len(fixed(path).outputs)


@pytest.mark.slow
def test_a_hundred_thousand_frames(tmp_path: Path) -> None:
    """They are counted, up to a bound, and the first is used."""
    file = BytesIO()
    Image.new("P", (400, 400), 1).save(file, "GIF")
    data = file.getvalue()
    start = data.index(b",", 13 + (3 << (data[10] & 7) + 1))
    frame = b"!\xf9\x04\0\2\0\0\0" + data[start:-1]
    path = tmp_path / "long.gif"
    path.write_bytes(data[:start] + frame * 100_000 + b";")
    report = fixed(path)
    assert (set(), 1) == (errors(report), len(report.outputs))
    assert "IMG010" in {one.code for one in report.before or ()}


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def nested(depth: int) -> bytes:
    inner = b""
    for n in range(depth):
        inner = box((b"udta", b"moov", b"trak", b"mdia")[n % 4], inner)
    return inner


FTYP = box(b"ftyp", b"isom\0\0\2\0isom")
BOXES: dict[str, Callable[[], bytes]] = {
    "deep": lambda: FTYP + box(b"moov", nested(20_000)),
    "many": lambda: FTYP + box(b"moov", box(b"free", b"") * 400_000),
    "a gigabyte": lambda: FTYP + struct.pack(">I4s", 1 << 30, b"moov") + bytes(4096),
    "all there is": lambda: FTYP + struct.pack(">I4sQ", 1, b"moov", (1 << 63) - 1) + bytes(4096),
    "matroska": lambda: (
        b"\x1a\x45\xdf\xa3\x84\x42\x82\x81\0" + b"\x18\x53\x80\x67" + b"\xa0" * 4096
    ),
    "wav": lambda: (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\xff\xff"
        + b"\xff" * 12
        + b"data\xff\xff\xff\xff"
    ),
    "png": lambda: PNG + b"\0\0\0\rIHDR" + bytes(17) + b"\xff\xff\xff\xf0zTXta\0\0",
    "jpeg": lambda: b"\xff\xd8\xff\xe1\0\0" + bytes(2000),
    "jpeg, later": lambda: b"\xff\xd8\xff\xe0\0\x04ab\xff\xfe\0\1" + bytes(2000),
    "avi": lambda: b"RIFF\xff\xff\xff\x7fAVI LIST\xff\xff\xff\x7fhdrl" + bytes(2000),
}


@pytest.mark.parametrize("name", BOXES)
def test_lengths_that_lie(tmp_path: Path, name: str) -> None:
    """Boxes in boxes, and sizes beyond the file, are damage."""
    path = tmp_path / "bomb"
    path.write_bytes(BOXES[name]())
    report = fixed(path)
    assert ({DAMAGED}, ()) == (errors(report), report.outputs)


TABLES = {b"stsz": 16, b"stts": 12, b"stsc": 12, b"stco": 12, b"elst": 12}
"""Where the count of each table stands, from the start of its box."""


@pytest.mark.parametrize("kind", TABLES)
def test_a_count_that_lies(ffmpeg_make: Make, tmp_path: Path, kind: bytes) -> None:
    """Four thousand million rows in a table are not gone through (which took 11 GB once)."""
    data = bytearray(ffmpeg_make("a.mp4", *CLIP, "-bf", "2").read_bytes())
    at = data.index(kind) - 4 + TABLES[kind]
    data[at : at + 4] = b"\xff\xff\xff\x01"
    path = tmp_path / "bomb.mp4"
    path.write_bytes(data)
    report = fixed(path)
    assert ({DAMAGED}, ()) == (errors(report), report.outputs)
    assert "declares more rows than it holds" in report.findings[0].message


def test_a_table_that_is_cut_within_a_number(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Sizes of samples that end in the middle of one are damage, and nothing falls over them."""
    data = bytearray(ffmpeg_make("a.mp4", *CLIP, "-movflags", "+faststart").read_bytes())
    at = data.index(b"stsz") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    struct.pack_into(">I", data, at, size - 6)
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: at + size - 6])
    report = fixed(path)
    assert ({DAMAGED}, ()) == (errors(report), report.outputs)


def test_a_picture_whose_decoder_waits_for_ever(tmp_path: Path) -> None:
    """A JPEG XL that is cut ends in a finding at once: its decoder would go on for ever."""
    path = tmp_path / "cut.jxl"
    path.write_bytes(bytes.fromhex(CUT_JXL))
    report = fixed(path)
    assert ({DAMAGED}, ()) == (errors(report), report.outputs)
    assert "was ended" not in report.findings[0].message


CUT_JXL = "ff0a470600140803001c07db500a00800a9551c6"
"""The first 20 bytes of a picture of 32 by 32 pixels (libjxl)."""


def test_a_sound_that_nothing_can_open(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A WAV without its data is not passed on because its header looks well."""
    data = bytearray(ffmpeg_make("a.wav", "-f", "lavfi", "-i", "sine=d=4").read_bytes())
    data[data.index(b"data") : data.index(b"data") + 4] = b"\x51\x05\xc3\xf3"
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    report = fixed(path)
    assert ({DAMAGED}, ()) == (errors(report), report.outputs)
