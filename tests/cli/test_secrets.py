"""Secrets are planted all over one run; whatever it prints, keeps, sends or shows has none."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep.local import LocalService

from ..conftest import ROOT
from ..conftest import Make as Film
from ..wire.rogue import Rogue, says
from .conftest import SAFE, scene

KEY = "5f0e1d2c3b4a:99887766554433221100ffeeddccbbaa"
SIGNATURE = "X-Amz-Signature=feedfacecafebeef0123456789"
PASSWORD = "correcthorsebatterystaple"
PERSON, FOLDER = "walburga", "Privat und Geheim"
NAMES = {
    "photo": "Kind am Strand.jpg",
    "encoded": "Urlaub in Lissabon.mov",
    "remuxed": "Omas Geburtstag.mkv",
    "copied": "Unsere Hochzeit.mp4",
    "mp3": "Sprachmemo Doktor Faust.mp3",
    "wav": "Anruf der Bank.wav",
}
PLACE, MODEL, OWNER = "+38.7223-009.1393/", "Xperia of Walburga", "Walburga Mustermann"
TOLD = (PERSON, OWNER, MODEL, PLACE, FOLDER, *(Path(name).stem for name in NAMES.values()))
"""What nobody but their owner shall see of the files."""
TAGS = {"com.apple.quicktime.location.ISO6709": PLACE, "location": PLACE, "artist": OWNER,
        "com.apple.quicktime.model": MODEL, "title": NAMES["copied"], "comment": OWNER}  # fmt: skip
KINDS = ("image",) * 2 + ("video",) * 3 + ("audio",) * 2
PROMPT = "@Image1 and @Image2 with @Video1, @Video2 and @Video3 to @Audio1 and @Audio2"


@dataclass
class Run:
    """What one run has left."""

    folder: Path
    status: int
    out: str
    err: str
    environments: set[bytes]
    """Of every process that it started."""
    uploads: dict[str, bytes] = field(default_factory=dict)
    sent: str = ""

    def made(self) -> Iterator[tuple[str, bytes]]:
        """All files but the sources."""
        for path in self.folder.rglob("*"):
            if path.is_file() and FOLDER not in path.parts:
                yield str(path.relative_to(self.folder)), path.read_bytes()


@pytest.fixture(scope="module")
def home(ffmpeg_make: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with six files that tell of their owner, each to be mended in its own way."""
    home = tmp_path_factory.mktemp("homes") / PERSON
    folder = home / FOLDER
    folder.mkdir(parents=True)
    tags = [word for name, value in TAGS.items() for word in ("-metadata", f"{name}={value}")]
    tagged = (*tags, "-movflags", "use_metadata_tags")
    films = {
        "encoded": (*scene("640x360", 2), *SAFE),
        "remuxed": (*scene("854x480", 2), *SAFE),
        "copied": (*scene("854x480", 6), *SAFE, "-g", "25"),
        "mp3": ("-f", "lavfi", "-i", "sine=440:d=8", "-b:a", "128k"),
        "wav": ("-f", "lavfi", "-i", "sine=300:d=8", "-bitexact"),
    }
    for name, words in films.items():
        made = ffmpeg_make(f"film{Path(NAMES[name]).suffix}", *words, *tagged)
        (folder / NAMES[name]).write_bytes(made.read_bytes())
    exif = Image.Exif()
    exif[0x013B], exif[0x0110] = OWNER, MODEL
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (38.0, 43.0, 20.0)
    picture = Image.new("RGB", (200, 200), "teal")
    picture.save(folder / NAMES["photo"], exif=exif, comment=OWNER.encode())
    return home


@pytest.fixture(scope="module")
def run(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``generate`` of all of them and of a signed URL, telling as much as it can."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "temporary").mkdir()
    ways = {name: os.path.relpath(home / FOLDER / given, folder) for name, given in NAMES.items()}
    ways |= {"copied": f"{ways['copied']}#t=2,5", "mp3": f"{ways['mp3']}#t=3,6"}
    ways |= {"wav": f"{ways['wav']}#t=1,4"}
    with Rogue() as rogue, LocalService() as service:
        rogue.on("GET", "/one.png", says(200, (ROOT / "fixtures" / "photo.jpg").read_bytes()))
        url = f"{rogue.base}/one.png?{SIGNATURE}"
        how = ("--allow", "inventive", "--allow-private-addresses")
        argv = ["generate", ways["photo"], url,
                *(ways[name] for name in ("encoded", "remuxed", "copied", "mp3", "wav")),
                "--prompt", PROMPT, "--duration", "4", "--resolution", "480p", "--yes", *how,
                "--out", "ready", "--service", service.base, "--report", "page.html",
                "--download", "film.mp4", "--webhook", f"https://hooks.invalid/h?token={PASSWORD}",
                "--json", "--verbose"]  # fmt: skip
        done = _watched(argv, folder, home)
        done.uploads = {one.name: one.path.read_bytes() for one in service.uploads}
        done.sent = repr((service.received, service.jobs))
        assert 1 == rogue.count("GET")  # once, for all that was done with it
        pages = _watched(["fix", ways["photo"], url, ways["wav"], *how, "--out", "again",
                          "--report", "page.md"], folder, home)  # fmt: skip
        assert 0 == pages.status, pages.err
        done.err += pages.out + pages.err
    return done


def _watched(argv: list[str], folder: Path, home: Path) -> Run:
    """Run the command in a process of its own, and look at those that it starts."""
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), "USER": PERSON,
        "FAL_KEY": KEY, "AWS_SECRET_ACCESS_KEY": PASSWORD, "TMPDIR": str(folder / "temporary"),
        "SEEDANCE_PREP_HOME": str(folder / "kept"),
    }  # fmt: skip
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        child = subprocess.Popen([sys.executable, "-m", "seedance_prep", *argv], cwd=folder,
                                 env=environment, stdout=out, stderr=err)  # fmt: skip
        seen: set[bytes] = set()
        while child.poll() is None:
            seen.update(_environments(child.pid))
            time.sleep(0.02)
    said, told = ((folder / name).read_text("utf-8") for name in ("out", "err"))
    return Run(folder, child.returncode, said, told, environments=seen)


def _environments(pid: int) -> Iterator[bytes]:
    """Those of the processes below one; until it is another program, a child has its parent's."""
    parent = _read(pid, "cmdline")
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for one in children:
            before = _read(int(one), "cmdline")
            found = _read(int(one), "environ")
            if before not in {parent, b""} and found:
                yield found
            yield from _environments(int(one))


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def found(data: bytes | str, *words: str) -> list[str]:
    """Which of the words are in there, in any of the encodings that files use."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    codes = ("utf-8", "utf-16-le", "utf-16-be")
    small = data.lower()
    return [word for word in words if any(word.lower().encode(code) in small for code in codes)]


HIDDEN = (KEY.partition(":")[2], SIGNATURE.partition("=")[2], PASSWORD)


def test_every_way_of_mending_was_gone(run: Run, home: Path) -> None:
    """Else what follows would show nothing."""
    assert 0 == run.status, run.err
    for source in (home / FOLDER).iterdir():
        assert [OWNER] == found(source.read_bytes(), OWNER), source.name
    lines = [json.loads(line) for line in run.out.splitlines()]
    actions = {one["action"] for one in lines if one["type"] == "fixed"}
    assert {"encoded", "remuxed", "copied", "untouched"} == actions
    stems = {f"{kind}{n}" for kind, n in zip(KINDS, (1, 2, 1, 2, 3, 1, 2), strict=True)}
    assert stems <= {name.partition(".")[0] for name in run.uploads}


def test_no_secret_is_printed_or_kept(run: Run) -> None:
    """Neither key, nor signature, nor password: not in answers, logs, pages, or the ledger."""
    assert [] == found(run.out, *HIDDEN)
    assert [] == found(run.err, *HIDDEN)
    kept = dict(run.made())
    assert {"page.html", "page.md", "film.mp4", "ready/video1.mp4"} <= set(kept)
    assert any(name.startswith("kept/") for name in kept)
    for name, data in kept.items():
        assert [] == found(data, *HIDDEN[:2]), name


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_what_is_kept_is_for_its_owner_alone(run: Run) -> None:
    """Absolute paths stand in the ledger, files of the owner in the cache: nobody else reads."""
    kept = [path for path in (run.folder / "kept").rglob("*") if path.is_file()]
    assert kept
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in kept}


def test_nothing_of_the_owner_is_sent(run: Run) -> None:
    """Neither names nor tags: not in files, their names, or the payload."""
    for name, data in run.uploads.items():
        assert [] == found(name, *TOLD)
        assert [] == found(data, *TOLD), name
    assert [] == found(run.sent, *TOLD, str(run.folder), *HIDDEN[:2])


def test_nothing_of_the_owner_is_in_the_outputs(run: Run) -> None:
    """Place, device and owner go with every encode, remux, copy and cut."""
    made = {name: data for name, data in run.made() if name.startswith(("ready/", "again/"))}
    assert 7 + 3 == len(made)
    for name, data in made.items():
        assert [] == found(data, *TOLD), name


@pytest.mark.parametrize("name", ["page.html", "page.md"])
def test_the_page_names_no_file_of_the_owner(run: Run, name: str) -> None:
    """A report is made to be shared: it shows references and neutral names."""
    page = (run.folder / name).read_text("utf-8")
    assert "@Image2" in page
    assert [] == found(page, *TOLD, str(run.folder))


def test_answers_hold_no_absolute_path(run: Run) -> None:
    """Files are shown as they were given; the rest of the disk is nobody's business."""
    assert [] == found(run.out, str(run.folder))
    assert [] == found(run.err, str(run.folder))


def test_nothing_temporary_is_left(run: Run) -> None:
    """Neither what was fetched nor any draft."""
    assert [] == list((run.folder / "temporary").iterdir())
    assert [] == list((run.folder / "ready").glob(".*"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_children_get_no_secret(run: Run) -> None:
    """What decodes a stranger's bytes knows nothing that it could tell."""
    assert run.environments
    for one in run.environments:
        assert [] == found(one, *HIDDEN, PERSON)
