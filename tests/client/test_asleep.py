"""This machine sleeps while it waits: nothing is given up for the hours that it did not live."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ..wire.rogue import Action, Rogue, Seen, drops, says

ROOT = Path(__file__).resolve().parents[2]
JOB = "/bytedance/seedance-2.0/requests/abc"
SUBMIT = "/bytedance/seedance-2.0/fast/reference-to-video"
ASLEEP = 1.0
"""Seconds, more than all the patience of ``asleep.py``."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGSTOP")


class Sleeper:
    """A child that can be put to sleep; the clock goes on without it."""

    pid = 0

    def sleep(self) -> None:
        """As when a lid is closed for a while."""
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(ASLEEP)

    def wake(self) -> None:
        """As when it is opened again."""
        os.kill(self.pid, signal.SIGCONT)


def said(rogue: Rogue, sleeper: Sleeper, home: Path, what: str) -> str:
    """What the child says at its end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "client.asleep", rogue.base, home, what],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    sleeper.pid = child.pid
    return child.communicate(timeout=60)[0]


def test_an_answer_that_came_while_it_slept_is_an_answer(rogue: Rogue, tmp_path: Path) -> None:
    """The paid request was answered in full: that is no lost answer, however late it is read."""
    sleeper = Sleeper()
    content = json.dumps({"request_id": "abc-1"}).encode()

    def answers(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.flush()
        sleeper.sleep()
        handler.wfile.write(content)
        handler.wfile.flush()
        sleeper.wake()

    rogue.on("POST", SUBMIT, answers)
    assert "abc-1" == said(rogue, sleeper, tmp_path, "submit")
    assert 1 == rogue.count("POST")


def test_the_hours_asleep_are_no_hours_without_the_service(rogue: Rogue, tmp_path: Path) -> None:
    """The connection died meanwhile and the network is not yet back: the job is followed on."""
    sleeper = Sleeper()

    def dies(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        sleeper.sleep()
        drops(handler, seen)
        sleeper.wake()

    looks: list[Action] = [
        says(202, {"status": "IN_PROGRESS"}), dies, drops, drops,
        says(200, {"status": "COMPLETED"}),
    ]  # fmt: skip
    rogue.on("GET", f"{JOB}/status/stream", says(404)).on("GET", f"{JOB}/status", *looks)
    assert "COMPLETED" == said(rogue, sleeper, tmp_path, "follow")


def test_a_job_that_ended_while_it_slept_is_seen(
    rogue: Rogue, tmp_path: Path, wake_at_end: Callable[[Sleeper], Action]
) -> None:
    """The stream broke in the night; the first look in the morning says that all is done."""
    sleeper = Sleeper()
    rogue.on("GET", f"{JOB}/status/stream", wake_at_end(sleeper))
    rogue.on("GET", f"{JOB}/status", says(200, {"status": "COMPLETED"}))
    assert "COMPLETED" == said(rogue, sleeper, tmp_path, "follow")


@pytest.fixture
def wake_at_end() -> Callable[[Sleeper], Action]:
    """A stream that says one thing, falls silent while the caller sleeps, and breaks."""

    def make(sleeper: Sleeper) -> Action:
        def act(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
            handler.send_response(200)
            handler.send_header("content-type", "text/event-stream")
            handler.end_headers()
            handler.wfile.write(b'data: {"status": "IN_PROGRESS"}\n\n')
            handler.wfile.flush()
            sleeper.sleep()
            drops(handler, seen)
            sleeper.wake()

        return act

    return make
