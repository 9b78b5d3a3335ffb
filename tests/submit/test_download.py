"""The finished video: whole or not at all."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.errors import (
    AnswerError,
    LostAnswerError,
    OutputError,
    RefusedError,
    StoppedError,
    ToolFailedError,
    UnreachableError,
)
from seedance_prep.patience import stopping
from seedance_prep.submit.download import download
from seedance_prep.submit.partial import partial
from seedance_prep.submit.result import result_of
from seedance_prep.wire import Wire

from ..wire.rogue import QUICK, Rogue, Seen, closed_port, cuts, drops, says

CONTENT = bytes(range(256)) * 1000
TAG = '"v1"'


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the video goes, in a folder of its own."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "video.mp4"


def names(target: Path) -> list[str]:
    """What lies in the folder of the target."""
    return [one.name for one in target.parent.iterdir()]


def test_a_video_is_saved_whole(rogue: Rogue, wire: Wire, target: Path) -> None:
    """The very bytes, and nothing beside them; no key was shown."""
    rogue.on("GET", "/v", says(200, CONTENT))
    assert target == download(wire, f"{rogue.base}/v", target, size=len(CONTENT))
    assert CONTENT == target.read_bytes()
    assert ["video.mp4"] == names(target)
    assert rogue.seen[0].authorization is None


def test_a_cut_download_is_taken_up_where_it_broke(rogue: Rogue, wire: Wire, target: Path) -> None:
    """With an ETag the rest is asked for, and only if the file is still the same one."""
    rest = says(206, CONTENT[100_000:], content_range=f"bytes 100000-255999/{len(CONTENT)}")
    rogue.on("GET", "/v", cuts(CONTENT, 100_000, etag=TAG), rest)
    download(wire, f"{rogue.base}/v", target)
    assert CONTENT == target.read_bytes()
    asked = rogue.seen[1].headers
    have = int(asked["range"].removeprefix("bytes=").removesuffix("-"))
    assert 100_000 == have
    assert TAG == asked["if-range"]


def test_a_cut_download_without_a_tag_starts_again(rogue: Rogue, wire: Wire, target: Path) -> None:
    """Nothing says that the rest would belong to what is here."""
    rogue.on("GET", "/v", cuts(CONTENT, 100_000), says(200, CONTENT))
    download(wire, f"{rogue.base}/v", target)
    assert CONTENT == target.read_bytes()
    assert "range" not in rogue.seen[1].headers


def test_a_file_that_has_changed_starts_again(rogue: Rogue, wire: Wire, target: Path) -> None:
    """The answer to a range may be the whole of another file."""
    other = b"other" * 1000
    rogue.on("GET", "/v", cuts(CONTENT, 100_000, etag=TAG), says(200, other))
    download(wire, f"{rogue.base}/v", target)
    assert other == target.read_bytes()


def test_a_part_that_was_not_asked_for_is_not_joined(
    rogue: Rogue, wire: Wire, target: Path
) -> None:
    """A wrong Content-Range throws away what is here and asks for the whole."""
    wrong = says(206, b"x" * 10, content_range=f"bytes 5-14/{len(CONTENT)}")
    rogue.on("GET", "/v", cuts(CONTENT, 100_000, etag=TAG), wrong, says(200, CONTENT))
    download(wire, f"{rogue.base}/v", target)
    assert CONTENT == target.read_bytes()


@pytest.mark.parametrize(
    "action", [cuts(CONTENT, 1000), drops, says(200, b""), says(503), says(200, CONTENT[:-1])]
)
def test_what_does_not_arrive_whole_leaves_nothing(
    rogue: Rogue, wire: Wire, target: Path, action: Any
) -> None:
    """After the attempts: an error, an empty folder, and what was there before still there."""
    rogue.on("GET", "/v", action)
    with pytest.raises(LostAnswerError):
        download(wire, f"{rogue.base}/v", target, size=len(CONTENT))
    assert [] == names(target)
    assert 3 == rogue.count("GET")
    target.write_bytes(b"before")
    with pytest.raises(LostAnswerError):
        download(wire, f"{rogue.base}/v", target, size=len(CONTENT))
    assert (b"before", ["video.mp4"]) == (target.read_bytes(), names(target))


@pytest.mark.parametrize("status", [404, 410])
def test_a_video_that_is_gone_says_so(rogue: Rogue, wire: Wire, target: Path, status: int) -> None:
    """Not tried again; files are kept for some days only."""
    rogue.on("GET", "/v", says(status))
    with pytest.raises(RefusedError, match="no longer has the video"):
        download(wire, f"{rogue.base}/v", target)
    assert 1 == rogue.count("GET")
    assert [] == names(target)


def test_a_video_behind_a_door_is_refused(rogue: Rogue, wire: Wire, target: Path) -> None:
    """403 is not tried again, and never with the key."""
    rogue.on("GET", "/v", says(403))
    with pytest.raises(RefusedError) as caught:
        download(wire, f"{rogue.base}/v", target)
    assert 403 == caught.value.http_status
    assert [None] == [seen.authorization for seen in rogue.seen]


def test_a_compressed_video_is_not_taken_for_one(rogue: Rogue, wire: Wire, target: Path) -> None:
    """Nobody asked for gzip."""
    rogue.on("GET", "/v", says(200, CONTENT, content_encoding="gzip"))
    with pytest.raises(AnswerError, match="compressed"):
        download(wire, f"{rogue.base}/v", target)


def test_a_closed_port_is_unreachable(wire: Wire, target: Path) -> None:
    """After the attempts."""
    with pytest.raises(UnreachableError):
        download(wire, f"{closed_port()}/v", target)
    assert [] == names(target)


def test_a_target_that_cannot_be_written_is_the_machine_s_fault(
    rogue: Rogue, wire: Wire, tmp_path: Path
) -> None:
    """A missing folder and a folder as the target: one sentence each."""
    rogue.on("GET", "/v", says(200, CONTENT))
    with pytest.raises(OutputError, match="cannot be written"):
        download(wire, f"{rogue.base}/v", tmp_path / "missing" / "video.mp4")
    with pytest.raises(OutputError, match="is a folder"):
        download(wire, f"{rogue.base}/v", tmp_path)


def test_a_caller_that_stops_leaves_nothing(rogue: Rogue, wire: Wire, target: Path) -> None:
    """Stopped in the middle."""
    rogue.on("GET", "/v", says(200, CONTENT))
    stop = threading.Event()
    stop.set()
    token = stopping.set(stop)
    try:
        with pytest.raises(StoppedError):
            download(wire, f"{rogue.base}/v", target)
    finally:
        stopping.reset(token)
    assert [] == names(target)


def test_a_result_saves_its_video_and_tells(rogue: Rogue, wire: Wire, target: Path) -> None:
    """Also when the wire that made it is closed; relative and text paths are fine."""
    rogue.on("GET", "/v", says(200, CONTENT))
    saved: list[Path] = []
    output = {"video": {"url": f"{rogue.base}/v", "file_size": len(CONTENT)}, "seed": 5}
    result = result_of(output, "abc", wire=wire, on_saved=saved.append)
    wire.close()
    assert target == result.video.save(str(target))
    assert [target] == saved
    assert (5, "abc", len(CONTENT)) == (result.seed, result.request_id, result.video.file_size)


def test_a_video_shorter_than_the_service_said_is_an_error(
    rogue: Rogue, wire: Wire, target: Path
) -> None:
    """The output's file_size counts even when the download itself looks whole."""
    rogue.on("GET", "/v", says(200, CONTENT))
    result = result_of(
        {"video": {"url": f"{rogue.base}/v", "file_size": 999_999}}, "abc", wire=wire
    )
    with pytest.raises(LostAnswerError, match="256000 of 999999"):
        result.video.save(target)


def test_only_the_url_of_a_result_is_needed() -> None:
    """Other fields that are missing or odd are None: the video was paid for."""
    video = {"url": "https://x.invalid/v", "content_type": 7, "file_size": "big"}
    result = result_of({"video": video, "seed": "x"}, "abc")
    assert "https://x.invalid/v" == result.video.url
    assert (None, None, None) == (result.video.content_type, result.video.file_size, result.seed)
    assert {"video": video, "seed": "x"} == result.output


@pytest.mark.parametrize("output", [{}, {"video": None}, {"video": {"url": 3}}])
def test_a_result_without_a_video_names_the_place(output: dict[str, Any]) -> None:
    """An error that leads into the answer."""
    with pytest.raises(AnswerError, match=r"result\.video"):
        result_of(output, "abc")


def left_behind(target: Path, url: str, content: bytes, tag: str = TAG) -> Path:
    """What a process that was killed has left of a URL."""
    with suppress(SystemExit), partial(target, url) as draft:
        draft.restart(tag)
        draft.write(content)
        raise SystemExit
    (path,) = target.parent.glob(".seedance-video_*")
    return path


def test_what_a_killed_process_left_is_gone_on_with(rogue: Rogue, wire: Wire, target: Path) -> None:
    """Only the rest is asked for, and only of the same version; nothing is left beside it."""
    url = f"{rogue.base}/v"
    left_behind(target, url, CONTENT[:100_000])
    rest = says(206, CONTENT[100_000:], content_range=f"bytes 100000-255999/{len(CONTENT)}")
    rogue.on("GET", "/v", rest)
    download(wire, url, target)
    asked = rogue.seen[0].headers
    assert ("bytes=100000-", TAG) == (asked["range"], asked["if-range"])
    assert (CONTENT, ["video.mp4"]) == (target.read_bytes(), names(target))


def test_a_lost_connection_leaves_what_has_come_for_the_next_call(
    rogue: Rogue, wire: Wire, target: Path
) -> None:
    """An error that a later call gets over, from where this one ended."""
    url = f"{rogue.base}/v"
    rogue.on("GET", "/v", cuts(CONTENT, 100_000, etag=TAG), drops)
    with pytest.raises(LostAnswerError):
        download(wire, url, target)
    assert 1 == len(names(target))
    rest = says(206, CONTENT[100_000:], content_range=f"bytes 100000-255999/{len(CONTENT)}")
    rogue.on("GET", "/v", rest)
    download(wire, url, target)
    assert (CONTENT, ["video.mp4"]) == (target.read_bytes(), names(target))


def test_all_that_is_missing_may_be_nothing(rogue: Rogue, wire: Wire, target: Path) -> None:
    """Killed between the last byte and the new name: 416 says that this version ends here."""
    url = f"{rogue.base}/v"
    left_behind(target, url, CONTENT)
    rogue.on("GET", "/v", says(416, content_range=f"bytes */{len(CONTENT)}"))
    download(wire, url, target)
    assert (CONTENT, ["video.mp4"]) == (target.read_bytes(), names(target))


def test_a_range_that_is_not_there_starts_again(rogue: Rogue, wire: Wire, target: Path) -> None:
    """What is here is of something longer."""
    url = f"{rogue.base}/v"
    left_behind(target, url, CONTENT + b"more")
    rogue.on("GET", "/v", says(416), says(200, CONTENT))
    download(wire, url, target)
    assert (CONTENT, ["video.mp4"]) == (target.read_bytes(), names(target))
    assert "range" not in rogue.seen[1].headers


def test_what_is_left_of_another_url_or_version_is_not_used(
    rogue: Rogue, wire: Wire, target: Path
) -> None:
    """Another URL has another file; a weak tag ties nothing to anything."""
    left_behind(target, f"{rogue.base}/other", CONTENT)
    rogue.on("GET", "/v", cuts(CONTENT, 100_000, etag=f"W/{TAG}"), says(200, CONTENT))
    download(wire, f"{rogue.base}/v", target)
    assert all("range" not in seen.headers for seen in rogue.seen)
    assert CONTENT == target.read_bytes()


def test_what_nobody_goes_on_with_is_swept(rogue: Rogue, wire: Wire, target: Path) -> None:
    """After a day; what another process still writes, and files of other names, stay."""
    old = time.time() - 2 * 86_400
    dead = left_behind(target, f"{rogue.base}/dead", b"x")
    other = target.with_name("movie.part")
    other.write_bytes(b"x")
    rogue.on("GET", "/v", says(200, CONTENT))
    with suppress(SystemExit), partial(target, f"{rogue.base}/busy") as draft:
        for path in (dead, other, draft.path):
            os.utime(path, (old, old))
        download(wire, f"{rogue.base}/v", target)
        assert {"movie.part", "video.mp4", draft.path.name} == set(names(target))
        raise SystemExit


def test_two_downloads_of_one_url_do_not_mix(rogue: Rogue, wire: Wire, target: Path) -> None:
    """What a living process writes is its own: the second one has a file of its own."""
    url = f"{rogue.base}/v"
    rogue.on("GET", "/v", says(200, CONTENT, etag=TAG))
    with suppress(SystemExit), partial(target, url) as draft:
        draft.restart(TAG)
        draft.write(b"first")
        download(wire, url, target)
        assert (CONTENT, b"first") == (target.read_bytes(), draft.synced().read_bytes())
        raise SystemExit


def test_a_slow_line_that_keeps_breaking_gets_there(rogue: Rogue, wire: Wire, target: Path) -> None:
    """Tries that bring something do not count: eight pieces with three tries."""
    step = 80_000
    content = CONTENT * 3

    def piece(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        start = int(seen.headers.get("range", "bytes=0-")[6:-1])
        handler.send_response(206 if start else 200)
        if start:
            place = f"bytes {start}-{len(content) - 1}/{len(content)}"
            handler.send_header("content-range", place)
        handler.send_header("etag", TAG)
        handler.send_header("content-length", str(len(content) - start))
        handler.end_headers()
        handler.wfile.write(content[start : start + step])
        handler.close_connection = True

    rogue.on("GET", "/v", piece)
    download(wire, f"{rogue.base}/v", target)
    assert content == target.read_bytes()
    assert -(-len(content) // step) == rogue.count("GET")


def refuses(*bad: bytes) -> Callable[[Path], None]:
    """A proof that finds fault with some contents."""

    def proof(path: Path) -> None:
        if path.read_bytes() in bad:
            raise ToolFailedError(["ffmpeg"], "found nothing to decode")

    return proof


def test_a_video_that_cannot_be_played_is_fetched_again(
    rogue: Rogue, wire: Wire, target: Path
) -> None:
    """Once, from its beginning; the proof sees all of it before it has its name."""
    rogue.on("GET", "/v", says(200, b"broken", etag=TAG), says(200, CONTENT, etag=TAG))
    download(wire, f"{rogue.base}/v", target, proof=refuses(b"broken"))
    assert (CONTENT, ["video.mp4"]) == (target.read_bytes(), names(target))
    assert "range" not in rogue.seen[1].headers


def test_a_video_that_cannot_be_played_twice_is_an_error(
    rogue: Rogue, wire: Wire, target: Path
) -> None:
    """It does not get the name, and what was there before stays."""
    target.write_bytes(b"before")
    rogue.on("GET", "/v", says(200, b"broken", etag=TAG))
    with pytest.raises(AnswerError, match="6 bytes of the video, twice, but it cannot be played"):
        download(wire, f"{rogue.base}/v", target, proof=refuses(b"broken"))
    assert (b"before", ["video.mp4"]) == (target.read_bytes(), names(target))


def test_delays_are_those_of_the_wire(wire: Wire) -> None:
    """The tests above wait for milliseconds only because the wire says so."""
    assert QUICK == wire.retry
