"""What is told beside a picture: taken out without touching a pixel, or carried on and true."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from seedance_prep.core.media import ImageFacts
from seedance_prep.core.parts import READ, What, parts
from seedance_prep.core.plan import Action, ImageRecipe, Size, StripRecipe
from seedance_prep.core.request import Asset
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import make
from seedance_prep.probe import probe

from .clips import fixed, step_of
from .test_likeness import scene

SECRET = b"sEcReT"
TEXT = SECRET.decode()
ORIENTATION, DETAILS, PLACE = 0x0112, 0x8769, 0x8825


def exif(orientation: int = 6) -> Image.Exif:
    """As a phone writes it: place, names, numbers, how to hold it, a maker's block."""
    made = Image.Exif()
    made[ORIENTATION] = orientation
    made[0x010F], made[0x013B] = f"{TEXT} camera", f"{TEXT} author"
    made[DETAILS] = {
        0xA430: f"{TEXT} owner",
        0xA431: f"{TEXT} serial",
        0xA001: 1,
        0xA002: 9999,
        0xA003: 8888,
        0x927C: SECRET * 50,
    }
    made[PLACE] = {1: "N", 2: (48.0, 8.0, 15.0), 3: "E", 4: (11.0, 34.0, 30.0)}
    return made


XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description tiff:Orientation='6'"
    b" exif:PixelXDimension='9999' exif:GPSLatitude='48,8N' aux:SerialNumber='" + SECRET + b"'/>"
    b"</x:xmpmeta>"
)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def telling_jpeg(path: Path, picture: Image.Image | None = None, **options: Any) -> Path:
    """A photo with everything that was ever put beside one, and a clip behind it."""
    buffer = io.BytesIO()
    shown = picture or scene()
    shown.save(buffer, "JPEG", exif=exif(), xmp=XMP, icc_profile=PROFILE, comment=SECRET, **options)
    data = buffer.getvalue()
    more = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + SECRET)
    more += (
        segment(0xE2, b"FPXR\0" + SECRET) + segment(0xEB, SECRET) + segment(0xE0, b"JFXX" + SECRET)
    )
    first = 4 + int.from_bytes(data[4:6], "big")
    path.write_bytes(data[:first] + more + data[first:] + b"\0\0\0\x18ftypmp42" + SECRET)
    return path


def telling_png(path: Path, **options: Any) -> Path:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", TEXT)
    info.add_text("Comment", TEXT, zip=True)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    scene().convert("RGBA").save(path, pnginfo=info, exif=exif(), icc_profile=PROFILE, **options)
    data = path.read_bytes()
    more = chunk(b"tIME", bytes(7)) + chunk(b"caBX", SECRET)
    path.write_bytes(data[:33] + more + data[33:] + SECRET)
    return path


def telling_webp(path: Path, **options: Any) -> Path:
    scene().convert("RGBA").save(path, exif=exif(), xmp=XMP, icc_profile=PROFILE, **options)
    data = path.read_bytes() + b"ODD " + struct.pack("<I", 6) + SECRET
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return path


MADE = {"a.jpg": telling_jpeg, "a.png": telling_png, "a.webp": telling_webp}


def facts_of(path: Path) -> ImageFacts:
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, ImageFacts)
    return facts


def stripped(path: Path, folder: Path) -> Path:
    return fixed(path, facts_of(path), StripRecipe(), folder, action=Action.REMUXED)


def shown(path: Path) -> list[tuple[str, bytes, Any]]:
    """Every frame as it is decoded, with its profile."""
    with Image.open(path) as picture:
        found = []
        for number in range(getattr(picture, "n_frames", 1) if picture.format != "MPO" else 1):
            picture.seek(number)
            found.append((picture.mode, picture.tobytes(), picture.info.get("icc_profile")))
        return found


@pytest.mark.parametrize("name", sorted(MADE))
def test_all_that_is_told_is_taken_out(tmp_path: Path, name: str) -> None:
    """Not a byte of it is left; pixels, profile and the way to hold it are what they were."""
    source = MADE[name](tmp_path / name)
    assert SECRET in source.read_bytes()
    assert facts_of(source).metadata
    out = stripped(source, tmp_path)
    assert not [word for word in (SECRET, b"ftyp", b"GPS") if word in out.read_bytes()]
    assert shown(source) == shown(out)
    with Image.open(out) as picture:
        assert {ORIENTATION: 6} == dict(picture.getexif())
    after = facts_of(out)
    assert (False, False, ()) == (after.gps, after.metadata, after.personal)
    assert (facts_of(source).width, facts_of(source).height) == (after.width, after.height)


@pytest.mark.parametrize("name", sorted(MADE))
def test_taking_out_twice_changes_nothing(tmp_path: Path, name: str) -> None:
    """A file that tells nothing keeps its bytes."""
    once = stripped(MADE[name](tmp_path / name), tmp_path)
    (tmp_path / "twice").mkdir()
    assert once.read_bytes() == stripped(once, tmp_path / "twice").read_bytes()


def test_animations_keep_every_frame(tmp_path: Path) -> None:
    """An animated PNG and an animated WebP still move, in the same pictures."""
    frames = [scene(seed=number).convert("RGBA") for number in (1, 2)]
    for name in ("a.png", "a.webp"):
        options = {"save_all": True, "append_images": frames, "duration": 100}
        extra = {"lossless": True} if name == "a.webp" else {}
        source = MADE[name](tmp_path / name, **options, **extra)
        out = stripped(source, tmp_path)
        assert 3 == len(shown(out))
        assert shown(source) == shown(out)


@pytest.mark.parametrize("progressive", [False, True])
def test_inks_stay_what_they_are(tmp_path: Path, progressive: bool) -> None:
    """Adobe's marker tells how inks are stored: without it they would turn over."""
    source = telling_jpeg(tmp_path / "a.jpg", scene().convert("CMYK"), progressive=progressive)
    out = stripped(source, tmp_path)
    assert shown(source) == shown(out)
    assert b"Adobe" in out.read_bytes()
    assert SECRET not in out.read_bytes()


def test_the_mark_of_adobe_rgb_stays(tmp_path: Path) -> None:
    """Colours that only EXIF explains keep their explanation, and nothing else of it."""
    notes = exif(1)
    notes[DETAILS] = {0xA001: 0xFFFF, 0xA430: TEXT, 0xA005: {1: "R03"}}
    source = tmp_path / "adobe.jpg"
    scene().save(source, exif=notes)
    out = stripped(source, tmp_path)
    assert facts_of(source).colours == facts_of(out).colours is not None
    assert SECRET not in out.read_bytes()


def test_a_thumbnail_inside_jfif_goes(tmp_path: Path) -> None:
    """The oldest place for a thumbnail is cut out of its segment, which stays."""
    source = tmp_path / "thumb.jpg"
    scene().save(source)
    data = source.read_bytes()
    head = data[6:18] + bytes([2, 1]) + SECRET
    source.write_bytes(data[:2] + segment(0xE0, head) + data[20:])
    out = stripped(source, tmp_path)
    assert SECRET not in out.read_bytes()
    assert shown(source) == shown(out)


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """Where segments cannot be told apart nothing is written, rather than something left in."""
    source = telling_jpeg(tmp_path / "a.jpg")
    facts = facts_of(source)
    data = source.read_bytes()
    source.write_bytes(data[:20] + b"rubbish" + data[20:])
    with pytest.raises(ToolFailedError, match="has no segment at byte 20"):
        make(step_of(source, facts, StripRecipe()), tmp_path)
    assert [source] == list(tmp_path.iterdir())


def test_real_files_keep_their_pixels(corpus: Path, tmp_path: Path) -> None:
    """Every JPEG, PNG and WebP of the corpus that Pillow decodes shows the same afterwards."""
    seen = 0
    for source in sorted((corpus / "image").iterdir()):
        facts = probe(Asset(str(source)), source).facts
        small = isinstance(facts, ImageFacts) and (facts.width or 0) * (facts.height or 0) < 2e7
        if not small or facts is None or facts.container not in READ or facts.bits == 12:
            continue
        before, after = source.read_bytes(), tmp_path / "after"
        with make(step_of(source, facts, StripRecipe()), tmp_path) as draft:
            draft.commit(after)
        assert all(one.what is What.PICTURE or one.what is What.EXIF
                   for one in parts(after.read_bytes(), facts.container))  # fmt: skip
        assert after.stat().st_size <= len(before)
        assert shown(source) == shown(after), source.name
        seen += 1
    assert seen > 30


def kept(source: Path, folder: Path, kind: str, **recipe: Any) -> Image.Image:
    plan = ImageRecipe(format=kind, keep_metadata=True, **recipe)
    return Image.open(io.BytesIO(fixed(source, facts_of(source), plan, folder).read_bytes()))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.heic", "a.tiff"])
def test_what_is_kept_is_true_of_the_new_picture(tmp_path: Path, name: str, kind: str) -> None:
    """Camera, author and place go along; orientation and size are those of the new picture."""
    source = tmp_path / name
    if name in MADE:
        MADE[name](source)
    elif name == "a.heic":
        import pillow_heif

        pillow_heif.from_pillow(scene()).save(str(source), exif=exif(1).tobytes(), quality=90)
    else:
        scene().save(source, exif=exif().tobytes())
    made = kept(source, tmp_path, kind, size=Size(400, 600) if name != "a.heic" else Size(600, 400))
    found = made.getexif()
    assert (f"{TEXT} camera", 1) == (found[0x010F], found[ORIENTATION])
    details = found.get_ifd(DETAILS)
    assert (*made.size, 1) == (details[0xA002], details[0xA003], details[0xA001])
    assert f"{TEXT} serial" == details[0xA431]
    assert (48.0, 8.0, 15.0) == tuple(float(value) for value in found.get_ifd(PLACE)[2])
    assert {} == found.get_ifd(0x927C) or found.get_ifd(1) == {}


def test_xmp_is_kept_true(tmp_path: Path) -> None:
    """Its orientation and size are the new ones."""
    for kind in ("jpeg", "png", "webp"):
        made = kept(telling_jpeg(tmp_path / "a.jpg"), tmp_path, kind)
        xmp = made.info.get("xmp") or made.info["XML:com.adobe.xmp"].encode()
        assert b"tiff:Orientation='1'" in xmp
        assert b"exif:PixelXDimension='%d'" % made.width in xmp
        assert SECRET in xmp


def test_a_maker_s_block_without_room_is_left_out(tmp_path: Path) -> None:
    """A segment of a JPEG holds 64 kB: the maker's own notes give way to the rest."""
    source = tmp_path / "a.png"
    notes = exif()
    notes[DETAILS] = {0x927C: bytes(70_000), 0xA431: TEXT}
    scene().save(source, exif=notes)
    details = kept(source, tmp_path, "jpeg").getexif().get_ifd(DETAILS)
    assert TEXT == details[0xA431]
    assert 0x927C not in details


def test_bytes_count_with_the_metadata(tmp_path: Path) -> None:
    """A file with its metadata stays under the limit, too."""
    pixels = np.random.default_rng(3).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    source = tmp_path / "a.png"
    notes = exif()
    notes[DETAILS] = {0x927C: np.random.default_rng(3).bytes(40_000)}
    Image.fromarray(pixels).save(source, exif=notes)
    plan = ImageRecipe(keep_metadata=True, max_bytes=100_000)
    assert fixed(source, facts_of(source), plan, tmp_path).stat().st_size < 100_000
