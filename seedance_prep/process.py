"""The one door to child processes.

Every child gets an argv list (never a shell), closed stdin, an environment without keys, its own
process group, a deadline, limits on memory, processor time and the size of what it writes, and
where the kernel has it (:mod:`seedance_prep.sandbox`) only the files that it was given, and no
network. Whatever happens here, the whole group is gone when a call returns.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import IO

from .errors import MachineError, ToolFailedError, ToolMissingError

GIB = 1 << 30
TAIL_LINES = 40
TAIL_WIDTH = 400
OPEN_FILES = 128
SANDBOX = Path(__file__).with_name("sandbox.py")
NOT_FOUND = 127
CANNOT_START = "cannot be started"
"""What the sandbox ends with, and says, of a command that is no program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a child may use up before it is ended."""

    seconds: float = 120.0
    memory: int = 6 * GIB
    """Bytes of address space (POSIX)."""
    written: int = 2 * GIB
    """Bytes in any one file that it writes (POSIX)."""
    captured: int = 64 << 20
    """Bytes of stdout that are kept; a child that says more is ended."""

    def limits(self) -> dict[str, int]:
        """Those that a process can be given, by their names in the module ``resource``."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_FSIZE": self.written,
            "RLIMIT_CPU": ceil(self.seconds) * (os.cpu_count() or 1),
            "RLIMIT_NOFILE": OPEN_FILES,
            "RLIMIT_CORE": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a child that ended well has left."""

    argv: tuple[str, ...]
    stdout: bytes
    stderr: str
    """The bounded tail."""


class Leash:
    """Holds the children of one run, so that they can all be ended from another thread."""

    def __init__(self) -> None:
        """Nobody is held yet."""
        self._ends: set[Callable[[], None]] = set()
        self._lock = threading.Lock()
        self._pulled = False

    def pull(self) -> None:
        """End every child that is held, and any that would start later."""
        with self._lock:
            self._pulled = True
            ends = tuple(self._ends)
        for end in ends:
            end()

    @contextmanager
    def pulled_on_error(self) -> Iterator[None]:
        """End every child when the block is left by an exception, an interrupt among them."""
        try:
            yield
        except BaseException:
            self.pull()
            raise

    @contextmanager
    def holding(self, end: Callable[[], None]) -> Iterator[None]:
        """Hold a child, which ``end`` ends, while the block runs."""
        with self._lock:
            self._ends.add(end)
            pulled = self._pulled
        if pulled:
            end()
        try:
            yield
        finally:
            with self._lock:
                self._ends.discard(end)


leash: ContextVar[Leash | None] = ContextVar("leash", default=None)
"""Set by a caller that may want to end its children before they are done."""


_cut: ContextVar[threading.Event | None] = ContextVar("cut", default=None)


@contextmanager
def whole() -> Iterator[threading.Event]:
    """Gives what is set when a child of the block is ended before its time.

    What was found is then not what would be found again: callers make do with what a child said
    before it ended.
    """
    watch = threading.Event()
    token = _cut.set(watch)
    try:
        yield watch
    finally:
        _cut.reset(token)
        if watch.is_set():
            cut()


def cut() -> None:
    """Tell whoever watches this context that a child was ended."""
    if watch := _cut.get():
        watch.set()


_inside = False


def inherit() -> None:
    """Tell that this process is shut in itself, and leads its group: so its children are, too."""
    global _inside
    _inside = True


@contextmanager
def ending(end: Callable[[], None]) -> Iterator[None]:
    """Hold a child on the leash of this context, if there is one, while the block runs."""
    with (leash.get() or Leash()).holding(end):
        yield


def run(
    argv: Sequence[str],
    *,
    bounds: Bounds | None = None,
    on_line: Callable[[str], None] | None = None,
    cwd: Path | None = None,
    writes: Sequence[Path] = (),
) -> Completed:
    """Run a child to its end.

    It may open the inputs that ``argv`` names (``-i file:PATH``), make or change ``writes``, and
    write into ``cwd``. ``on_line`` receives stdout line by line as it comes (progress); it is
    captured otherwise.
    Raises ``ToolFailedError`` when the child fails, crashes or hits a bound, ``ToolMissingError``
    when it cannot be started, ``MachineError`` when the disk it writes to is full.
    """
    bounds = bounds or Bounds()
    places = [*_places(_inputs(argv), "read"), *_places(_changed(writes, cwd), "write")]
    child = _start(_confined(bounds, places), argv, cwd)
    overdue = threading.Event()
    timer = threading.Timer(bounds.seconds, _overdue, (child, overdue))
    timer.daemon = True
    timer.start()
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    reader = threading.Thread(target=_keep_tail, args=(child.stderr, tail), daemon=True)
    reader.start()
    try:
        with ending(partial(_end, child)):
            stdout = _read(child, bounds, on_line)
            _end_others(child)
            child.wait()
    finally:
        timer.cancel()
        _end(child)
        reader.join(5)
        for pipe in (child.stdout, child.stderr):
            if pipe:
                pipe.close()
    stderr = "\n".join(tail)
    if child.returncode < 0:
        cut()
    if overdue.is_set():
        raise ToolFailedError(argv, f"was ended after {bounds.seconds:g} s", stderr)
    if stdout is None:
        raise ToolFailedError(argv, f"said more than {bounds.captured} bytes", stderr)
    if child.returncode != 0:
        raise _failure(argv, child.returncode, stderr)
    return Completed(argv=tuple(argv), stdout=stdout, stderr=stderr)


def _start(door: Sequence[str], argv: Sequence[str], cwd: Path | None) -> subprocess.Popen[bytes]:
    tool = shutil.which(argv[0])
    if tool is None:
        raise ToolMissingError(f"{argv[0]} is not there; run `seedance-prep doctor`")
    try:
        return subprocess.Popen(
            [*door, tool, *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            cwd=cwd,
            start_new_session=not _inside,
            close_fds=True,
        )
    except OSError as error:
        raise ToolMissingError(f"{argv[0]} {CANNOT_START}: {error.strerror}") from error


def _inputs(argv: Sequence[str]) -> list[Path]:
    named = (name for flag, name in pairwise(argv) if flag == "-i")
    return [Path(name.removeprefix("file:")) for name in named if name.startswith("file:")]


def _changed(writes: Sequence[Path], cwd: Path | None) -> list[Path]:
    """Files that are there, and the folders of those that are not yet."""
    places = [path if path.exists() else path.parent for path in writes]
    return [*places, cwd] if cwd else places


def _places(paths: Sequence[Path], verb: str) -> list[str]:
    return [f"{verb}={path.absolute()}" for path in paths]


def _confined(bounds: Bounds, places: Sequence[str]) -> list[str]:
    """The words before a command that shut it in; none where no Python can be started for it."""
    if sys.platform == "win32" or _inside or not python():
        return []
    door = ["open"] if unconfined() else []
    limits = [f"{name}={number}" for name, number in bounds.limits().items()]
    return [python(), "-I", "-S", str(SANDBOX), *door, *limits, *places, "--"]


def python() -> str:
    """The interpreter that runs this; empty where none can be started.

    So in a program that merely holds one, and for a user who may not.
    """
    found = sys.executable or ""
    ids = os.access in os.supports_effective_ids
    runs = "python" in Path(found).name and os.access(found, os.X_OK, effective_ids=ids)
    return found if runs else ""


def background(words: Sequence[str], kept: int) -> subprocess.Popen[bytes]:
    """Start Python with ``words`` and the descriptor ``kept``; the caller sees to its end.

    It has a process group of its own and a bare environment, and says nothing.
    """
    return subprocess.Popen(
        [python(), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
        pass_fds=(kept,),
    )


def unconfined() -> bool:
    """Whether ``SEEDANCE_PREP_SANDBOX=off`` was asked for, to run a tool with files elsewhere."""
    return os.environ.get("SEEDANCE_PREP_SANDBOX") == "off"


def in_force() -> list[str]:
    """The layers that a child has here, in words, as measured by starting one."""
    words = _confined(Bounds(), ())
    if not words:
        return []
    done = subprocess.run(words, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30, check=False)  # fmt: skip
    return done.stdout.decode().splitlines()


def _environment() -> dict[str, str]:
    """Only what a child needs to start: no keys, no proxies, no preloads."""
    kept = ("SYSTEMROOT", "TEMP", "TMP") if sys.platform == "win32" else ("TMPDIR",)
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return environment | {"LC_ALL": "C", "PATH": os.defpath}


def _read(
    child: subprocess.Popen[bytes], bounds: Bounds, on_line: Callable[[str], None] | None
) -> bytes | None:
    assert child.stdout is not None
    if on_line is not None:
        for line in child.stdout:
            on_line(line.decode("utf-8", "replace").rstrip())
        return b""
    kept = child.stdout.read(bounds.captured + 1)
    return kept if len(kept) <= bounds.captured else None


def _keep_tail(pipe: IO[bytes] | None, tail: deque[str]) -> None:
    assert pipe is not None
    with contextlib.suppress(ValueError, OSError):
        while line := pipe.readline(64 << 10):
            tail.append(line.decode("utf-8", "replace").rstrip()[:TAIL_WIDTH])


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the whole group; harmless when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            child.kill()
        elif child.returncode is None:
            (os.kill if _inside else os.killpg)(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(5)


def _end_others(child: subprocess.Popen[bytes]) -> None:
    """Wait for its end; then end what it had started, while its number is still its own."""
    if sys.platform == "linux" and not _inside:
        with contextlib.suppress(ChildProcessError, ProcessLookupError, PermissionError):
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            os.killpg(child.pid, signal.SIGKILL)


def _overdue(child: subprocess.Popen[bytes], flag: threading.Event) -> None:
    flag.set()
    _end(child)


def _failure(argv: Sequence[str], code: int, stderr: str) -> MachineError:
    if "No space left on device" in stderr:
        return MachineError("no space is left on the disk that the output goes to")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return ToolFailedError(argv, f"was ended by {name}", stderr)
    if code == NOT_FOUND and CANNOT_START in stderr:
        return ToolMissingError(stderr.splitlines()[-1])
    return ToolFailedError(argv, f"ended with status {code}", stderr, code)


@cache
def ffmpeg() -> str:
    """Path of the ffmpeg to use: ``SEEDANCE_PREP_FFMPEG``, or the one that pip installed.

    Raises ``ToolMissingError`` when there is none.
    """
    chosen = os.environ.get("SEEDANCE_PREP_FFMPEG")
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise ToolMissingError(f"SEEDANCE_PREP_FFMPEG names {chosen}, which cannot be run")
        return found
    found = os.environ.get("IMAGEIO_FFMPEG_EXE") or _bundled() or shutil.which("ffmpeg")
    if found is None:
        raise ToolMissingError(
            "no ffmpeg: reinstall imageio-ffmpeg, or set SEEDANCE_PREP_FFMPEG to one"
        )
    return found


def _bundled() -> str | None:
    """The one that imageio-ffmpeg brings along.

    Not asked of that package itself, which tries it first, with the whole environment of this
    process, keys and all.
    """
    spec = find_spec("imageio_ffmpeg")
    if spec is None or spec.origin is None:
        return None
    places = Path(spec.origin).with_name("binaries").glob("ffmpeg-*")
    return next((str(place) for place in places if os.access(place, os.X_OK)), None)
