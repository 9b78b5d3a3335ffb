"""URLs in a batch: what several lines name is fetched once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seedance_prep.batch.fetches import Fetches
from seedance_prep.batch.line import Action
from seedance_prep.batch.run import Batch
from seedance_prep.choices import Options

from .made import done, manifest


class Counted(ThreadingHTTPServer):
    """Gives one file at every path, and counts."""

    content = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Given)
        self.asked: Counter[str] = Counter()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Given(BaseHTTPRequestHandler):
    server: Counted

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        found = "gone" not in self.path
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(self.server.content) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(self.server.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server(fixtures_dir: Path) -> Iterator[Counted]:
    with Counted() as one:
        one.content = (fixtures_dir / "photo.jpg").read_bytes()
        thread = threading.Thread(target=one.serve_forever, args=(0.02,))
        thread.start()
        yield one
        one.shutdown()
        thread.join()


@pytest.mark.parametrize("action", [Action.CHECK, Action.FIX])
def test_a_url_of_many_lines_is_fetched_once(
    tmp_path: Path, server: Counted, action: Action
) -> None:
    """Six lines of one picture ask the server once; each tells the URL as it was given."""
    url = f"{server.base}/hero.jpg"
    lines = [{"prompt": f"@Image1 {n}", "images": [url]} for n in range(6)]
    path = manifest(tmp_path / "m.jsonl", lines)
    wanted = Batch(manifest=str(path), action=action, out=str(tmp_path / "out"),
                   options=Options(private_addresses=True), cached=False)  # fmt: skip
    seen = done(wanted)
    assert {"ok"} == set(seen.states.values())
    assert {"/hero.jpg": 1} == dict(server.asked)
    assert url == seen.of(1)["report"]["assets"][0]["source"]


def test_one_that_is_gone_is_a_finding_of_its_lines(tmp_path: Path, server: Counted) -> None:
    """And the others are judged."""
    lines = [
        {"prompt": "@Image1", "images": [f"{server.base}/{name}.jpg"]} for name in ("gone", "a")
    ]
    path = manifest(tmp_path / "m.jsonl", lines)
    wanted = Batch(manifest=str(path), action=Action.CHECK, options=Options(private_addresses=True))
    assert {1: "findings", 2: "ok"} == done(wanted).states


def test_what_nobody_reads_makes_room(server: Counted) -> None:
    """The oldest goes first; what is in use stays."""
    fetches = Fetches(most=len(server.content))
    urls = [f"{server.base}/{name}" for name in "ab"]
    with fetches.on(urls, private_addresses=True) as files:
        assert all(path.exists() for path in files.values())
    assert [False, True] == [files[url].exists() for url in urls]
    with fetches.on(urls, private_addresses=True):
        pass
    assert {"/a": 2, "/b": 1} == dict(server.asked)


def test_what_was_gone_is_asked_for_again(server: Counted) -> None:
    """An address that gave nothing is not remembered."""
    fetches = Fetches()
    for _ in range(2):
        with fetches.on([f"{server.base}/gone"], private_addresses=True) as files:
            assert {} == files
    assert {"/gone": 2} == dict(server.asked)
