"""An asset may be a URL: fetched, judged like a file, gone afterwards."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from seedance_prep.submit.ledger import open_ledger

from ..conftest import ROOT
from ..wire.rogue import Rogue, Seen, says
from .conftest import Call

ALLOW = "--allow-private-addresses"


@pytest.fixture
def rogue() -> Iterator[Rogue]:
    """A server that answers as it is told."""
    with Rogue() as one:
        yield one


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, so that what is left can be seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_check_of_urls(call: Call, rogue: Rogue, photo: Path, clip: Path, temporary: Path) -> None:
    """Kinds come from the bytes, queries are not shown, and the same URL is fetched once."""
    rogue.on("GET", "/p", says(200, photo.read_bytes(), content_type="text/html"))
    rogue.on("GET", "/v.jpg", says(200, clip.read_bytes()))
    sources = [f"{rogue.base}/p?signature=abc", f"{rogue.base}/v.jpg"]
    shown = [sources[0], f"{sources[1]}#t=0,2", f"{sources[1]}#t=1,3"]
    answer = call("check", *shown, "--json", ALLOW)
    assert {"VID032"} == {  # the windows are not cut yet: nothing else is wrong
        one["code"] for one in answer.document["findings"] if one["level"] == "error"
    }
    assets = answer.document["assets"]
    assert [("@Image1", f"{rogue.base}/p?…"), ("@Video1", sources[1]), ("@Video2", sources[1])] == [
        (asset["ref"], asset["source"]) for asset in assets
    ]
    assert (854, 480) == (assets[1]["facts"]["width"], assets[1]["facts"]["height"])
    assert 1 == rogue.count("GET", "/v.jpg")
    assert [] == list(temporary.iterdir())


def test_the_switch_is_needed(call: Call, rogue: Rogue, photo: Path) -> None:
    """Without it nothing is asked of this machine; the other assets are still judged."""
    answer = call("check", f"{rogue.base}/p?signature=abc", photo, "--json")
    assert answer.status == 1
    found = next(one for one in answer.document["findings"] if one["level"] == "error")
    assert ("FIL001", f"{rogue.base}/p?…") == (found["code"], found["source"])
    assert ALLOW in found["remedy"]
    assert ["@Image1"] == [one["ref"] for one in answer.document["assets"] if one["facts"]]
    assert [] == rogue.seen


def test_what_a_server_does_wrong_is_a_finding(call: Call, rogue: Rogue) -> None:
    """A missing page, a page for people and no bytes: each in one sentence, status 1."""
    rogue.on("GET", "/login", says(200, b"<!DOCTYPE html><html><body>Sign in</body></html>"))
    rogue.on("GET", "/empty", says(200, b""))
    urls = [f"{rogue.base}/{name}" for name in ("gone", "login", "empty")]
    answer = call("check", *urls, "--json", ALLOW)
    assert answer.status == 1
    found = {
        one["source"]: one["code"]
        for one in answer.document["findings"]
        if one["level"] == "error" and one["source"]
    }
    assert ["FIL001", "FIL005", "FIL004"] == [found[url] for url in urls]
    answer = call("check", *urls, ALLOW, "--verbose")
    assert "Traceback" not in answer.out + answer.err
    assert tempfile.gettempdir() not in answer.out + answer.err


def test_a_kind_that_was_asked_for_stays(call: Call, rogue: Rogue) -> None:
    """A URL that cannot be fetched keeps the kind and number that the caller gave it."""
    answer = call("check", f"{rogue.base}/gone#as=video", "--json", ALLOW)
    assert [("@Video1", "video", None)] == [
        (one["ref"], one["kind"], one["facts"]) for one in answer.document["assets"]
    ]


def test_fix_of_a_url(call: Call, rogue: Rogue, photo: Path, small: Path, temporary: Path) -> None:
    """What complies comes out as the bytes that were served; what does not is mended."""
    rogue.on("GET", "/p", says(200, photo.read_bytes()))
    rogue.on("GET", "/v", says(200, small.read_bytes()))
    answer = call("fix", f"{rogue.base}/p", f"{rogue.base}/v", "--out", "ready", "--json", ALLOW)
    assert answer.status == 0, answer.out
    still, moving = answer.document["assets"]
    assert "untouched" == still["output"]["action"]
    assert hashlib.sha256(photo.read_bytes()).hexdigest() == still["output"]["sha256"]
    assert ("encoded", 854) == (moving["output"]["action"], moving["output"]["facts"]["width"])
    assert [] == list(temporary.iterdir())


def test_the_ledger_holds_the_url(call: Call, rogue: Rogue, photo: Path, tmp_path: Path) -> None:
    """Where the bytes came from is the URL, not the copy that is gone."""
    rogue.on("GET", "/p", says(200, photo.read_bytes()))
    made = ("--prompt", "Wave at @Image1", "--service", "local", "--yes", "--duration", "4")
    answer = call("generate", f"{rogue.base}/p", *made, "--resolution", "480p", ALLOW)
    assert answer.status == 0, answer.err
    ledger = open_ledger(tmp_path / "home")
    (run,) = ledger.runs()
    assert [f"{rogue.base}/p"] == [sent.source for sent in ledger.run(run.id).assets]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_end_amid_a_fetch_leaves_nothing(
    rogue: Rogue, photo: Path, tmp_path: Path, end: signal.Signals
) -> None:
    """Nor what was fetched so far; of a killed run, the next one takes it away."""
    folder, begun = tmp_path / "temporary", threading.Event()
    folder.mkdir()

    def drips(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000)
        begun.set()
        while not threading.Event().wait(0.05):
            handler.wfile.write(b"x")

    rogue.on("GET", "/slow", drips)
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "seedance_prep", "check", f"{rogue.base}/slow", ALLOW]
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as child:
        assert begun.wait(60)
        while not [path for path in folder.rglob("fetched-*") if path.stat().st_size]:
            time.sleep(0.01)
        child.send_signal(end)
        _, said = child.communicate(timeout=60)
    if end is signal.SIGKILL:
        assert list(folder.rglob("fetched-*"))
        subprocess.run([*words[:4], photo], cwd=tmp_path, env=environment, check=True)
    else:
        assert (130, True) == (child.returncode, b"interrupted; nothing was sent" in said)
    assert [] == list(folder.iterdir())
