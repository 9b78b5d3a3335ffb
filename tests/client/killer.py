"""A service that ends its caller at a named request, and the calls that it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seedance_prep.local import LocalService
from seedance_prep.local.answers import Outcome
from seedance_prep.local.call import Call

from .killing import STEPS, Task, line_of

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = (
    "initiate", "put", "head", "confirm", "submit", "stream", "status", "result", "media",
    "listing",
)  # fmt: skip
"""What is asked of the service."""
WRITES = tuple(f"{when} {step}" for step in STEPS for when in ("before", "after"))
SENDS = tuple(f"{what} {name}" for name in REQUESTS for what in ("arrival of", "answer to"))
POINTS = WRITES + SENDS
"""Before and after every write to the ledger, and every request: 40 points."""


def named(call: Call) -> str:
    """Which of the requests it is."""
    path = call.path
    known = (
        ("initiate", "/initiate"), ("submit", "/reference-to-video"), ("stream", "/status/stream"),
        ("status", "/status"), ("listing", "/by-endpoint"),
    )  # fmt: skip
    for name, ending in known:
        if path.endswith(ending):
            return name
    if "/requests/" in path:
        return "result"
    media = "media" if path.endswith("/output.mp4") else "confirm"
    return {"PUT": "put", "HEAD": "head"}.get(call.method, media)


class Killer(LocalService):
    """Ends its caller when the chosen request arrives, or before its answer leaves."""

    victim = 0
    point = ""

    def handle(self, call: Call) -> Outcome:
        """Answer one request."""
        name = named(call)
        self._perhaps(f"arrival of {name}")
        answer = super().handle(call)
        self._perhaps(f"answer to {name}")
        return answer

    def _perhaps(self, here: str) -> None:
        if self.victim and self.point == here:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0


class Callers:
    """Calls in processes of their own."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        """Talk to ``killing.py``."""
        self._program = program

    def call(self, service: Killer, point: str, **task: Any) -> int:
        """One call that ends at the point, if it gets there; its exit status."""
        self._say(line_of(Task(base=service.base, point=point, **task)))
        service.point, service.victim = point, int(self._heard())
        self._say("go")
        status = int(self._heard())
        service.victim = 0
        return status

    def _say(self, line: str) -> None:
        assert self._program.stdin
        self._program.stdin.write(f"{line}\n")
        self._program.stdin.flush()

    def _heard(self) -> str:
        assert self._program.stdout
        return self._program.stdout.readline()


@contextmanager
def callers() -> Iterator[Callers]:
    """The program that makes the calls, ended at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.client.killing"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        yield Callers(program)
        assert program.stdin
        program.stdin.close()
