"""``--report FILE.html`` and ``FILE.md``: written beside the answer, refused before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Call


@pytest.mark.parametrize("name", ["page.html", "page.md"])
def test_fix_writes_a_page(call: Call, small: Path, tmp_path: Path, name: str) -> None:
    """The answer on stdout stays JSON, and the page names the output."""
    answer = call("fix", small, "--json", "--report", name)
    assert (0, True) == (answer.status, answer.document["ok"])
    assert "video1.mp4" in (tmp_path / name).read_text("utf-8")
    assert [] == list(tmp_path.glob(".page*"))


def test_a_plan_can_be_looked_at(call: Call, small: Path, tmp_path: Path) -> None:
    """A dry run's page says what would be done, and nothing else is written."""
    assert 0 == call("fix", small, "--dry-run", "--report", "page.html").status
    assert "would be encoded" in (tmp_path / "page.html").read_text("utf-8")
    assert not (tmp_path / "ready").exists()


def test_a_page_tells_what_cannot_be_mended(call: Call, tmp_path: Path) -> None:
    """Errors that are left end 1, and stand on the page."""
    (tmp_path / "notes.mp4").write_text("no video")
    assert 1 == call("fix", "notes.mp4", "--report", "page.html").status
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "does not comply" in text
    assert "FIL" in text


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("page.pdf", 2, "neither .html nor .md"),
        ("nowhere/page.html", 3, "there is no folder nowhere"),
        ("folder.html", 3, "is a folder"),
        ("photo.md", 2, "is a file of the request"),
    ],
)
def test_a_page_that_cannot_be_is_refused_at_once(
    call: Call, photo: Path, tmp_path: Path, name: str, status: int, said: str
) -> None:
    """One sentence, before anything is made; a source is never replaced."""
    (tmp_path / "folder.html").mkdir()
    source = photo.rename(tmp_path / "photo.md")
    before = source.read_bytes()
    answer = call("fix", source, "--report", name)
    assert status == answer.status
    assert said in answer.err
    assert not (tmp_path / "ready").exists()
    assert before == source.read_bytes()


def test_generate_tells_what_was_sent(call: Call, photo: Path, tmp_path: Path) -> None:
    """The page names the run, its state and the request's id, and no address of an upload."""
    words = ("--prompt", "@Image1 turns", "--service", "local", "--report", "page.html")
    answer = call("generate", photo, *words)
    assert 0 == answer.status
    request, run = answer.out.splitlines()[-1].removeprefix("request ").split(", run ")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert all(one in text for one in (request, run, "finished", "What was sent where"))
    assert "http" not in text.replace("http-equiv", "")


def test_a_page_is_there_when_nothing_is_sent(call: Call, photo: Path, tmp_path: Path) -> None:
    """Too dear: nothing is uploaded, and the page says what could have been sent."""
    words = ("--prompt", "@Image1 turns", "--service", "local", "--max-cost", "0.01")
    assert 0 != call("generate", photo, *words, "--report", "page.md").status
    assert "What can be sent" in (tmp_path / "page.md").read_text("utf-8")


def test_upload_writes_a_page(call: Call, photo: Path, tmp_path: Path) -> None:
    """It says how many files went to which host, and not where they are."""
    words = ("--prompt", "@Image1 turns", "--service", "local", "--report", "page.html")
    answer = call("upload", photo, *words)
    url = answer.document["image_urls"][0]
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "1 file to 127.0.0.1" in text
    assert url not in text
