"""``--keep-metadata`` and ``--strip-metadata``: who tells what afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from .conftest import Call, Make


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A compliant photo with a place in it."""
    exif = Image.Exif()
    exif[0x010F] = "sEcReT"
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 15.0)}
    Image.effect_mandelbrot((640, 480), (-2, -1.2, 1, 1.2), 60).convert("RGB").save(
        tmp_path / "photo.jpg", exif=exif
    )
    return tmp_path / "photo.jpg"


def test_a_compliant_photo_stays_and_says_so(call: Call, photo: Path) -> None:
    """Without an option: the very same bytes, and an info finding about the place."""
    found = call("fix", photo, "--json").document
    assert "untouched" == found["assets"][0]["output"]["action"]
    assert ["IMG014"] == [one["code"] for one in found["findings"]]
    assert "--strip-metadata" in call("check", photo).out


def test_stripping_touches_no_pixel(call: Call, photo: Path) -> None:
    """The place is gone, nothing was encoded, nothing is left to say."""
    found = call("fix", photo, "--strip-metadata", "--json").document
    output = found["assets"][0]["output"]
    assert ("remuxed", []) == (output["action"], found["findings"])
    assert ["take the metadata out", "picture kept bit for bit"] == output["operations"]
    with Image.open(photo) as before, Image.open(output["path"]) as after:
        assert before.tobytes() == after.tobytes()
    assert b"sEcReT" not in Path(output["path"]).read_bytes()
    again = call("fix", output["path"], "--strip-metadata", "--out", "again", "--json").document
    assert "untouched" == again["assets"][0]["output"]["action"]


def test_what_may_not_be_touched_keeps_its_place(call: Call, photo: Path) -> None:
    """``--allow none`` goes before: the finding stays."""
    found = call("fix", photo, "--strip-metadata", "--allow", "none", "--json").document
    assert "untouched" == found["assets"][0]["output"]["action"]
    assert ["IMG014"] == [one["code"] for one in found["findings"]]


def test_keeping_is_for_what_is_made_anew(call: Call, tmp_path: Path, photo: Path) -> None:
    """A photo that must be scaled down loses its place, and keeps it where that is asked for."""
    with Image.open(photo) as picture:
        large = picture.resize((6400, 4800))
        large.save(tmp_path / "large.jpg", exif=picture.getexif(), quality=50)
    plain = call("fix", tmp_path / "large.jpg", "--json").document
    kept = call("fix", tmp_path / "large.jpg", "--keep-metadata", "--out", "k", "--json").document
    assert [[], ["IMG014"]] == [[one["code"] for one in it["findings"]] for it in (plain, kept)]
    assert "keep the metadata" in kept["assets"][0]["output"]["operations"]
    with Image.open(kept["assets"][0]["output"]["path"]) as made:
        assert "sEcReT" == made.getexif()[0x010F]


def test_both_make_no_sense(call: Call, photo: Path) -> None:
    """They exclude each other."""
    answer = call("fix", photo, "--strip-metadata", "--keep-metadata")
    assert (2, True) == (answer.status, "exclude each other" in answer.err)


def test_a_video_is_copied_without_it(call: Call, ffmpeg_make: Make) -> None:
    """A compliant clip that tells where it was filmed is copied; its streams stay as they are."""
    clip = ffmpeg_make(
        "clip.mp4", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=2.5", "-c:v", "libx264",
        "-pix_fmt", "yuv420p", "-metadata", "location=+48.1375+011.5750/", "-preset", "ultrafast",
        "-metadata", "comment=sEcReT",
    )  # fmt: skip
    assert b"sEcReT" in clip.read_bytes()
    plain = call("fix", clip, "--json").document["assets"][0]["output"]
    found = call("fix", clip, "--strip-metadata", "--out", "s", "--json").document
    output = found["assets"][0]["output"]
    assert ("untouched", "remuxed") == (plain["action"], output["action"])
    data = Path(output["path"]).read_bytes()
    assert not [word for word in (b"sEcReT", b"+48.1375") if word in data]
    assert clip.stat().st_size * 0.99 < len(data)


def test_a_document_may_say_it(call: Call, tmp_path: Path, photo: Path) -> None:
    """``metadata`` in a request document is the same as the option; another word is refused."""
    document = tmp_path / "request.json"
    for word, action in (("strip", "remuxed"), ("keep", "untouched")):
        document.write_text(json.dumps({"images": [str(photo)], "metadata": word}))
        found = call("fix", "--request", document, "--out", word, "--json").document
        assert action == found["assets"][0]["output"]["action"]
    document.write_text(json.dumps({"images": [str(photo)], "metadata": "some"}))
    assert 2 == call("fix", "--request", document).status
