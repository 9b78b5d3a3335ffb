"""The machine is at fault, or somebody else is faster: a clear word before any money is spent."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from seedance_prep.client import Client
from seedance_prep.core.job import State
from seedance_prep.errors import PendingError
from seedance_prep.local import LocalService, Pace
from seedance_prep.local.answers import Outcome
from seedance_prep.local.call import Call
from seedance_prep.submit.ledger import open_ledger

from ..upload.ready import output, ready

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
"""The user that owns nothing."""
TOGETHER = 3
PLAIN = ("-m", "seedance_prep")
AS_NOBODY = f"""
import importlib, os, pkgutil, sqlite3, subprocess, sys
import httpx, PIL.Image, pymediainfo, seedance_prep
for one in pkgutil.walk_packages(seedance_prep.__path__, "seedance_prep."):
    importlib.import_module(one.name)
from seedance_prep.__main__ import main
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
main(sys.argv[1:])
"""
"""What only root may read is imported before."""

needs_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="needs root, to mount a disk or be another user"
)


@pytest.fixture
def picture(ffmpeg_make: Callable[..., Path]) -> Path:
    """Small, and compliant as it is."""
    return ffmpeg_make("pic.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")


def started(
    base: str, home: Path, picture: Path, folder: Path, program: tuple[str, str] = PLAIN
) -> subprocess.Popen[str]:
    """``generate`` in a process of its own."""
    return subprocess.Popen(
        [
            sys.executable, *program, "generate", picture, "--prompt", "@Image1",
            "--resolution", "480p", "--duration", "4", "--aspect-ratio", "1:1", "--yes",
            "--service", base, "--out", folder / "ready", "--download", folder / "out.mp4",
        ],
        cwd=folder,
        env=os.environ | {"SEEDANCE_PREP_HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def folder_of(parent: Path, name: str) -> Path:
    """A folder that anybody may write."""
    made = parent / name
    made.mkdir()
    made.chmod(0o777)
    return made


class Holding(LocalService):
    """Answers a paid request when it is told to."""

    gate = threading.Event()

    def handle(self, call: Call) -> Outcome:
        """Answer one request."""
        answer = super().handle(call)
        if call.method == "POST" and call.path.startswith("/bytedance"):
            self.gate.wait(50)
        return answer


def test_processes_that_start_the_same_request_at_once_pay_once(
    picture: Path, tmp_path: Path
) -> None:
    """One gets its video, the others end 2 and name its run; the service saw one paid request."""
    home = tmp_path / "home"
    with Holding(pace=Pace(queued=0, running=0)) as service:
        calls = [
            started(service.base, home, picture, folder_of(tmp_path, str(number)))
            for number in range(TOGETHER)
        ]
        while sum(call.poll() is None for call in calls) > 1:
            time.sleep(0.01)
        Holding.gate.set()
        said = [call.communicate(timeout=120)[1] for call in calls]
        assert [0, *[2] * (TOGETHER - 1)] == sorted(call.returncode for call in calls), said
        assert [1] == list(service.submissions.values())
    (paid,) = [run for run in open_ledger(home).runs() if run.state is State.FINISHED]
    losers = [text for call, text in zip(calls, said, strict=True) if call.returncode == 2]
    assert [] == [text for text in losers if f"seedance-prep resume {paid.id}" not in text]


@needs_root
@pytest.mark.parametrize("what", ["ledger", "folder"])
def test_a_ledger_that_another_user_owns_spends_nothing(
    picture: Path, tmp_path: Path, what: str
) -> None:
    """Read-only for the one who calls: status 3 and one sentence, before anything is sent."""
    parents = [*tmp_path.parents][:-2]
    modes = {one: one.stat().st_mode for one in [tmp_path, *parents]}
    home, mine = tmp_path / "home", folder_of(tmp_path, "mine")
    path = open_ledger(home).path
    home.chmod(0o777 if what == "ledger" else 0o755)
    path.chmod(0o644 if what == "ledger" else 0o666)
    shutil.copy(picture, mine / "a.jpg")
    try:
        for one in modes:
            one.chmod(0o755)
        with LocalService() as service:
            call = started(service.base, home, mine / "a.jpg", mine, ("-c", AS_NOBODY))
            said = call.communicate(timeout=60)[1]
            assert (3, ()) == (call.returncode, service.received), said
            assert "ledger" in said
            assert "SEEDANCE_PREP_HOME" in said
            assert str(tmp_path) not in said
    finally:
        for one, mode in modes.items():
            one.chmod(mode)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=1m tmpfs {disk}") != 0:
        pytest.skip("no tmpfs can be mounted here")
    try:
        yield disk
    finally:
        os.system(f"umount {disk}")


class Filling(LocalService):
    """Fills its caller's disk when the paid request has come."""

    disk = Path()

    def handle(self, call: Call) -> Outcome:
        """Answer one request."""
        if call.path.startswith("/bytedance") and not list(self.disk.glob("filler")):
            with suppress(OSError), (self.disk / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
        return super().handle(call)


@needs_root
def test_a_disk_that_fills_between_claim_and_answer_loses_nothing(
    picture: Path, small_disk: Path, tmp_path: Path
) -> None:
    """The id is said, exit 5; with room again the run is looked up, not paid again."""
    request = ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")
    ledger = open_ledger(small_disk)
    filling = Filling(pace=Pace(queued=0, running=0))
    filling.disk = small_disk
    with filling as service:
        with Client(service.base, ledger=ledger) as client:
            with pytest.raises(PendingError) as caught:
                client.submit(request)
            (job,) = service.jobs
            assert job.request_id in str(caught.value)
            (small_disk / "filler").unlink()
            filling.disk = tmp_path
            (tmp_path / "filler").touch()
            (run,) = ledger.runs()
            assert State.SUBMITTING is run.state
            assert job.request_id == client.resume(run.id, tmp_path / "out.mp4").request_id
        assert [1] == list(service.submissions.values())
    assert State.FINISHED is ledger.run(run.id).state
    with closing(sqlite3.connect(ledger.path)) as db:
        assert [("ok",)] == db.execute("PRAGMA integrity_check").fetchall()


@needs_root
def test_a_disk_without_room_for_what_comes_back_spends_nothing(
    picture: Path, small_disk: Path, tmp_path: Path
) -> None:
    """Some kilobytes are left, and would not do: status 3 with both figures, nothing is sent."""
    open_ledger(small_disk)
    (small_disk / "filler").write_bytes(bytes(700_000))
    with LocalService() as service:
        call = started(service.base, small_disk, picture, folder_of(tmp_path, "mine"))
        said = call.communicate(timeout=60)[1]
        assert (3, ()) == (call.returncode, service.received), said
        assert "524 kB are needed" in said
