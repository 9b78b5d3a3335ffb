"""What goes wrong in a process apart is told, and nothing else comes of it."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.errors import OutputError, ToolFailedError
from seedance_prep.isolation import apart, values
from seedance_prep.isolation.call import Answer, Raised
from seedance_prep.isolation.parent import Parent
from seedance_prep.process import GIB, Bounds, Leash, in_force, leash

from ..conftest import gone
from . import deeds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="apart only on Linux")


def test_the_value_comes_back() -> None:
    """Small or large, from a process of another number."""
    assert 0.0 == apart(deeds.sleep, 0.0)
    assert 3_000_000 == len(apart(deeds.whole, 3_000_000))
    assert os.getpid() != apart(deeds.number)


def test_a_server_that_nobody_asked_is_not_waited_for() -> None:
    """It is started ahead, and may not be needed: it is ended amid what it imports."""
    server = Parent()
    server.close()
    assert -signal.SIGKILL == server._child.returncode


@pytest.mark.parametrize(
    ("deed", "args", "says"),
    [
        (deeds.fall, (), r"fell over it \(SIGSEGV\)"),
        (deeds.swell, (2 * GIB,), "more memory"),
        (deeds.sleep, (60.0,), "was ended after 0.4 s"),
        (deeds.loop, (), "was ended after 0.4 s"),
        (os._exit, (0,), "was ended"),
    ],
)
def test_what_falls_is_told(
    deed: Callable[..., object], args: tuple[object, ...], says: str
) -> None:
    """A crash, a bound or a silent end becomes one sentence, and the next call works."""
    seconds = 0.4 if "0.4" in says else 20.0
    with pytest.raises(ToolFailedError, match=says):
        apart(deed, *args, bounds=Bounds(seconds=seconds, memory=GIB))
    assert 0.0 == apart(deeds.sleep, 0.0)


def test_who_falls_takes_its_children_along(tmp_path: Path) -> None:
    """A reader that crashes while ffmpeg works for it leaves no ffmpeg behind."""
    note = tmp_path / "note"
    with pytest.raises(ToolFailedError, match="SIGSEGV"):
        apart(deeds.leave, note, writes=[tmp_path])
    assert gone(int(note.read_text()))


def test_errors_travel_whole() -> None:
    """Errors of the package arrive as they were raised, with all that they keep."""
    with pytest.raises(ToolFailedError) as failed:
        apart(deeds.complain, "-x")
    assert ("ffmpeg -x", "its last words") == (failed.value.command, failed.value.tail)
    assert "ffmpeg ended with status 1" == str(failed.value)
    with pytest.raises(OutputError, match="no room"):
        apart(deeds.refuse, "no room")


@pytest.mark.skipif(not any("Landlock" in one for one in in_force()), reason="no Landlock here")
def test_only_what_was_given_is_opened(tmp_path: Path) -> None:
    """A file beside the one that was given can neither be read nor written."""
    given, other = tmp_path / "given", tmp_path / "other"
    given.write_text("mine")
    other.write_text("yours")
    assert "mine" == apart(deeds.text, given, reads=[given])
    for deed, args in (
        (deeds.text, (other,)),
        (deeds.write, (other, "")),
        (deeds.write, (given, "")),
    ):
        with pytest.raises(PermissionError):
            apart(deed, *args, reads=[given])
    apart(deeds.write, given, "new", writes=[given])
    assert ("new", "yours") == (given.read_text(), other.read_text())


@pytest.mark.skipif(not any("seccomp" in one for one in in_force()), reason="no filter here")
def test_there_is_no_network() -> None:
    """Not even to this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(PermissionError):
        apart(deeds.connect, listener.getsockname()[1])


def test_an_answer_is_values_alone(tmp_path: Path) -> None:
    """A fork in wrong hands can make nothing run where its answer is read."""
    with pytest.raises(ToolFailedError, match="no value"):
        apart(deeds.trick, tmp_path / "mark")
    assert not (tmp_path / "mark").exists()


LIES: tuple[dict[str, Any], ...] = (
    {"peak": "1"},
    {"cut": None},
    {"imported": (1, 2)},
    {"imported": "os"},
    {"error": 1},
    {"error": Raised(kind=OutputError, args=1, state={})},  # type: ignore[arg-type]
    {"error": Raised(kind=OutputError, args=(), state=[])},  # type: ignore[arg-type]
)


@pytest.mark.parametrize("lie", LIES)
def test_what_stands_beside_a_value_is_not_believed(lie: dict[str, Any]) -> None:
    """A fork in wrong hands does not make the program fall that reads how it went."""
    with pytest.raises(ToolFailedError, match="no value"):
        values.loaded(pickle.dumps(Answer(**lie)))


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.",  # bytes without end
        b"\x80\x04\x8e" + b"\xff" * 8 + b".",
        b"\x80\x04Nr\xff\xff\xff\x7f.",  # 34 GB of room for values
        b"\x80\x04Np2147483647\n.",
        b"\x80\x04h\x05.",
        b"",
    ],
)
def test_a_broken_answer_is_no_value(data: bytes) -> None:
    """Nor does it swell or end the program that reads it."""
    with pytest.raises(ToolFailedError, match="no value"):
        values.loaded(data)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, RecursionError, ValueError])
def test_what_a_reader_stumbles_over_is_a_fault_of_the_file(kind: type[BaseException]) -> None:
    """Nothing but errors of this package and of files comes out of a process apart."""
    with pytest.raises(ToolFailedError, match=f"fell over it .{kind.__name__}: because"):
        apart(deeds.stumble, kind)


def test_no_key_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is bare."""
    monkeypatch.setenv("FAL_KEY", "a:b")
    assert "FAL_KEY" not in apart(deeds.keys)


def test_names_start_where_the_caller_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative name means the same there."""
    (tmp_path / "note.txt").write_text("here")
    monkeypatch.chdir(tmp_path)
    note = Path("note.txt")
    assert "here" == apart(deeds.text, note, reads=[note])


def test_many_at_once_while_some_fall() -> None:
    """Threads share one server; who falls takes nobody along."""
    with ThreadPoolExecutor(8) as pool:
        good = [pool.submit(apart, deeds.whole, 100_000) for _ in range(24)]
        bad = [pool.submit(apart, deeds.fall) for _ in range(8)]
        assert {100_000} == {len(one.result()) for one in good}
        assert all(isinstance(one.exception(), ToolFailedError) for one in bad)


def test_a_server_that_is_gone_is_started_again() -> None:
    """Whoever killed it: the next call has a new one."""
    server = Parent.here()
    assert server is not None
    os.kill(server.number, signal.SIGKILL)
    time.sleep(0.2)
    assert 0.0 == apart(deeds.sleep, 0.0)


def test_a_leash_ends_it() -> None:
    """Pulled from another thread, it ends what runs apart."""
    held = Leash()
    context = copy_context()
    context.run(leash.set, held)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(context.run, apart, deeds.sleep, 60.0)
        threading.Timer(0.3, held.pull).start()
        with pytest.raises(ToolFailedError, match="was ended"):
            future.result(timeout=20)


def test_memory_goes_back() -> None:
    """What a process apart held is gone with it: this one has not grown."""
    before = _resident()
    for _ in range(3):
        apart(deeds.swell, 100_000_000)
    assert _resident() < before + 50_000_000


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
