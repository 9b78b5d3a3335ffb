"""Ended in the middle and opened again: nothing that was dropped, made or paid for is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from seedance_prep.errors import UsageError
from seedance_prep.local import LocalService, Pace

from .desks import Caller, opened

ROOT = Path(__file__).resolve().parents[2]
ASKED = {"prompt": "@Image1 hums @Audio1", "duration": 4, "resolution": "480p"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ledger beside the desk."""
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path))
    return tmp_path


@contextmanager
def spawned(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], Caller]]:
    """A studio in a process of its own, as a person starts it."""
    argv = [sys.executable, "-m", "seedance_prep", "studio", "--no-open", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SEEDANCE_PREP_HOME": str(home)}
    with subprocess.Popen(argv, env=environment, cwd=home, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as child:  # fmt: skip
        assert child.stdout is not None
        base, token = child.stdout.readline().strip().split("/?token=")
        try:
            with httpx.Client(base_url=base, headers={"X-Studio-Token": token}) as http:
                yield child, Caller(http, token, home)
        finally:
            child.kill()


def half_of(page: Caller, name: str, count: int) -> socket.socket:
    """An upload of which ``count`` of 5,000,000 bytes have left."""
    port = int(page.base.rpartition(":")[2])
    head = (
        f"PUT /api/files?name={name} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"X-Studio-Token: {page.token}\r\nContent-Length: 5000000\r\n\r\n"
    )
    door = socket.create_connection(("127.0.0.1", port), timeout=20)
    door.sendall(head.encode() + b"x" * count)
    return door


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_end_in_the_middle_of_a_fix(home: Path, phone: Path) -> None:
    """SIGTERM ends it at once, with all its children, and the next studio has the desk."""
    with spawned(home) as (child, page):
        page.dropped(phone)
        page.http.patch("/api/request", json={"prompt": "@Video1 dances"})
        page.http.post("/api/fix", json={})
        page.when(lambda desk: any(desk["fix"]["progress"].values()))
        workers = children_of(child.pid)
        assert workers
        child.send_signal(signal.SIGTERM)
        _, said = child.communicate(timeout=20)
    assert 130 == child.returncode
    assert "Traceback" not in said
    assert [] == [pid for pid in workers if alive(pid)]
    with opened(home) as page:
        desk = page.settled()
        assert "@Video1 dances" == desk["request"]["prompt"]
        assert [("@Video1", "mend")] == [(x["ref"], x["verdict"]) for x in desk["assets"]]
        assert desk["fix"] is None
        assert [] == list((home / "studio").glob("ready-*"))


def test_a_kill_in_the_middle_of_an_upload(home: Path, photo: Path) -> None:
    """What had not arrived is named; what had is there; the rest of it is gone from the disk."""
    with spawned(home) as (child, page):
        page.dropped(photo)
        with half_of(page, "clip.mp4", 2_500_000):
            page.when(lambda desk: any(x["received"] > 1_900_000 for x in desk["assets"]))
            child.kill()
            child.wait(20)
    with opened(home) as page:
        still, clip = page.settled()["assets"]
        assert ("judged", "unreadable") == (still["state"], clip["state"])
        assert "clip.mp4" == clip["source"]
        assert "of 5.00 MB" in clip["findings"][0]["message"]
        assert "drop it again" == clip["findings"][0]["remedy"]
        assert [photo.name] == [
            one.name for one in (home / "studio" / "files").rglob("*") if one.is_file()
        ]


@pytest.mark.skipif(sys.platform != "linux", reason="sets the limits of another process")
def test_a_disk_that_takes_no_more(home: Path, photo: Path) -> None:
    """What cannot be written is said in words; files and words that are there stay as they were."""
    import resource

    with spawned(home) as (child, page):
        page.dropped(photo)
        page.http.patch("/api/request", json={"prompt": "@Image1 dances"})
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (100, 100))
        put = page.http.put("/api/files", params={"name": "big.mp4"}, content=bytes(3_000_000))
        patch = page.http.patch("/api/request", json={"prompt": "@Image1 sings"})
        assert [507, 507] == [put.status_code, patch.status_code]
        assert "cannot be written: File too large" in patch.json()["error"]
        desk = page.settled()
        assert [photo.name] == [x["source"] for x in desk["assets"]]
        assert "@Image1 dances" == desk["request"]["prompt"]


@pytest.mark.slow
def test_what_was_fixed_is_still_there(home: Path, photo: Path, voice: Path) -> None:
    """The next studio has the outputs and can send them; one that lacks a file has none."""
    with opened(home, service="local") as page:
        page.dropped(photo, voice)
        page.http.patch("/api/request", json=ASKED)
        before = page.fixed()["fix"]
    with opened(home) as page:
        desk = page.settled()
        kept = ("state", "fresh", "outputs", "findings", "cost")
        assert {name: before[name] for name in kept} == {name: desk["fix"][name] for name in kept}
        assert "done" == page.generated()["run"]["state"]
    next((home / "studio").glob("ready-*/audio1.mp3")).write_bytes(b"other")
    with opened(home) as page:
        assert page.desk()["fix"] is None


def test_a_run_goes_on_by_resume(home: Path, photo: Path) -> None:
    """The studio ends while the service works: the next one names the run and fetches its video."""
    with LocalService(pace=Pace(queued=0, running=2)) as service:
        with opened(home, service=service.base) as page:
            page.dropped(photo)
            page.http.patch("/api/request", json=ASKED | {"prompt": "@Image1 shines"})
            page.fixed()
            page.http.post("/api/generate", json={"yes": True, "max_cost": 9})
            page.when(lambda desk: desk["run"]["state"] in {"queued", "running"})
        with opened(home) as page:
            run = page.desk()["run"]
            assert "stopped" == run["state"]
            (row,) = page.http.get("/api/runs").json()["runs"]
            assert (run["id"], True) == (row["run"], row["resumable"])
            answer = page.http.post(f"/api/runs/{run['id']}/resume", json={})
            assert 202 == answer.status_code
            done = page.followed()["run"]
            assert (run["id"], "done", True) == (done["id"], done["state"], done["video"])
        assert 1 == sum(service.submissions.values())


def test_one_studio_for_each_desk(home: Path) -> None:
    """A second one on the same desk says so instead of fighting over it."""
    with opened(home), pytest.raises(UsageError, match="another studio is open"), opened(home):
        pass


def test_a_desk_that_nobody_touched_goes(home: Path, photo: Path) -> None:
    """After a month the files are not kept any longer."""
    with opened(home) as page:
        page.dropped(photo)
    old = time.time() - 31 * 86400
    os.utime(home / "studio" / "desk.json", (old, old))
    with opened(home) as page:
        assert [] == page.desk()["assets"]
        assert [] == [one for one in (home / "studio" / "files").rglob("*") if one.is_file()]


@pytest.mark.parametrize("text", ["{", '{"format": 1}', "\x00"])
def test_a_desk_that_cannot_be_read_is_empty(home: Path, text: str) -> None:
    """A damaged file keeps nobody out."""
    (home / "studio").mkdir()
    (home / "studio" / "desk.json").write_text(text)
    (home / "studio" / "fix").write_bytes(text.encode())
    with opened(home) as page:
        assert [] == page.desk()["assets"]


def children_of(pid: int) -> list[int]:
    """Every process below one."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *children_of(child)]
    return found


def alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
