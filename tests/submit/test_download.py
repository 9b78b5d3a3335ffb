"""The finished video: whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.errors import (
    AnswerError,
    LostAnswerError,
    OutputError,
    RefusedError,
    StoppedError,
    UnreachableError,
)
from seedance_prep.patience import stopping
from seedance_prep.submit.download import download
from seedance_prep.submit.result import result_of
from seedance_prep.wire import Wire

from ..wire.rogue import QUICK, Rogue, closed_port, cuts, drops, says

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


def test_delays_are_those_of_the_wire(wire: Wire) -> None:
    """The tests above wait for milliseconds only because the wire says so."""
    assert QUICK == wire.retry
