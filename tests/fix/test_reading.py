"""Every format is read upright, whole and in its colours: probe and fix together."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.media import ImageFacts
from seedance_prep.core.plan import ImageRecipe, Size
from seedance_prep.core.request import Asset, Request
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import decodes, make
from seedance_prep.probe import probe

from .clips import ffmpeg, fixed, step_of
from .test_picture import corners, quarters
from .test_still import UPRIGHT

SHAPE = (180, 320, 3)


def facts_of(path: Path) -> ImageFacts:
    found = probe(Asset("asset"), path)
    assert isinstance(found.facts, ImageFacts), found.problem
    return found.facts


def shown(path: Path, folder: Path) -> NDArray[np.uint8]:
    """What becomes of a picture, without loss."""
    facts = facts_of(path)
    out = fixed(path, facts, ImageRecipe(format="png"), folder)
    with Image.open(out) as picture:
        assert (facts.width, facts.height) == picture.size
        return np.array(picture)


def upright_corners(pixels: NDArray[np.uint8]) -> None:
    assert SHAPE == (*pixels.shape[:2], 3)
    assert quarters(corners()) == quarters(pixels[:, :, :3])


FORMS = ("bmp", "gif", "ico", "icns", "jpeg", "jpeg2000", "pcx", "png", "ppm", "sgi", "tga",
         "tiff", "webp", "avif", "dds", "qoi")  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_formats_that_pillow_writes(tmp_path: Path, form: str) -> None:
    """Each comes out with all of its pixels; icons at the largest of their sizes."""
    source = tmp_path / "a"
    picture = Image.fromarray(corners())
    special: dict[str, dict[str, Any]] = {"avif": {"quality": 95}, "webp": {"lossless": True}}
    options = special.get(form, {})
    if form in ("ico", "icns"):
        side = {"ico": 256, "icns": 512}[form]
        picture.resize((side, side)).save(source, form, **options)
        assert quarters(corners()) == quarters(shown(source, tmp_path)[:, :, :3])
        return
    picture.save(source, form, **options)
    upright_corners(shown(source, tmp_path))


@pytest.mark.parametrize("name", ["a.pam", "a.pfm", "a.exr", "a.dpx", "a.jxl", "a.hdr"])
def test_formats_that_ffmpeg_alone_reads(tmp_path: Path, name: str) -> None:
    """Their size is told before anything is decoded."""
    source, still = tmp_path / name, tmp_path / "still.png"
    Image.fromarray(corners()).save(still)
    lossless = ["-distance", "0"] if name == "a.jxl" else []
    ffmpeg("-i", still, *lossless, source)
    pixels = shown(source, tmp_path)
    assert SHAPE == pixels.shape
    if name not in ("a.exr", "a.hdr"):  # ffmpeg writes values there, where light is meant
        upright_corners(pixels)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "tiff", "avif"])
def test_each_orientation_once(tmp_path: Path, form: str, turn: int) -> None:
    """Whoever turns the picture, the decoder or the fix, it is turned once."""
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = Image.fromarray(np.ascontiguousarray(UPRIGHT[turn](corners())))
    source = tmp_path / "turned"
    stored.save(source, form, exif=exif, quality=95)
    upright_corners(shown(source, tmp_path))


@pytest.mark.parametrize("turn", range(1, 9))
def test_heic_turned_by_boxes_and_exif(tmp_path: Path, turn: int) -> None:
    """A HEIC whose boxes and EXIF both tell to turn it, as phones write it, is turned once."""
    import pillow_heif

    stored = Image.fromarray(np.ascontiguousarray(UPRIGHT[turn](corners())))
    exif = Image.Exif()
    exif[0x0112] = turn
    source = tmp_path / "phone.heic"
    made = pillow_heif.from_pillow(stored)
    made.save(source, quality=95, exif=exif.tobytes())
    pixels = shown(source, tmp_path)
    upright_corners(pixels)
    assert facts_of(source).orientation in (None, 1)


def test_a_grid_is_put_together(tmp_path: Path) -> None:
    """A HEIC of tiles, as phones write large ones, is one picture."""
    import pillow_heif

    large = np.kron(corners(), np.ones((8, 4, 1), np.uint8))
    source = tmp_path / "grid.heic"
    pillow_heif.from_pillow(Image.fromarray(large)).save(source, quality=90, tile_size=512)
    assert b"grid" in source.read_bytes()[:4096]
    assert quarters(corners()) == quarters(shown(source, tmp_path))


@pytest.mark.parametrize("alpha", [False, True])
def test_pngs_for_ios(tmp_path: Path, alpha: bool) -> None:
    """CgBI: red is red again, and what alpha was multiplied into is divided out."""
    pixels = corners().astype(float)
    cover = np.linspace(64, 255, 320).round()[None, :, None].repeat(180, 0)
    stored = [pixels[:, :, ::-1] * (cover / 255 if alpha else 1)] + ([cover] if alpha else [])
    rows = np.concatenate(stored, axis=2).round().astype(np.uint8)
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(b"".join(b"\0" + row.tobytes() for row in rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", 320, 180, 8, 6 if alpha else 2, 0, 0, 0)
    source = tmp_path / "ios.png"
    source.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"CgBI", b"\x50\0\x20\2"), (b"IHDR", head), (b"IDAT", data),
                           (b"IEND", b""))))  # fmt: skip
    assert "cgbi" == facts_of(source).container
    out = shown(source, tmp_path).astype(float)
    assert np.abs(out[:, :, :3] - pixels).max() <= (2 if alpha else 0)
    assert not alpha or np.array_equal(out[:, :, 3:], cover)


def test_the_white_of_a_deep_jpeg_2000(tmp_path: Path) -> None:
    """Sixteen bits of white stay white."""
    plain, source = tmp_path / "a.png", tmp_path / "a.jp2"
    white = np.full((180, 320, 3), 65535, np.uint16)
    white[:90] = corners()[:90].astype(np.uint16) * 257
    raw = tmp_path / "a.raw"
    raw.write_bytes(white.astype("<u2").tobytes())
    ffmpeg("-f", "rawvideo", "-pixel_format", "rgb48le", "-video_size", "320x180", "-i", raw, plain)
    ffmpeg("-i", plain, "-c:v", "libopenjpeg", "-compression_level", "0", source)
    assert 16 == facts_of(source).bits
    pixels = shown(source, tmp_path)
    assert 254 <= pixels[90:].min()
    assert np.abs(pixels[:90].astype(int) - corners()[:90]).max() <= 1


@pytest.mark.parametrize("scale", [1.0, 0.6, 0.45, 0.2])
def test_progressive_jpegs(tmp_path: Path, scale: float) -> None:
    """They are read whole and in part, like any other."""
    source = tmp_path / "a.jpg"
    Image.fromarray(corners()).resize((1280, 720)).save(source, progressive=True)
    size = Size(round(1280 * scale), round(720 * scale))
    out = fixed(source, facts_of(source), ImageRecipe(size=size), tmp_path)
    with Image.open(out) as picture:
        assert (size.width, size.height) == picture.size
        assert quarters(corners()) == quarters(np.array(picture))


def test_the_base_of_a_gain_map(tmp_path: Path) -> None:
    """Of a JPEG with a second picture behind it (MPO) the first counts."""
    source = tmp_path / "ultra.jpg"
    second = Image.new("RGB", (80, 45), "white")
    Image.fromarray(corners()).save(source, "mpo", save_all=True, append_images=[second])
    upright_corners(shown(source, tmp_path))


def test_only_the_first_page(tmp_path: Path) -> None:
    """A TIFF of several pages is its first, and says how many there are."""
    source = tmp_path / "pages.tif"
    more = [Image.new("RGB", (50, 40), "white")] * 2
    Image.fromarray(corners()).save(source, save_all=True, append_images=more)
    assert 3 == facts_of(source).frames
    upright_corners(shown(source, tmp_path))


def jpeg(width: int, height: int, turn: int = 1) -> bytes:
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(corners()).resize((width, height)).save(data, "jpeg", quality=92, exif=exif)
    return data.getvalue()


def directory(entries: dict[int, tuple[int, int]], after: int = 0) -> bytes:
    """Tags with (type, value) as a little-endian directory."""
    rows = b"".join(
        struct.pack("<HHII", tag, kind, value if kind == 7 else 1, value)
        for tag, (kind, value) in sorted(entries.items())
    )
    return struct.pack("<H", len(entries)) + rows + struct.pack("<I", after)


def canon(preview: bytes) -> bytes:
    """CR2: the first directory is the large JPEG, the next a thumbnail; EXIF has the sensor."""
    small = jpeg(160, 90)
    places = 16, 16 + len(preview)
    exif_at = places[1] + len(small)
    exif = directory({0xA002: (4, 1300), 0xA003: (4, 730)})
    second = directory({513: (4, places[1]), 514: (4, len(small))})
    second_at = exif_at + len(exif)
    main = {256: (4, 1280), 257: (4, 720), 259: (3, 6), 273: (4, places[0]), 274: (3, 1),
            279: (4, len(preview)), 34665: (4, exif_at)}  # fmt: skip
    first_at = second_at + len(second)
    head = b"II*\0" + struct.pack("<I", first_at) + b"CR\2\0\0\0\0\0"
    return head + preview + small + exif + second + directory(main, second_at)


def panasonic(preview: bytes) -> bytes:
    """RW2: a TIFF with another number in front; the JPEG is the value of a tag."""
    at = 8 + len(preview)
    rows = struct.pack("<HHIIHHIIHHII", 2, 4, 1, 1300, 3, 4, 1, 730, 46, 7, len(preview), 8)
    return b"IIU\0" + struct.pack("<I", at) + preview + struct.pack("<H", 3) + rows + bytes(4)


def fuji(preview: bytes) -> bytes:
    """RAF: places at fixed offsets, big-endian."""
    tags = struct.pack(">IHHHH", 1, 0x111, 4, 730, 1300)
    head = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0")
    at = 108 + len(tags)
    places = struct.pack(">IIII", at, len(preview), 108, len(tags)).ljust(24, b"\0")
    return head + places + tags + preview


@pytest.mark.parametrize("brand", [canon, panasonic, fuji])
@pytest.mark.parametrize("whole", [True, False])
def test_cameras_raw_files(tmp_path: Path, brand: Any, whole: bool) -> None:
    """The preview of full size is the picture; a smaller one is refused, and told."""
    source = tmp_path / "a.raw"
    source.write_bytes(brand(jpeg(1280, 720) if whole else jpeg(640, 360)))
    if whole:
        pixels = shown(source, tmp_path)
        assert (720, 1280, 3) == pixels.shape
        assert quarters(corners()) == quarters(pixels)
        return
    problem = probe(Asset("asset"), source).problem
    assert problem is not None
    assert "the largest preview in it has 640x360 pixels" in problem.says


def test_filled_rows_are_no_picture(tmp_path: Path) -> None:
    """A JPEG cut short and closed again decodes with grey below: it is damaged all the same."""
    whole = jpeg(640, 360)
    source = tmp_path / "closed.jpg"
    source.write_bytes(whole[: len(whole) // 2] + b"\xff\xd9")
    with pytest.raises(ToolFailedError, match="filled with grey"):
        make(step_of(source, facts_of(source), ImageRecipe()), tmp_path)
    with pytest.raises(ToolFailedError, match="filled with grey"):
        decodes(source, None, None)


def test_grey_pictures_are_pictures(tmp_path: Path) -> None:
    """Mid-grey to the last corner is no damage, and neither is what follows the picture."""
    source = tmp_path / "grey.jpg"
    Image.new("RGB", (320, 180), (128, 128, 128)).save(source)
    plain = source.read_bytes()
    for behind in (b"", plain, plain[:300], bytes(9999), b"\0\0\0\x18ftypmp42" * 99):
        source.write_bytes(plain + behind)
        assert {128} == set(shown(source, tmp_path).flatten().tolist())


@pytest.mark.parametrize("name", ["small.heic", "small.jxl"])
def test_what_is_left_as_it_is_is_not_called_damaged(tmp_path: Path, name: str) -> None:
    """A foreign format that may not be touched keeps its own findings."""
    import pillow_heif

    source, still = tmp_path / name, tmp_path / "still.png"
    Image.fromarray(corners()).save(still)
    if name == "small.heic":
        pillow_heif.from_pillow(Image.fromarray(corners())).save(source)
    else:
        ffmpeg("-i", still, source)
    request = Request(assets=[Asset(str(source))])
    options = pipeline.Options(allow=Trust.LOSSLESS)
    report = drain(pipeline.fixing(request, tmp_path / "out", options))
    errors = [one.code for one in report.findings if one.level is Level.ERROR]
    assert {"IMG001", "IMG004"} == set(errors)


@pytest.mark.parametrize(("layers", "alpha"), [(0, False), (-1, True)])
def test_a_saved_selection_is_no_transparency(tmp_path: Path, layers: int, alpha: bool) -> None:
    """The fourth channel of a PSD is transparency only where the file says so."""
    planes = [corners()[:, :, band].tobytes() for band in range(3)] + [bytes(180 * 320)]
    info = struct.pack(">hh", layers, 0) if layers else b""
    section = struct.pack(">II", len(info) + 4, len(info)) + info
    source = tmp_path / "a.psd"
    source.write_bytes(
        struct.pack(">4sH6xHIIHHII", b"8BPS", 1, 4, 180, 320, 8, 3, 0, 0)
        + section + b"\0\0" + b"".join(planes)
    )  # fmt: skip
    assert alpha is facts_of(source).alpha
    pixels = shown(source, tmp_path)
    assert (4 if alpha else 3) == pixels.shape[2]
    assert alpha or quarters(corners()) == quarters(pixels)


def test_twelve_bits_turned_by_exif(corpus: Path, tmp_path: Path) -> None:
    """The notes of a JPEG count, too, where Pillow does not open it."""
    plain = (corpus / "image" / "jpeg_12bit.jpg").read_bytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    told = exif.tobytes()
    source = tmp_path / "turned.jpg"
    marker = b"\xff\xe1" + struct.pack(">H", len(told) + 2)
    source.write_bytes(plain[:2] + marker + told + plain[2:])
    (tmp_path / "plain.jpg").write_bytes(plain)
    upright, lying = shown(source, tmp_path), shown(tmp_path / "plain.jpg", tmp_path)
    assert (999, 749, 3) == upright.shape
    assert np.array_equal(np.rot90(lying, -1), upright)


@pytest.mark.parametrize(("sides", "size"), [((320, 180), (180, 320)), ((180, 320), (320, 180))])
def test_heic_turned_by_exif_alone(
    tmp_path: Path, sides: tuple[int, int], size: tuple[int, int]
) -> None:
    """Some camera apps write no box: EXIF counts where its sides show that nobody turned yet."""
    import pillow_heif

    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8769] = {0xA002: sides[0], 0xA003: sides[1]}
    source = tmp_path / "app.heic"
    made = pillow_heif.from_pillow(Image.fromarray(corners()))
    made.save(source, quality=95, exif=exif.tobytes())
    boxed = source.read_bytes()
    assert b"irot" in boxed
    source.write_bytes(boxed.replace(b"irot", b"free"))
    assert size == (facts_of(source).width, facts_of(source).height)
    expected = corners() if size == (320, 180) else np.rot90(corners(), -1)
    assert quarters(np.ascontiguousarray(expected)) == quarters(shown(source, tmp_path))
