"""What files tell of people is found wherever it stands."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from seedance_prep.core.media import ImageFacts
from seedance_prep.core.request import Asset
from seedance_prep.probe import probe

SERIAL, OWNER, AUTHOR = "a serial number", "the owner's name", "the author's name"
PICTURE = Image.new("RGB", (400, 300), (90, 120, 60))


def facts_of(path: Path) -> ImageFacts:
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, ImageFacts)
    return facts


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
@pytest.mark.parametrize(
    ("tag", "value", "found"),
    [
        (0x013B, "Ada", (AUTHOR,)),
        (0xA430, "Ada", (OWNER,)),
        (0xA431, "12345", (SERIAL,)),
        (0xA435, "12345", (SERIAL,)),
        (0xA431, "0000", ()),
        (0x013B, "  ", ()),
        (0x010F, "Camera", ()),
    ],
)
def test_exif(tmp_path: Path, name: str, tag: int, value: str, found: tuple[str, ...]) -> None:
    """Names and numbers count, blanks and zeros do not; a camera's model names nobody."""
    exif = Image.Exif()
    if tag > 0x9000:
        exif[0x8769] = {tag: value}
    else:
        exif[tag] = value
    PICTURE.save(tmp_path / name, exif=exif)
    facts = facts_of(tmp_path / name)
    assert (found, True) == (facts.personal, facts.metadata)


@pytest.mark.parametrize(
    ("told", "found", "gps"),
    [
        ("<r exif:GPSLatitude='48,8N'/>", (), True),
        ("<exif:GPSLatitude>48,8N</exif:GPSLatitude>", (), True),
        ("<r aux:SerialNumber='123'/>", (SERIAL,), False),
        ("<r aux:SerialNumber=''/>", (), False),
        ("<exifEX:BodySerialNumber>123</exifEX:BodySerialNumber>", (SERIAL,), False),
        ("<r aux:OwnerName='Ada'/>", (OWNER,), False),
        ("<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li></rdf:Seq></dc:creator>", (AUTHOR,), False),
        ("<dc:creator><rdf:Seq><rdf:li/></rdf:Seq></dc:creator>", (), False),
    ],
)
def test_xmp(tmp_path: Path, told: str, found: tuple[str, ...], gps: bool) -> None:
    """As attributes and as elements; what is empty tells nothing."""
    PICTURE.save(tmp_path / "a.jpg", xmp=f"<x:xmpmeta>{told}</x:xmpmeta>".encode())
    facts = facts_of(tmp_path / "a.jpg")
    assert (found, gps) == (facts.personal, facts.gps)


def test_other_places(tmp_path: Path) -> None:
    """IPTC's by-line and PNG's text of that name hold an author, too."""
    buffer = io.BytesIO()
    PICTURE.save(buffer, "JPEG")
    data = buffer.getvalue()
    body = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ada"
    block = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    (tmp_path / "a.jpg").write_bytes(data[:20] + block + data[20:])
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Ada")
    PICTURE.save(tmp_path / "a.png", pnginfo=info)
    assert (AUTHOR,) == facts_of(tmp_path / "a.jpg").personal
    assert (AUTHOR,) == facts_of(tmp_path / "a.png").personal


def test_a_plain_file_tells_nothing(tmp_path: Path) -> None:
    """No metadata, no names; how to hold the picture is none of them."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.jpg", "a.png", "a.webp"):
        for notes in (Image.Exif(), exif):
            PICTURE.save(tmp_path / name, exif=notes)
            facts = facts_of(tmp_path / name)
            assert (False, ()) == (facts.metadata, facts.personal)


def test_a_broken_file_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Where parts cannot be told apart nothing is known of them."""
    buffer = io.BytesIO()
    PICTURE.save(buffer, "JPEG")
    data = buffer.getvalue()
    (tmp_path / "a.jpg").write_bytes(data[:-200] + b"\xff\x07" + data[-200:])
    assert None is facts_of(tmp_path / "a.jpg").metadata
