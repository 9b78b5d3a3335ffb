"""Progress with the time left: on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from seedance_prep.cli.show import Lines
from seedance_prep.core.event import Event, EventType
from seedance_prep.core.request import Request
from seedance_prep.fixes.progress import Pace
from seedance_prep.pipeline import fix

ROOT = Path(__file__).resolve().parents[2]


class Make(Protocol):
    def __call__(self, name: str, *args: str) -> Path: ...


@pytest.fixture
def clip(ffmpeg_make: Make) -> Path:
    """Two seconds in a codec that must be encoded."""
    source = ("-f", "lavfi", "-i", "testsrc2=s=640x640:r=24:d=2")
    return ffmpeg_make("old.mkv", *source, "-c:v", "mpeg4", "-q:v", "3")


def on_terminal(*argv: str, **variables: str) -> str:
    """What a command says on stderr when that is a terminal."""
    main, side = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"} | variables
    child = subprocess.Popen(
        [sys.executable, "-m", "seedance_prep", *argv],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=side,
    )
    os.close(side)
    said = b""
    while True:
        try:
            part = os.read(main, 1 << 16)
        except OSError:  # Linux says so when the last writer has gone
            break
        if not part:
            break
        said += part
    os.close(main)
    assert 0 == child.wait(60)
    return said.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_lines_on_a_terminal_without_colour(clip: Path, tmp_path: Path) -> None:
    """Name, share and time left stand there in words; NO_COLOR leaves no colour."""
    said = on_terminal("fix", str(clip), "--out", str(tmp_path / "out"), NO_COLOR="1")
    assert "fixing @Video1" in said
    assert re.search(r"\d+ %", said)
    assert re.search(r"\d:\d\d left|done", said)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", said)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_quiet_is_silent_on_a_terminal(clip: Path, tmp_path: Path) -> None:
    """With ``--quiet`` nothing is said."""
    assert on_terminal("fix", str(clip), "--out", str(tmp_path / "out"), "--quiet") == ""


def test_nothing_is_said_into_a_pipe(clip: Path, tmp_path: Path) -> None:
    """Off a terminal stderr stays empty."""
    done = subprocess.run(
        [sys.executable, "-m", "seedance_prep", "fix", str(clip), "--out", str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert b"" == done.stderr


def test_events_tell_the_time_left(clip: Path, tmp_path: Path) -> None:
    """Shares rise from 0 to 1 through the proof, each with the seconds that are left."""
    events: list[Event] = []
    fix(Request(videos=[str(clip)]), tmp_path / "out", on_event=events.append)
    told = [event.data for event in events if event.type is EventType.FIXING]
    shares = [data["progress"] for data in told]
    assert sorted(shares) == shares
    assert (0.0, 1.0) == (shares[0], shares[-1])
    assert told[0]["seconds_left"] is None
    assert 0.0 == told[-1]["seconds_left"]


def test_time_left_is_told_by_the_pace_so_far() -> None:
    """A quarter in ten seconds leaves thirty."""
    now = iter([100.0, 110.0, 140.0])
    pace = Pace(lambda: next(now))
    assert [None, 30.0, 0.0] == [pace.left(share) for share in (0.0, 0.25, 1.0)]


def test_several_files_have_a_line_together() -> None:
    """Each file counts alike in the whole; a file that stays as it is does not count."""
    said = StringIO()
    bars = Progress(
        TextColumn("{task.description} {task.percentage:.0f}"), console=Console(file=said)
    )
    lines = Lines(bars)
    actions: tuple[tuple[str, str], ...] = (
        ("@Video1", "encoded"), ("@Video2", "copied"), ("@Video3", "untouched"),
    )  # fmt: skip
    for ref, action in actions:
        lines.told(Event(EventType.PLANNED, {"ref": ref, "action": action}))
    told: dict[str, Any] = {"ref": "@Video1", "progress": 0.5, "seconds_left": 4.0}
    lines.told(Event(EventType.FIXING, told))
    shown = {task.description: task.completed for task in bars.tasks}
    assert {"fixing all": 0.25, "fixing @Video1": 0.5} == shown


def test_the_whole_takes_as_long_as_its_slowest_file() -> None:
    """A picture that was done at once makes the clip beside it no quicker."""
    now = iter([100.0, 101.0, 102.0])
    bars = Progress(TextColumn("{task.fields[left]}"), console=Console(file=StringIO()))
    lines = Lines(bars, lambda: next(now))
    for ref in ("@Video1", "@Image1"):
        lines.told(Event(EventType.PLANNED, {"ref": ref, "action": "encoded"}))
    for ref, share, left in (("@Video1", 0.0, None), ("@Image1", 1.0, 0.0), ("@Video1", 0.2, 9.0)):
        told = {"ref": ref, "progress": share, "seconds_left": left}
        lines.told(Event(EventType.FIXING, told))
    said = {task.description: task.fields["left"] for task in bars.tasks}
    assert {
        "fixing all": "0:09 left",
        "fixing @Video1": "0:09 left",
        "fixing @Image1": "done",
    } == said


def test_uploads_tell_their_rate() -> None:
    """Half of 20 MB in five seconds: five are left, at 2 MB a second."""
    now = iter([100.0, 105.0, 110.0])
    bars = Progress(TextColumn("{task.fields[left]}"), console=Console(file=StringIO()))
    lines = Lines(bars, lambda: next(now))
    said = []
    for sent in (0, 10_000_000, 20_000_000):
        told = {"ref": "@Video1", "bytes": sent, "total": 20_000_000}
        lines.told(Event(EventType.UPLOADING, told))
        said.append(bars.tasks[0].fields["left"])
    assert ["", "0:05 left, 2.00 MB/s", "done"] == said


def test_an_encode_tells_its_speed() -> None:
    """Half of the eight seconds that are kept, and two left: twice as fast as they play."""
    bars = Progress(TextColumn("{task.fields[left]}"), console=Console(file=StringIO()))
    lines = Lines(bars)
    facts = {"duration": 20.0}
    lines.told(Event(EventType.PROBED, {"ref": "@Video1", "facts": facts}))
    planned = {"ref": "@Video1", "action": "encoded", "window": [4.0, 12.0]}
    lines.told(Event(EventType.PLANNED, planned))
    told = {"ref": "@Video1", "progress": 0.5, "seconds_left": 2.0}
    lines.told(Event(EventType.FIXING, told))
    assert ["0:02 left, 2.0x"] == [task.fields["left"] for task in bars.tasks]


def test_large_files_count_for_more() -> None:
    """All of 10 MB is up, nothing of 30 MB: a quarter of the whole."""
    bars = Progress(TextColumn("{task.description}"), console=Console(file=StringIO()))
    lines = Lines(bars)
    for ref, sent, total in (("@Image1", 0, 10_000_000), ("@Video1", 0, 30_000_000),
                             ("@Image1", 10_000_000, 10_000_000)):  # fmt: skip
        lines.told(Event(EventType.UPLOADING, {"ref": ref, "bytes": sent, "total": total}))
    assert [0.25] == [one.completed for one in bars.tasks if one.description == "uploading all"]
