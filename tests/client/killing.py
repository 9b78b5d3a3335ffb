"""Calls that end by SIGKILL at a named point of the ledger; run as a program.

It reads one task a line (``Task`` as JSON), forks a child for it, says the child's id, waits for
``go``, and says the child's exit status. Forked, a call costs a tenth of one that starts anew.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seedance_prep.client import Client
from seedance_prep.errors import PrepError
from seedance_prep.patience import Retry, Timeouts
from seedance_prep.sending import Settings
from seedance_prep.submit.fal import Pace
from seedance_prep.submit.ledger import Ledger, open_ledger

from ..upload.ready import output, ready

STEPS = (
    "begin", "uploading", "find_upload", "keep_upload", "placed", "claim", "sending", "submitted",
    "saving", "finished", "saved",
)  # fmt: skip
"""Every method of the ledger that one call uses and that is a write, or decides about one."""
ENDED = ("ended",)
"""The same of a call that goes wrong."""
HASTE = Settings(
    retry=Retry(attempts=2, base=0.001, cap=0.002),
    timeouts=Timeouts(connect=2, read=2, total=4),
    pace=Pace(first=0.005, longest=0.02, silence=2, patience=0.1),
)
FAILED = 9
"""Exit status of a call that ended with one of the package's errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One call."""

    base: str
    home: str
    picture: str
    point: str
    """``before claim``, ``after finished`` …, or nothing."""
    run: str | None = None
    """The run to resume; a new one is generated without."""


def ledger_that_ends(path: Path, point: str) -> Ledger:
    """A ledger in whose hands the process ends, at one point."""

    def step(name: str) -> Callable[..., Any]:
        plain = getattr(Ledger, name)

        def method(*args: Any, **named: Any) -> Any:
            _perhaps(point, f"before {name}")
            got = plain(*args, **named)
            _perhaps(point, f"after {name}")
            return got

        return method

    kind = type("Ending", (Ledger,), {name: step(name) for name in STEPS + ENDED})
    ledger: Ledger = kind(path)
    return ledger


def _perhaps(point: str, here: str) -> None:
    if point == here:
        os.kill(os.getpid(), signal.SIGKILL)


def call(task: Task) -> int:
    """The whole way to a video, or as far as the point."""
    home = Path(task.home)
    ledger = ledger_that_ends(open_ledger(home).path, task.point)
    client = Client(task.base, ledger=ledger, settings=HASTE)
    target = home / "out.mp4"
    try:
        if task.run:
            client.resume(task.run, target)
        else:
            made = output(Path(task.picture))
            client.generate(
                ready([made], resolution="480p", duration=4, aspect_ratio="1:1"), download=target
            )
    except PrepError:
        return FAILED
    return 0


def forked(task: Task) -> None:
    """Do a task in a child, and say what came of it."""
    waits, goes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(goes)
        os.read(waits, 1)
        os._exit(call(task))
    os.close(waits)
    _say(child)
    sys.stdin.readline()
    os.close(goes)
    _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main() -> None:
    """Do tasks as long as there are any."""
    import httpx  # noqa: F401 - loaded once, for all children

    while line := sys.stdin.readline():
        forked(Task(**json.loads(line)))


def line_of(task: Task) -> str:
    """A task as the program reads it."""
    return json.dumps(asdict(task))


if __name__ == "__main__":
    main()
