"""What a whole run leaves: nothing of the user's, but in the ledger that is theirs."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep.local import LocalService

from ..conftest import Make as Film
from .conftest import SAFE, Call, scene

SECRET = "0f1e2d3c-aaaa-4bbb-8ccc-ddddeeeeffff:00112233445566778899aabbccddeeff"
FOLDER, CLIP, PHOTO = "Bettina Privat", "Unser Urlaub in Lissabon.mov", "Kind am Strand.jpg"
PRIVATE = (FOLDER, "Urlaub", "Lissabon", "Strand", "Bettina")
PLACE = "+38.7223-009.1393/"
PROMPT = ("--prompt", "@Image1 meets @Video1", "--duration", "4", "--resolution", "480p")


pytestmark = pytest.mark.slow  # test_secrets holds the same of more files, in each run


@pytest.fixture
def media(ffmpeg_make: Film, tmp_path: Path) -> tuple[Path, Path]:
    """A clip and a photo that tell where, when and by whom they were made, and need mending."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    tags = {"com.apple.quicktime.location.ISO6709": PLACE, "title": "Urlaub mit Bettina",
            "artist": "Bettina", "com.apple.quicktime.model": "iPhone 15 of Bettina"}  # fmt: skip
    told = [word for name, value in tags.items() for word in ("-metadata", f"{name}={value}")]
    clip = ffmpeg_make(
        "c.mov", *scene("640x360", 3), *SAFE, "-movflags", "use_metadata_tags", *told
    )
    (folder / CLIP).write_bytes(clip.read_bytes())
    exif = Image.Exif()
    exif[0x013B] = "Bettina"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (38.0, 43.0, 20.0)
    Image.new("RGB", (200, 200), "teal").save(folder / PHOTO, exif=exif, comment=b"Bettina")
    return folder / PHOTO, folder / CLIP


def test_nothing_private_is_sent_or_shown(
    call: Call, media: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs, uploads, payload and URLs hold none of it; no file and no word holds the key."""
    monkeypatch.setenv("FAL_KEY", SECRET)
    photo, clip = media
    with LocalService() as service:
        answer = call("generate", photo, clip, *PROMPT, "--service", service.base, "--yes",
                      "--allow", "inventive", "--out", "ready", "--download", "film.mp4",
                      "--json")  # fmt: skip
        assert 0 == answer.status, answer.err
        stored = [(one.name, one.path.read_bytes()) for one in service.uploads]
        sent = repr((service.received, service.jobs)).encode()
    for made in (tmp_path / "ready").iterdir():
        assert [] == found(made.read_bytes(), (*PRIVATE, PLACE)), made.name
    for name, data in stored:
        assert [] == found(data, (*PRIVATE, PLACE)), name
    assert [] == found(" ".join(name for name, _ in stored).encode(), PRIVATE)
    assert [] == found(sent, (*PRIVATE, str(tmp_path)))
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(everything) > 5
    for path in everything:
        assert SECRET.partition(":")[2].encode() not in path.read_bytes(), path.name
    assert SECRET.partition(":")[2] not in answer.out + answer.err


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_ledger_is_for_its_owner_alone(call: Call, media: tuple[Path, Path]) -> None:
    """Absolute paths stand in the ledger, which nobody else may read."""
    photo, clip = media
    call("generate", photo, clip, *PROMPT, "--service", "local", "--allow", "inventive")
    home = Path(os.environ["SEEDANCE_PREP_HOME"])
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert kept
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in kept}


def found(data: bytes, words: tuple[str, ...]) -> list[str]:
    """Which of the words are in there, in any of the encodings that files use."""
    codes = ("utf-8", "utf-16-le", "utf-16-be")
    return [word for word in words if any(word.encode(code) in data for code in codes)]
