"""SIGKILL before and after every write to the ledger and every request: paid once, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_prep.client import Client
from seedance_prep.core.job import State
from seedance_prep.errors import PrepError, UncertainError, UsageError
from seedance_prep.local import LocalService, Pace
from seedance_prep.local.answers import Outcome
from seedance_prep.local.call import Call
from seedance_prep.submit.ledger import open_ledger

from .killing import STEPS

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = ("initiate", "put", "head", "tail", "submit", "stream", "result", "media")
"""What one call asks of the service, in that order."""
QUICK = {
    "after claim",
    "before submitted",
    "after submitted",
    "before finished",
    "answer to submit",
}
POINTS = [
    *(f"{when} {step}" for step in STEPS for when in ("before", "after")),
    *(f"{what} {name}" for name in REQUESTS for what in ("arrival of", "answer to")),
]
UNPAID = {State.PREPARED, State.UPLOADING}


class Killer(LocalService):
    """Ends its caller when the chosen request arrives, or before its answer leaves."""

    victim = 0
    point = ""
    heard = 0

    def handle(self, call: Call) -> Outcome:
        """Answer one request."""
        name = REQUESTS[self.heard] if self.victim and self.heard < len(REQUESTS) else ""
        self.heard += 1
        self._perhaps(f"arrival of {name}")
        answer = super().handle(call)
        self._perhaps(f"answer to {name}")
        return answer

    def _perhaps(self, here: str) -> None:
        if self.victim and self.point == here:
            os.kill(self.victim, signal.SIGKILL)


@pytest.fixture
def picture(ffmpeg_make: Callable[..., Path]) -> Path:
    """Small, and compliant as it is."""
    return ffmpeg_make("pic.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")


def killed(service: Killer, picture: Path, home: Path, point: str) -> int:
    """One call that ends at the point; its exit status."""
    call = subprocess.Popen(
        [sys.executable, "-m", "client.killing", service.base, home, picture, "@Image1", point],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdout=subprocess.DEVNULL,
    )
    service.victim, service.point = call.pid, point
    try:
        return call.wait(timeout=60)
    finally:
        service.victim = 0


@pytest.mark.parametrize(
    "point",
    [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in POINTS],
)
def test_killed_at_a_point_a_run_is_paid_once(picture: Path, tmp_path: Path, point: str) -> None:
    """At most one POST; what was taken is found and saved; what was not is known to be unpaid."""
    ledger = open_ledger(tmp_path)
    target = tmp_path / "back.mp4"
    service = Killer(pace=Pace(queued=0.02, running=0.02))
    with service:
        assert -signal.SIGKILL == killed(service, picture, tmp_path, point)
        runs = ledger.runs()
        assert runs or point == "before begin"
        for run in runs:
            with Client.of_run(run.id, ledger=ledger) as client:
                ended: PrepError | None = None
                try:
                    client.resume(run.id, target)
                except PrepError as error:
                    ended = error
            if service.jobs:
                assert ended is None
                assert State.FINISHED is ledger.run(run.id).state
                assert b"ftyp" == target.read_bytes()[4:8]
            else:
                expected = UsageError if run.state in UNPAID else UncertainError
                assert expected is type(ended)
        assert len(service.jobs) == sum(service.submissions.values()) <= 1
