"""Probing a large file of a store costs its headers, and finds what probing all of it finds."""

from __future__ import annotations

from pathlib import Path

import pytest

import seedance_prep as prep
from seedance_prep.core.media import Media
from seedance_prep.core.request import Asset
from seedance_prep.reader import read, read_parts
from seedance_prep.storage import Parts, opened

from ..conftest import Make
from . import large
from .servers import USER, Traffic

fsspec = pytest.importorskip("fsspec")
MOST = 5_000_000
"""Bytes that a look at a file of two gigabytes may cost."""


def big(kind: str, make: Make, target: Path) -> Path:
    """A file of two gigabytes."""
    source = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=3")
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    if kind == "wav":
        return large.wav(target)
    short = make(f"short.{kind}", *source, *codec)
    return large.mp4(short, target)


@pytest.mark.parametrize("kind", ["mp4", pytest.param("mov", marks=pytest.mark.slow), "wav"])
def test_two_gigabytes_cost_their_headers(
    kind: str, ffmpeg_make: Make, sftp: Traffic, shelf: Path
) -> None:
    """Over SFTP, with everything that its protocol sends."""
    path = big(kind, ffmpeg_make, shelf / f"big.{kind}")
    url = f"sftp://{USER}@127.0.0.1:{sftp.port}/big.{kind}"
    report = prep.check(prep.Request(assets=[url]), private_addresses=True)
    (media,) = report.assets
    assert media.problem is None
    assert media.facts == read(Asset(str(path)), path).facts
    assert sftp.received < MOST
    assert media.partial


def in_parts(data: bytes, folder: Path) -> Media:
    """Read from a store in small parts."""
    fsspec.filesystem("memory").pipe_file("/parts/file", data)
    place = folder / "file"
    place.write_bytes(b"")
    with opened("memory://parts/file") as store:
        return read_parts(Asset("any"), Parts(store, store.look(), place, 4096))


def same(path: Path, folder: Path) -> bool:
    """Whether parts tell what the whole file tells; and whether parts were enough."""
    whole, found = read(Asset("any"), path), in_parts(path.read_bytes(), folder)
    assert (whole.kind, whole.facts, whole.problem) == (found.kind, found.facts, found.problem)
    return found.partial


def test_parts_tell_what_all_tells(fixtures_dir: Path, tmp_path: Path) -> None:
    """Of media of each kind; some need all of a file, and get it."""
    names = ("phone.mov", "clip_720p.mp4", "photo.jpg", "screen.webm", "tone.wav", "long.mp3")
    partial = [same(fixtures_dir / name, tmp_path) for name in names]
    assert partial[0]


@pytest.mark.slow
def test_parts_tell_what_all_tells_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    """Also of everything that people and attackers have made."""
    files = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.stat().st_size]
    assert 10 <= sum(same(path, tmp_path) for path in files)
