"""Fetching over real HTTP: what arrives, what is refused, and that nothing is left of the rest."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from seedance_prep.core.media import Fault, Problem
from seedance_prep.errors import MachineError, StoppedError
from seedance_prep.fetch import Bounds, fetch, fetch_all
from seedance_prep.fetch.get import Getter
from seedance_prep.patience import Timeouts, stopping

from ..wire.rogue import Action, Rogue, Seen, closed_port, cuts, drops, says

QUICK = Bounds(timeouts=Timeouts(connect=2, read=0.3, total=0.6))
"""For what never ends by itself."""


def moved(to: str, status: int = 302) -> Action:
    """A redirect."""
    return says(status, location=to)


def drips(first: bytes, drop: bytes) -> Action:
    """Sends bytes, then one drop after the other until the other side has had enough."""

    def act(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        handler.wfile.write(first)
        handler.close_connection = True
        pause = threading.Event()
        while not pause.wait(0.02):
            handler.wfile.write(drop)

    return act


def refused(got: Path | Problem, fault: Fault, *words: str) -> None:
    """It is a problem of that kind, in one line, and holds the words."""
    assert isinstance(got, Problem)
    assert fault is got.fault, got.says
    assert "\n" not in got.says
    for word in words:
        assert word in got.says


@pytest.fixture
def get(rogue: Rogue, tmp_path: Path) -> Callable[..., Path | Problem]:
    """``get("/path")`` from the server, with the switch on; a problem leaves no file."""

    def call(path: str, bounds: Bounds | None = None) -> Path | Problem:
        url = path if "://" in path else rogue.base + path
        got = fetch(url, tmp_path, private_addresses=True, bounds=bounds)
        assert ([] if isinstance(got, Problem) else [got]) == list(tmp_path.iterdir())
        return got

    return call


Get = Callable[..., Path | Problem]


def test_a_file_arrives(rogue: Rogue, get: Get) -> None:
    """Its bytes are in a private file, whatever type the server claims."""
    content = bytes(range(256)) * 2000
    rogue.on("GET", "/a.mp4", says(200, content, content_type="text/html"))
    got = get("/a.mp4?signature=secret")
    assert isinstance(got, Path)
    assert content == got.read_bytes()
    assert 0o600 == stat.S_IMODE(got.stat().st_mode)
    assert "/a.mp4?signature=secret" == rogue.seen[0].path


def test_nothing_of_the_caller_goes_along(
    rogue: Rogue, get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key, no cookie, no netrc, no referrer, no proxy: also not on the second request."""
    home = tmp_path.parent / "home-with-netrc"
    home.mkdir(exist_ok=True)
    (home / "netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(home / "netrc"))
    monkeypatch.setenv("FAL_KEY", "abcdefgh:ijklmnop")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, closed_port())
    rogue.on("GET", "/a", says(302, location="/b", set_cookie="id=1"))
    rogue.on("GET", "/b", says(200, b"x"))
    assert isinstance(get("/a"), Path)
    known = {"host", "user-agent", "accept-encoding", "accept", "connection"}
    assert [set(), set()] == [set(one.headers) - known for one in rogue.seen]
    assert {"identity"} == {one.headers["accept-encoding"] for one in rogue.seen}


def test_a_login_in_the_url_is_not_sent(rogue: Rogue, get: Get) -> None:
    """A user and password are refused, not dropped in silence, and never repeated."""
    got = get(rogue.base.replace("//", "//me:secret@") + "/a")
    refused(got, Fault.MISSING, "login")
    assert "secret" not in str(got)
    assert [] == rogue.seen


def test_five_redirects_are_followed(rogue: Rogue, get: Get) -> None:
    """Every kind of redirect, relative and absolute, up to five; the sixth ends it."""
    steps = [(301, "b"), (302, "/c"), (303, rogue.base + "/d"), (307, "/e"), (308, "/f#t=1")]
    for name, (status, to) in zip("abcde", steps, strict=True):
        rogue.on("GET", f"/{name}", moved(to, status))
    rogue.on("GET", "/f", says(200, b"there"))
    got = get("/a")
    assert isinstance(got, Path)
    assert b"there" == got.read_bytes()
    got.unlink()
    rogue.on("GET", "/start", moved("/a"))
    refused(get("/start"), Fault.MISSING, "more than 5 times")


def test_a_loop_ends(rogue: Rogue, get: Get) -> None:
    """A server that redirects to itself is asked six times."""
    rogue.on("GET", "/a", moved("/a"))
    refused(get("/a"), Fault.MISSING, "redirected more than 5 times")
    assert 6 == rogue.count("GET")


@pytest.mark.parametrize(
    ("to", "word"),
    [
        ("file:///etc/passwd", "file:"),
        ("ftp://127.0.0.1/a", "ftp:"),
        ("data:image/png;base64,AAAA", "data:"),
        ("gopher://127.0.0.1:70/a", "gopher:"),
        ("http://me:secret@127.0.0.1/", "login"),
        ("http://127.0.0.1:99999/", "port"),
        ("http://a b\x01/", "cannot be fetched"),
        ("http://[::1/", "cannot be fetched"),
        ("", "without saying where"),
    ],
)
def test_redirects_that_are_not_followed(rogue: Rogue, get: Get, to: str, word: str) -> None:
    """Only to http and https, and to what is a URL at all."""
    rogue.on("GET", "/a", moved(to))
    refused(get("/a"), Fault.MISSING, word)
    assert 1 == rogue.count("GET")


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "[::ffff:7f00:2]", "169.254.169.254"])
def test_every_hop_is_judged(rogue: Rogue, tmp_path: Path, host: str) -> None:
    """An allowed server cannot lead to an address that is not."""
    rogue.on("GET", "/a", moved(f"http://{host}/latest/meta-data"))
    got = Getter(allowed=lambda address: address == "127.0.0.1").get(f"{rogue.base}/a", tmp_path)
    refused(got, Fault.MISSING, "is no public address")


@pytest.mark.parametrize("status", [204, 206, 300, 304, 400, 401, 403, 404, 410, 429, 500, 503])
def test_answers_that_are_no_file(rogue: Rogue, get: Get, status: int) -> None:
    """Any other status is a missing file that says what the server answered."""
    rogue.on("GET", "/a", says(status, b"" if status in {204, 304} else b"page"))
    got = get("/a")
    refused(got, Fault.MISSING, f"answers {status}")
    helps = {401: "needs no login", 403: "needs no login", 429: "later", 500: "later", 503: "later"}
    assert helps.get(status, "None") in str(isinstance(got, Problem) and got.remedy)


def test_an_unknown_status(rogue: Rogue, get: Get) -> None:
    """A number that no standard knows is shown as it is."""
    rogue.on("GET", "/a", says(799))
    refused(get("/a"), Fault.MISSING, "answers 799")


def test_a_cut_body_is_damage(rogue: Rogue, get: Get) -> None:
    """Fewer bytes than announced are no file."""
    rogue.on("GET", "/a", cuts(b"x" * 100_000, 40_000))
    refused(get("/a"), Fault.DAMAGED, "not fetched whole")


def test_more_than_the_bound(rogue: Rogue, get: Get) -> None:
    """What is announced as too large is not read; at the bound it is taken."""
    rogue.on("GET", "/a", says(200, b"x" * 1000))
    got = get("/a", Bounds(bytes=1000))
    assert isinstance(got, Path)
    got.unlink()
    refused(get("/a", Bounds(bytes=999)), Fault.TOO_LARGE, "more than 999 bytes")
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {10**12}\r\n\r\n".encode()
    rogue.on("GET", "/b", drips(head, b"x"))
    refused(get("/b"), Fault.TOO_LARGE, "more than 200.0 MB")


def test_an_endless_body_is_left(rogue: Rogue, get: Get) -> None:
    """A body without an announced end is counted as it comes."""
    rogue.on("GET", "/a", drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 50_000))
    refused(get("/a", Bounds(bytes=100_000)), Fault.TOO_LARGE, "100 kB")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n",
    ],
)
def test_a_dripping_body_runs_out_of_time(rogue: Rogue, get: Get, head: bytes) -> None:
    """A byte now and then does not hold the caller, nor pass for a whole file at the end."""
    rogue.on("GET", "/a", drips(head, b"x"))
    refused(get("/a", QUICK), Fault.DAMAGED, "took longer than 0.")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nx-a: "])
def test_dripping_headers_run_out_of_time(rogue: Rogue, get: Get, head: bytes) -> None:
    """Nor does a header that never ends."""
    rogue.on("GET", "/a", drips(head, b"H"))
    refused(get("/a", QUICK), Fault.MISSING, "cannot be fetched")


def test_interim_answers_run_out_of_time(rogue: Rogue, get: Get) -> None:
    """Nor do answers that say that the answer is still to come."""
    rogue.on("GET", "/a", drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"))
    refused(get("/a", QUICK), Fault.MISSING, "took longer than")


def test_redirects_share_the_time(rogue: Rogue, get: Get) -> None:
    """Each hop has only what those before have left."""

    def slow(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        threading.Event().wait(0.2)
        moved("/a")(handler, seen)

    rogue.on("GET", "/a", slow)
    refused(get("/a", QUICK), Fault.MISSING, "took longer")
    assert rogue.count("GET") < 6


def test_silence(rogue: Rogue, get: Get) -> None:
    """A server that says nothing is left after the time for reading."""
    rogue.on("GET", "/a", rogue.silent)
    refused(get("/a", QUICK), Fault.MISSING, "no answer in time")


def test_nobody_there(get: Get) -> None:
    """A closed port and a dropped connection are missing files."""
    refused(get(closed_port() + "/a"), Fault.MISSING, "cannot be reached")


def test_no_answer(rogue: Rogue, get: Get) -> None:
    """A connection that ends without an answer is a missing file."""
    rogue.on("GET", "/a", drops)
    refused(get("/a"), Fault.MISSING, "broke")


@pytest.mark.parametrize("junk", [b"\x00\xff" * 500, b"220 ready\r\n", b"HTTP/1.1 OK\r\n\r\n"])
def test_what_is_no_http(rogue: Rogue, get: Get, junk: bytes) -> None:
    """Another protocol behind the port is one sentence, too."""
    rogue.on("GET", "/a", drips(junk, junk))
    refused(get("/a", QUICK), Fault.MISSING, "cannot be fetched")


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 5000, "1, 2"])
def test_lengths_that_are_none(rogue: Rogue, get: Get, length: str) -> None:
    """A length that no file has is an answer that broke."""
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n".encode()
    rogue.on("GET", "/a", drips(head, b"x"))
    assert isinstance(get("/a", QUICK), Problem)


def test_compressed_bodies_are_not_taken(rogue: Rogue, get: Get) -> None:
    """Nobody asked for gzip, and a small one may hold very much."""
    rogue.on("GET", "/a", says(200, b"\x1f\x8b", content_encoding="gzip"))
    refused(get("/a"), Fault.DAMAGED, "compressed")
    rogue.on("GET", "/b", says(200, b"x", content_encoding="Identity"))
    assert isinstance(get("/b"), Path)


def test_a_folder_that_takes_no_file(rogue: Rogue, tmp_path: Path) -> None:
    """A file that cannot be written is the machine's fault, not the asset's."""
    rogue.on("GET", "/a", says(200, b"x"))
    with pytest.raises(MachineError, match="cannot be written"):
        fetch(f"{rogue.base}/a", tmp_path / "gone", private_addresses=True)


def test_several_at_a_time(rogue: Rogue, tmp_path: Path) -> None:
    """Each URL has its own answer; none waits for the one before."""
    together = threading.Barrier(3, timeout=10)

    def meets(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        together.wait()
        says(200, seen.path.encode())(handler, seen)

    for name in "abc":
        rogue.on("GET", f"/{name}", meets)
    urls = [f"{rogue.base}/{name}" for name in "abcd"]
    got = fetch_all(urls, tmp_path, private_addresses=True)
    refused(got.pop(urls[3]), Fault.MISSING, "404")
    texts = [path.read_text() for path in got.values() if isinstance(path, Path)]
    assert ["/a", "/b", "/c"] == texts


@pytest.mark.parametrize("silent", [False, True])
def test_stopping_leaves_nothing(rogue: Rogue, tmp_path: Path, silent: bool) -> None:
    """A caller that stops waiting gets no file, no half of one, and waits for no server."""
    stop = threading.Event()

    def act(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        stop.set()
        answer = rogue.silent if silent else drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x")
        answer(handler, seen)

    rogue.on("GET", "/a", act)
    token = stopping.set(stop)
    try:
        with pytest.raises(StoppedError):
            fetch_all([f"{rogue.base}/a"], tmp_path, private_addresses=True)
    finally:
        stopping.reset(token)
    assert [] == list(tmp_path.iterdir())
