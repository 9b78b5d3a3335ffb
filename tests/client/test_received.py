"""The finished video on its way home: taken up after a kill, and played once before it is had."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedance_prep.client import Client, Job
from seedance_prep.core.job import State
from seedance_prep.errors import AnswerError
from seedance_prep.local import Faults, LocalService, Pace, Stored
from seedance_prep.sending import Settings
from seedance_prep.submit import fal
from seedance_prep.submit.ledger import Ledger, open_ledger

from ..upload.ready import output, ready
from ..wire.rogue import QUICK, SHORT

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Settings(retry=QUICK, timeouts=SHORT, pace=fal.Pace(first=0.01, longest=0.05))
SAVE = (
    "import sys; from seedance_prep.submit.result import Video;"
    " Video(url=sys.argv[1]).save(sys.argv[2])"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A fresh one."""
    return open_ledger(tmp_path / "home")


@pytest.fixture
def service() -> Iterator[LocalService]:
    """Quick, and without faults."""
    with LocalService(pace=Pace(queued=0, running=0)) as one:
        yield one


@pytest.fixture
def done(
    service: LocalService, ledger: Ledger, ffmpeg_make: Callable[..., Path]
) -> Iterator[tuple[Job, Stored]]:
    """A job that has ended, and its video as the service holds it."""
    picture = ffmpeg_make("a.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")
    small = ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")
    with Client(service.base, ledger=ledger, settings=SETTINGS) as client:
        job = client.submit(small)
        job.result()
        yield job, next(one for one in service.uploads if one.name == "output.mp4")


def test_a_video_of_which_much_is_missing_is_not_saved(
    done: tuple[Job, Stored], ledger: Ledger, tmp_path: Path
) -> None:
    """Its length is right and its beginning, too: the decode finds out, and says so."""
    job, stored = done
    with stored.path.open("r+b") as file:
        file.seek(stored.size // 4)
        file.write(bytes(stored.size // 2))
    with pytest.raises(AnswerError, match="cannot be played"):
        job.result().video.save(tmp_path / "out.mp4")
    assert ["home"] == [one.name for one in tmp_path.iterdir()]
    run = ledger.runs()[0]
    assert (State.FINISHED, None) == (run.state, run.saved)


def test_what_is_no_video_is_not_saved(done: tuple[Job, Stored], tmp_path: Path) -> None:
    """A page of the same length, for one."""
    job, stored = done
    stored.path.write_bytes(b"<html>".ljust(stored.size))
    with pytest.raises(AnswerError, match="cannot be played"):
        job.result().video.save(tmp_path / "out.mp4")


def test_a_download_that_was_killed_is_gone_on_with(
    service: LocalService, done: tuple[Job, Stored], ledger: Ledger, tmp_path: Path
) -> None:
    """SIGKILL with a part on the disk: ``resume`` asks for the rest, and the file is the same."""
    job, stored = done
    service.misbehave(Faults(slow=1, slow_seconds=60))
    call = subprocess.Popen(
        [sys.executable, "-c", SAVE, service.base + stored.place, str(tmp_path / "out.mp4")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        while not any(one.stat().st_size for one in tmp_path.glob(".seedance-video_*")):
            assert call.poll() is None
            time.sleep(0.01)
    finally:
        call.kill()
        call.wait()
    assert not (tmp_path / "out.mp4").exists()
    with Client(service.base, ledger=ledger, settings=SETTINGS) as client:
        assert job.run is not None
        client.resume(job.run, tmp_path / "out.mp4")
    asked = service.received[-1].headers
    assert int(asked["range"].removeprefix("bytes=").removesuffix("-"))
    assert stored.sha256 == hashlib.sha256((tmp_path / "out.mp4").read_bytes()).hexdigest()
    assert {"home", "out.mp4"} == {one.name for one in tmp_path.iterdir()}
