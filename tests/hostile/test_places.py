"""What stands at a path, and what outputs do to what stood there before."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Request

from ..cli.conftest import Call, call

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="places of POSIX")
__all__ = ["call"]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture that breaks no rule, in a folder of its own."""
    path = tmp_path / "own" / "photo.jpg"
    path.parent.mkdir()
    Image.new("RGB", (640, 480), "teal").save(path)
    return path


@pytest.fixture
def small(photo: Path) -> Path:
    """One that is made anew."""
    path = photo.with_name("small.jpg")
    Image.new("RGB", (250, 250), "navy").save(path)
    return path


def fixed(out: Path, *sources: Path | str) -> Report:
    """All of them in one request."""
    request = Request(assets=[Asset(str(source)) for source in sources])
    return drain(pipeline.fixing(request, out, pipeline.Options(jobs=1)))


def pipe(place: Path) -> None:
    """A named pipe that nobody writes to: whoever opens it waits for ever."""
    os.mkfifo(place)


def to_pipe(place: Path) -> None:
    """A link to one."""
    os.mkfifo(place.with_name("pipe"))
    place.symlink_to(place.with_name("pipe"))


def linked(target: str) -> Callable[[Path], None]:
    """A link to somewhere."""
    return lambda place: place.symlink_to(target)


PLACES: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (pipe, "FIL002"),
    "link to a pipe": (to_pipe, "FIL002"),
    "folder": (Path.mkdir, "FIL002"),
    "link to a folder": (linked("."), "FIL002"),
    "link to itself": (linked("asset.mp4"), "FIL001"),
    "dangling link": (linked("nowhere"), "FIL001"),
    "link to a device": (linked("/dev/zero"), "FIL002"),
    "link to the terminal": (linked("/dev/tty"), "FIL002"),
    "link to memory": (linked("/proc/self/mem"), "FIL004"),
    "link to an environment": (linked("/proc/self/environ"), "FIL004"),
    "file that grows": (linked("/proc/kmsg"), "FIL004"),
}


@pytest.mark.parametrize("what", PLACES)
def test_what_is_no_file_is_never_opened(photo: Path, tmp_path: Path, what: str) -> None:
    """It is a finding with nothing read from it, and the photo beside it is still served."""
    make, code = PLACES[what]
    place = photo.with_name("asset.mp4")
    if code == "FIL004" and not Path("/proc/self/environ").exists():
        pytest.skip("no /proc here")
    make(place)
    report = fixed(tmp_path / "ready", place, photo)
    assert [code] == [one.code for one in report.findings if one.level == "error"]
    assert ["image1.jpg"] == [path.name for path in (tmp_path / "ready").iterdir()]


def test_a_socket_is_no_file(photo: Path, tmp_path: Path) -> None:
    """Nor is what a server listens on; nobody connects to it."""
    with socket.socket(socket.AF_UNIX) as server:
        place = photo.with_name("s")
        server.bind(os.path.relpath(place))
        server.listen()
        server.setblocking(False)
        report = fixed(tmp_path / "ready", place)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "FIL002" in {one.code for one in report.findings}


def test_a_link_to_a_file_is_that_file(photo: Path, tmp_path: Path) -> None:
    """People keep links to their media; what goes out is the content, not a link."""
    link = tmp_path / "link.png"
    link.symlink_to(photo)
    (output,) = fixed(tmp_path / "ready", tmp_path / "own" / ".." / "link.png").outputs
    assert photo.read_bytes() == output.path.read_bytes()
    assert not output.path.is_symlink()


# Outputs ------------------------------------------------------------------------------------------


@pytest.fixture
def precious(tmp_path: Path) -> Iterator[Path]:
    """A file that nobody named, and that must keep its bytes."""
    path = tmp_path / "precious"
    path.write_bytes(b"precious")
    yield path
    assert b"precious" == path.read_bytes()


@pytest.mark.parametrize("way", ["symbolic", "hard", "dangling", "pipe"])
def test_an_output_replaces_what_stands_there(
    photo: Path, small: Path, tmp_path: Path, precious: Path, way: str
) -> None:
    """It is written through no link: neither to another file, nor to where none was."""
    out = tmp_path / "ready"
    out.mkdir()
    for name in ("image1.jpg", "image2.jpg"):
        if way == "symbolic":
            (out / name).symlink_to(precious)
        elif way == "hard":
            (out / name).hardlink_to(precious)
        elif way == "dangling":
            (out / name).symlink_to(tmp_path / "new")
        else:
            os.mkfifo(out / name)
    outputs = fixed(out, photo, small).outputs
    assert ["image1.jpg", "image2.jpg"] == [one.path.name for one in outputs]
    assert all(one.path.is_file() and not one.path.is_symlink() for one in outputs)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("way", ["same", "symbolic", "hard", "out is a link"])
def test_no_source_is_overwritten(small: Path, tmp_path: Path, call: Call, way: str) -> None:
    """By whatever way the output's name leads to one: one sentence, and the bytes stay."""
    out = tmp_path / "ready"
    source = small.rename(small.with_name("image1.jpg"))
    before = source.read_bytes()
    if way == "out is a link":
        out.symlink_to(source.parent)
    elif way == "same":
        out = source.parent
    else:
        out.mkdir()
        link = (out / "image1.jpg").symlink_to if way == "symbolic" else (
            out / "image1.jpg").hardlink_to  # fmt: skip
        link(source)
    answer = call("fix", source, "--out", out)
    assert (3, True) == (answer.status, "is one of the sources" in answer.err)
    assert before == source.read_bytes()
    assert [] == list(out.glob(".*"))


@pytest.mark.parametrize("way", ["file", "dangling", "loop", "pipe"])
def test_out_that_is_no_folder(
    photo: Path, tmp_path: Path, precious: Path, call: Call, way: str
) -> None:
    """One sentence; nothing is made where a link leads to nothing."""
    out = tmp_path / "ready"
    if way == "pipe":
        os.mkfifo(out)
    else:
        out.symlink_to({"file": precious, "dangling": tmp_path / "new", "loop": out}[way])
    answer = call("fix", photo, "--out", "ready")
    assert 3 == answer.status
    assert answer.err.startswith("seedance-prep: ready ")
    assert 1 == answer.err.count("\n")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("way", ["same", "symbolic", "hard"])
@pytest.mark.parametrize("option", ["--report", "--download"])
def test_neither_page_nor_film_replaces_a_source(
    photo: Path, tmp_path: Path, call: Call, option: str, way: str
) -> None:
    """Though it is called like one, or is a link to it."""
    source = photo.rename(photo.with_name("photo.html"))
    before, target = source.read_bytes(), tmp_path / "other.html"
    if way == "same":
        target = source
    else:
        (target.symlink_to if way == "symbolic" else target.hardlink_to)(source)
    sent = ("--prompt", "@Image1", "--service", "local", "--yes") if option != "--report" else ()
    answer = call("fix" if option == "--report" else "generate", source, *sent, option, target)
    assert answer.status in {2, 3}
    assert "is a file of the request" in answer.err
    assert before == source.read_bytes()


def test_a_page_is_written_through_no_link(
    photo: Path, tmp_path: Path, precious: Path, call: Call
) -> None:
    """Nor through one that bears the name that a page had while it was written."""
    for name in ("page.md", ".page.md.part"):
        (tmp_path / name).symlink_to(precious)
    assert 0 == call("fix", photo, "--report", "page.md").status
    assert not (tmp_path / "page.md").is_symlink()
    assert "image1.jpg" in (tmp_path / "page.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["../up.jpg", "a/../../up.jpg", "..", "/up.jpg"])
def test_no_name_leads_out_of_the_folder(photo: Path, tmp_path: Path, name: str) -> None:
    """Outputs are called by their references, whatever their owner calls them."""
    request = Request(images=[Asset(str(photo), name=name)])
    drain(pipeline.fixing(request, tmp_path / "ready", pipeline.Options(jobs=1)))
    assert {"own", "ready"} == {path.name for path in tmp_path.iterdir()}
    assert ["image1.jpg"] == [path.name for path in (tmp_path / "ready").iterdir()]
