"""What lies on the desk: files come, are judged, named, cut, ordered, and go."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Make
from .desks import Caller


def named(desk: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(one["ref"], one["source"]) for one in desk["assets"]]


def test_a_dropped_file_is_judged(page: Caller, phone: Path) -> None:
    """A clip with too many pixels gets its reference, what is wrong, and what would be done."""
    (clip,) = page.dropped(phone)
    assert ("@Video1", "judged", "mend") == (clip["ref"], clip["state"], clip["verdict"])
    assert "VID009" in [one["code"] for one in clip["findings"]]
    assert "scale 1080x1920 -> 720x1280" in clip["will"]
    assert [0.0, 6.007] == clip["window"]
    desk = page.desk()
    assert desk["ok_after_fix"]
    assert 15 == desk["limits"]["videos"]["seconds"]["max"]
    assert 9 == desk["limits"]["images"]["count"]["max"]
    assert 0 < desk["cost"]["low"] < desk["cost"]["high"]


def test_a_file_that_complies_needs_nothing(page: Caller, photo: Path) -> None:
    """Its verdict is ok, and no operation is planned."""
    (still,) = page.dropped(photo)
    assert ("@Image1", "ok", []) == (still["ref"], still["verdict"], still["will"])


def test_a_file_that_cannot_be_read_is_said_to_be_so(page: Caller, tmp_path: Path) -> None:
    """It is stuck with a sentence, and the others are still judged."""
    text = tmp_path / "notes.txt"
    text.write_text("no medium at all")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for one in page.dropped(text, empty):
        assert ("unreadable", "stuck") == (one["state"], one["verdict"])
        assert one["findings"][0]["code"].startswith("FIL")
    assert not page.desk()["ok_after_fix"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a/b/../photo.jpg", "photo.jpg"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        ("-", "file"),
        ("日本 ✨.jpg", "日本 ✨.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
        ("line\nbreak\x1b[31m.jpg", "line break [31m.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
    ],
)
def test_a_name_is_a_name_alone(page: Caller, photo: Path, given: str, shown: str) -> None:
    """Folders, controls and emptiness go; what is left is data, never markup or a path."""
    page.drop(photo, given) if given else page.http.put("/api/files", content=photo.read_bytes())
    assert [shown] == [one["source"] for one in page.settled()["assets"]]


def test_a_long_name_is_cut_in_the_middle(page: Caller, photo: Path) -> None:
    """300 signs, of four bytes each, are no trouble, and the end still tells the format."""
    page.drop(photo, "😀" * 300 + ".jpg")
    (one,) = page.settled()["assets"]
    assert "judged" == one["state"]
    assert len(one["source"]) <= 120
    assert one["source"].endswith(".jpg")


def test_wishes_for_a_file(page: Caller, phone: Path) -> None:
    """A window, a name, a framing are kept, and the plan follows."""
    (clip,) = page.dropped(phone)
    patch = {"t": [1, 3.5], "name": "hero", "keep": "last", "frame": "crop", "weight": 2}
    answer = page.http.patch(f"/api/assets/{clip['id']}", json=patch)
    assert 200 == answer.status_code
    (one,) = answer.json()["assets"]
    assert patch == {name: one[name] for name in patch}
    assert [1.0, 3.5] == one["window"]
    gone = page.http.patch(f"/api/assets/{clip['id']}", json=dict.fromkeys(patch)).json()
    assert [None, None, 1.0] == [gone["assets"][0][name] for name in ("t", "name", "weight")]


@pytest.mark.parametrize(
    ("patch", "word"),
    [
        ({"t": [3, 1]}, "t=1,3"),
        ({"t": [1]}, "[start, end]"),
        ({"t": ["a", "b"]}, "not a number"),
        ({"t": [0, 1e999]}, "not a number"),
        ({"name": "two words"}, "no name"),
        ({"name": 7}, "not text"),
        ({"keep": "middle"}, "first, last, best"),
        ({"weight": -1}, "between 0 and 1000"),
        ({"as": "text"}, "image, video, audio"),
        ({"path": "/etc/passwd"}, "no field of a file"),
    ],
)
def test_a_wish_that_makes_no_sense(
    page: Caller, photo: Path, patch: dict[str, Any], word: str
) -> None:
    """It is refused in one sentence, and the file stays as it was."""
    (one,) = page.dropped(photo)
    body = json.dumps(patch)
    answer = page.http.patch(
        f"/api/assets/{one['id']}", content=body, headers={"Content-Type": "application/json"}
    )
    assert 400 == answer.status_code
    assert word in answer.json()["error"]
    assert [one] == page.desk()["assets"]


def test_two_files_of_one_name(page: Caller, photo: Path) -> None:
    """A name belongs to one file."""
    first, second = page.dropped(photo, photo)
    assert 200 == page.http.patch(f"/api/assets/{first['id']}", json={"name": "a"}).status_code
    answer = page.http.patch(f"/api/assets/{second['id']}", json={"name": "a"})
    assert 400 == answer.status_code
    assert "another file is called a" in answer.json()["error"]


def test_as_another_kind_is_read_again(page: Caller, phone: Path) -> None:
    """The sound of a video is a sound of its own."""
    (clip,) = page.dropped(phone)
    page.http.patch(f"/api/assets/{clip['id']}", json={"as": "audio"})
    (sound,) = page.settled()["assets"]
    assert ("@Audio1", "audio") == (sound["ref"], sound["kind"])


def test_order_and_leaving(page: Caller, photo: Path, fixtures_dir: Path) -> None:
    """Numbers follow the order, and a file that goes leaves nothing on the disk."""
    first, second = page.dropped(photo, fixtures_dir / "photo_exif6.jpg")
    ids = [second["id"], first["id"]]
    turned = page.http.post("/api/order", json={"ids": ids}).json()
    assert [("@Image1", "photo_exif6.jpg"), ("@Image2", "photo.jpg")] == named(turned)
    assert 400 == page.http.post("/api/order", json={"ids": ids[:1]}).status_code
    left = page.http.delete(f"/api/assets/{second['id']}", headers={"X-Studio": "1"}).json()
    assert [("@Image1", "photo.jpg")] == named(left)
    gone = page.http.delete(f"/api/assets/{second['id']}", headers={"X-Studio": "1"})
    assert 404 == gone.status_code


def test_the_request_is_judged_with_the_files(page: Caller, photo: Path) -> None:
    """A prompt with a name is bound; a parameter that is not taken is a finding."""
    (one,) = page.dropped(photo)
    page.http.patch(f"/api/assets/{one['id']}", json={"name": "beach"})
    asked = {"prompt": "{beach} at night", "resolution": "999p", "duration": 5}
    desk = page.http.patch("/api/request", json=asked).json()
    assert {"given": "{beach} at night", "sent": "@Image1 at night",
            "names": {"{beach}": "@Image1"}} == desk["bound"]  # fmt: skip
    assert any("999p" in one["message"] for one in desk["findings"])
    assert not desk["ok_after_fix"]


@pytest.mark.parametrize(
    ("patch", "word"),
    [
        ({"prompt": 7}, "not text"),
        ({"endpoint": "nobody/knows"}, "no limits are known"),
        ({"seed": "x"}, "whole number"),
        ({"generate_audio": "yes"}, "true nor false"),
        ({"allow": "all"}, "lossless"),
        ({"service": "https://evil.example"}, "fal, local"),
        ({"key": "secret"}, "no field"),
    ],
)
def test_a_request_that_makes_no_sense(page: Caller, patch: dict[str, Any], word: str) -> None:
    """It is refused in one sentence, and nothing changes; a page leads no key elsewhere."""
    before = page.desk()
    answer = page.http.patch("/api/request", json=patch)
    assert 400 == answer.status_code
    assert word in answer.json()["error"]
    assert before == page.desk()


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff", b"[" * 100_000, b'{"prompt": NaN'])
def test_a_body_that_is_no_json(page: Caller, body: bytes) -> None:
    """It is refused, not guessed at."""
    answer = page.http.patch(
        "/api/request", content=body, headers={"Content-Type": "application/json"}
    )
    assert 400 == answer.status_code
    assert "JSON" in answer.json()["error"]


def test_windows_are_weighed_without_being_kept(page: Caller, phone: Path) -> None:
    """Sums, price and verdicts of other windows come back, and the desk stays as it was."""
    (clip,) = page.dropped(phone)
    before = page.desk()
    answer = page.http.post("/api/weigh", json={"windows": {clip["id"]: [1, 4]}}).json()
    assert 3.0 == pytest.approx(answer["limits"]["videos"]["seconds"]["used"], abs=0.05)
    assert [1.0, 4.0] == answer["assets"][clip["id"]]["window"]
    assert answer["cost"]["low"] < before["cost"]["low"]
    short = page.http.post("/api/weigh", json={"windows": {clip["id"]: [1, 1.2]}}).json()
    assert "stuck" == short["assets"][clip["id"]]["verdict"]
    assert before == page.desk()
    assert 404 == page.http.post("/api/weigh", json={"windows": {"nobody": [0, 1]}}).status_code


def test_the_best_seconds_are_looked_for_meanwhile(page: Caller, ffmpeg_make: Make) -> None:
    """The verdict does not wait for them; they come with their reason, and weigh without a look."""
    quick = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    clip = ffmpeg_make("best.mp4", "-f", "lavfi", "-i", "testsrc2=s=640x640:r=24:d=17", *quick)
    (long,) = page.dropped(clip)
    first = page.http.patch(f"/api/assets/{long['id']}", json={"keep": "best"}).json()
    assert first["looking"]
    assert "mend" == first["assets"][0]["verdict"]
    (seen,) = page.settled()["assets"]
    assert seen["choice"]["reason"]
    assert seen["window"] == seen["choice"]["window"]


def test_the_thirteenth_file(page: Caller, photo: Path) -> None:
    """It is taken and named as one too many; a desk holds 24 at most."""
    for _ in range(13):
        page.drop(photo)
    desk = page.settled()
    assert "REQ004" in [one["code"] for one in desk["findings"]], desk["findings"]
    for _ in range(11):
        page.drop(photo)
    answer = page.http.put("/api/files", params={"name": "x.jpg"}, content=b"x")
    assert 409 == answer.status_code
    assert "24 files" in answer.json()["error"]


# What does not arrive -----------------------------------------------------------------------------


@contextmanager
def begun(page: Caller, headers: str, body: bytes = b"") -> Iterator[socket.socket]:
    """A PUT as it stands, on a line that ends with the block."""
    port = int(page.base.rpartition(":")[2])
    head = (
        f"PUT /api/files?name=clip.mp4 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"X-Studio-Token: {page.token}\r\nConnection: close\r\n{headers}\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=20) as door:
        door.sendall(head.encode() + body)
        yield door


def put(page: Caller, headers: str, body: bytes = b"", *, ends: bool = False) -> bytes:
    """The same, to which the answer is read unless the line ``ends``."""
    with begun(page, headers, body) as door:
        found = b""
        while not ends and (part := door.recv(65536)):
            found += part
        return found


def test_five_gigabytes_are_refused_before_they_come(page: Caller) -> None:
    """The announced length is enough to say no, in words, and nothing is left on the desk."""
    answer = put(page, "Content-Length: 5000000000\r\n")
    assert b" 413 " in answer[:30]
    assert b"5000.0 MB" in answer
    assert [] == page.desk()["assets"]


@pytest.mark.parametrize("headers", ["", "Transfer-Encoding: chunked\r\n"])
def test_a_file_says_how_long_it_is(page: Caller, headers: str) -> None:
    """Without a length nothing is read."""
    answer = put(page, headers, b"0\r\n\r\n" if headers else b"")
    assert b" 411 " in answer[:30]
    assert [] == page.desk()["assets"]


def test_an_upload_that_breaks_off_can_be_dropped_again(page: Caller, photo: Path) -> None:
    """Its place stays, with how much came and what to do; the file goes in a second time."""
    put(page, "Content-Length: 5000000\r\n", b"x" * 1_500_000, ends=True)
    (one,) = page.when(
        lambda desk: any(x["state"] == "unreadable" for x in desk["assets"])
    )["assets"]  # fmt: skip
    assert "stuck" == one["verdict"]
    assert "did not arrive whole" in one["findings"][0]["message"]
    assert "drop it again" == one["findings"][0]["remedy"]
    page.http.delete(f"/api/assets/{one['id']}", headers={"X-Studio": "1"})
    assert "judged" == page.dropped(photo)[0]["state"]


def test_the_first_bytes_tell_the_format(page: Caller, phone: Path) -> None:
    """What a file is, or that it is none, is said while the rest of it is on its way."""
    for head, says in ((phone.read_bytes(), "mov"), (b"%PDF-1.7\n", "PDF")):
        with begun(page, "Content-Length: 5000000\r\n", head + bytes(2_000_000)):
            desk = page.when(lambda desk: any(x["looks"] for x in desk["assets"]))
            assert "uploading" == desk["assets"][0]["state"]
            assert says in desk["assets"][0]["looks"]
        page.when(lambda desk: desk["assets"][0]["state"] == "unreadable")
        page.http.post("/api/clear", json={})


def test_more_bytes_than_announced_are_no_part_of_the_file(page: Caller, photo: Path) -> None:
    """What follows the announced length is not read as the file."""
    data = photo.read_bytes()
    put(page, f"Content-Length: {len(data)}\r\n", data + b"GET / HTTP/1.1\r\n\r\n")
    (one,) = page.settled()["assets"]
    assert (len(data), "ok") == (one["facts"]["bytes"], one["verdict"])


# What is kept -------------------------------------------------------------------------------------


def test_what_is_kept_is_private_and_goes(page: Caller, photo: Path) -> None:
    """Folders are 0700 and files 0600; a cleared desk leaves no file of the user's."""
    page.dropped(photo)
    home = page.home
    kept = [one for one in (home / "studio").rglob("*") if one.name != "lock"]
    assert photo.name in [one.name for one in kept]
    for one in (home / "studio", *kept):
        assert 0 == stat.S_IMODE(one.stat().st_mode) & 0o077, one
    page.http.post("/api/clear", json={})
    assert [] == [one for one in (home / "studio" / "files").rglob("*") if one.is_file()]
