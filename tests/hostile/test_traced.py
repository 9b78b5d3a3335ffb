"""No child opens a file or a socket that it was not given: strace looks on."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import seedance_prep
from seedance_prep import process
from seedance_prep.sandbox import DEVICES, SYSTEM

from ..conftest import ROOT, Make
from .canary import Canary
from .test_tricks import TEXTS, with_reference
from .traced import OPENED, SOCKETS, shut_in, traced

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not any("Landlock" in one for one in process.in_force()), reason="no Landlock here"
    ),
]
GROUP = 12
"""Files of one command: as many as a request takes."""
HOSTILE = (
    "ac4_undecodable.mp4", "asf_CWE-835.wma", "bomb_65536_uint32.png", "bomb_jp2_huge_tile.jp2",
    "bomb_png_text_dos.png", "bomb_psd_timeout.psd", "corrupt.mkv", "corrupted_decord.mp4",
    "flac_wrong_bitdepth.flac", "h264_480i_missing_pictures.mp4", "half_gray_photo.jpg",
    "hls_interstitial_https.m3u8", "mdat_too_long.mp4", "moz_crash_1835164.opus",
    "moz_crash_789075.webm", "moz_img_crash_1814741.avif", "moz_img_crash_1910211-1.avif",
    "moz_mp4_demuxer_1388991.mp4", "openjpeg_sigfpe_706.jp2", "polyglot_jpg_mp3.mp3",
    "truncated.flv", "truncated.heic", "wrongext_mpegts_named.mp4", "wrongext_realmedia_named.mp4",
)  # fmt: skip


def python_places() -> list[str]:
    """Where this Python and its packages are."""
    places = [sys.prefix, sys.base_prefix, str(Path(seedance_prep.__file__).parent), *sys.path]
    return [os.path.realpath(place) for place in places if place and Path(place) != ROOT]


def watch(verb: Sequence[str], files: list[Path], folder: Path) -> tuple[int, list[str]]:
    """How many calls were looked at, and those that nobody may make."""
    argv = [sys.executable, "-m", "seedance_prep", *verb, *(one.name for one in files)]
    inside = files[0].parent
    given = [*map(str, files), str(inside / "ready"), "/tmp/seedance-prep-", "/proc/self/fd"]
    allowed = (*given, *python_places(), *SYSTEM, *DEVICES, os.path.realpath(process.ffmpeg()))
    environment = os.environ | {"TMPDIR": "/tmp", "PYTHONPATH": str(ROOT)}
    tree = shut_in(traced(argv, inside, folder, environment))
    calls = [call for each in tree.values() for call in each]
    assert any(call.name in OPENED for call in calls), "nobody was shut in"
    opened = [call for call in calls if call.name in OPENED and call.answer >= 0]
    bad = [call.path for call in opened if not call.path.startswith(tuple(allowed))]
    return len(calls), bad + [f"{one.name} {one.words}" for one in calls if one.name in SOCKETS]


def lures(folder: Path, canary: Canary, movie: bytes) -> list[Path]:
    """Files that name others, with the names of media."""
    made = []
    for name, text in TEXTS.items():
        made.append(folder / f"{name.replace(' ', '_')}.mp4")
        made[-1].write_text(text(canary.path, canary.url))
    made.append(folder / "reference.mov")
    made[-1].write_bytes(with_reference(movie, canary.path))
    return made


@pytest.mark.parametrize("verb", ["check", "fix"])
def test_good_files(tmp_path: Path, fixtures_dir: Path, verb: str) -> None:
    """Of ordinary files every one is opened, and nothing beside them."""
    names = ("alpha16.png", "anim.gif", "beach.heic", "interlaced_pal.ts", "long.mp3", "note.opus",
             "photo_exif6.jpg", "screen.webm", "square_640.mp4", "tone.wav")  # fmt: skip
    files = [Path(shutil.copy(fixtures_dir / name, tmp_path)) for name in names]
    looked, bad = watch(_words(verb), files, tmp_path / "trace")
    assert ([], True) == (bad, looked > 100)


@pytest.mark.parametrize("verb", ["check", "fix"])
def test_files_that_name_others(tmp_path: Path, ffmpeg_make: Make, verb: str) -> None:
    """What a file names is not even asked for."""
    clip = ("-f", "lavfi", "-i", "testsrc2=s=640x640:d=2:r=24", "-pix_fmt", "yuv420p")
    movie = ffmpeg_make("canary.mov", *clip).read_bytes()
    target, folder = tmp_path / "canary.mov", tmp_path / "in"
    target.write_bytes(movie)
    folder.mkdir()
    with Canary(target) as canary:
        files = [*lures(folder, canary, movie), folder / "good.mov"]
        files[-1].write_bytes(movie)
        for first in range(0, len(files), GROUP):
            group = [*files[first : first + GROUP], files[-1]]
            _, bad = watch(_words(verb), group, tmp_path / f"trace{first}")
            assert [] == bad
        assert not canary.sang()


@pytest.mark.parametrize("verb", ["check", "fix"])
def test_hostile_files(corpus: Path, tmp_path: Path, verb: str) -> None:
    """Nor does a decoder in trouble reach for anything."""
    files = [Path(shutil.copy(corpus / "hostile" / name, tmp_path)) for name in HOSTILE]
    for first in range(0, len(files), GROUP):
        group = files[first : first + GROUP]
        looked, bad = watch(_words(verb), group, tmp_path / f"trace{first}")
        assert ([], True) == (bad, looked > 100)


def _words(verb: str) -> list[str]:
    more = ["--out", "ready", "--allow", "inventive", "--quiet"] if verb == "fix" else ["--quiet"]
    return [verb, *more]
