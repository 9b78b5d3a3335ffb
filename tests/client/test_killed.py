"""``generate`` is killed anywhere: nothing is sent twice, and nothing that was paid for is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_prep.client import Client
from seedance_prep.core.job import State
from seedance_prep.core.run import Run
from seedance_prep.errors import PrepError, UncertainError, UsageError
from seedance_prep.local import Faults, LocalService, Pace
from seedance_prep.submit.ledger import Ledger, open_ledger

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20
LATEST = 0.6
"""Seconds after its first request within which a call is killed; about as long as it takes."""


@pytest.fixture
def picture(ffmpeg_make: Callable[..., Path]) -> Path:
    """Small, and compliant as it is."""
    return ffmpeg_make("pic.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")


def killed(
    service: LocalService, picture: Path, folder: Path, prompt: str, after: float, path: str = ""
) -> None:
    """One call that ends by SIGKILL so many seconds after its first word to a path there."""
    heard = len(service.received)
    call = subprocess.Popen(
        [
            sys.executable, "-m", "seedance_prep", "generate", picture, "--prompt", prompt,
            "--resolution", "480p", "--duration", "4", "--aspect-ratio", "1:1", "--yes",
            "--service", service.base, "--download", "out.mp4",
        ],
        cwd=folder,
        env=os.environ | {"SEEDANCE_PREP_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while call.poll() is None and not any(path in one.path for one in service.received[heard:]):
        time.sleep(0.001)
    time.sleep(after)
    call.kill()
    call.wait()


def taken_up(service: LocalService, ledger: Ledger, run: Run, target: Path) -> State:
    """Resume a run until its end is known; gives what the ledger says then."""
    try:
        with Client.of_run(run.id, ledger=ledger) as client:
            client.resume(run.id, target)
            assert target.stat().st_size > 1000
    except UsageError:
        assert run.state in {State.PREPARED, State.UPLOADING}
    except UncertainError:
        assert run.state in {State.SUBMITTING, State.UNCERTAIN}
        assert run.payload not in [job.order.arguments for job in service.jobs]
    except PrepError as error:
        pytest.fail(f"{run.id} was {run.state}: {error}")
    return ledger.run(run.id).state


def test_the_place_of_the_video_is_known_before_the_job_is(picture: Path, tmp_path: Path) -> None:
    """Who is killed while the service takes the job finds its video where it was wanted."""
    ledger = open_ledger(tmp_path / "home")
    with LocalService(faults=Faults(submit_late=1, late_seconds=5)) as service:
        killed(service, picture, tmp_path, "@Image1 waits", 0, "/reference-to-video")
    (run,) = ledger.runs()
    assert State.SUBMITTING is ledger.run(run.id).state
    assert str(tmp_path / "out.mp4") == ledger.run(run.id).target


@pytest.mark.slow
@pytest.mark.parametrize(
    "faults", [Faults(), Faults(submit_late=1000, late_seconds=0.2)], ids=["quick", "late"]
)
def test_killed_anywhere_is_sent_once(faults: Faults, picture: Path, tmp_path: Path) -> None:
    """SIGKILL at any moment: one submit per request, and every job that was taken is found."""
    ledger = open_ledger(tmp_path / "home")
    chance, ends = random.Random(7), set()
    with LocalService(faults=faults, pace=Pace(queued=0.02, running=0.02)) as service:
        end = time.monotonic() + SECONDS / 2
        turn = 0
        while time.monotonic() < end:
            turn += 1
            prompt = f"@Image1 waits for wave {turn}"
            killed(service, picture, tmp_path, prompt, chance.uniform(0, LATEST))
            run = next((one for one in ledger.runs() if one.request["prompt"] == prompt), None)
            if run is not None:
                ends.add(taken_up(service, ledger, run, tmp_path / f"{turn}.mp4"))
        assert service.submissions
        assert {1} == set(service.submissions.values())
        finished = [run for run in ledger.runs(1000) if run.state is State.FINISHED]
        assert len(service.jobs) == len(finished)
    assert State.FINISHED in ends
