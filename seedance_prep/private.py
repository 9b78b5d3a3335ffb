"""Files and folders of a run that nobody else reads, and that outlive no run.

Each is locked by the process that made it, as long as it lives: what stands there unlocked was left
behind by one that was killed, and the next run removes it. Names tell nothing; locks do, also
between containers that share a disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from io import FileIO
from pathlib import Path

MARK = "seedance-prep-"
HIDDEN = f".{MARK}"


class Held:
    """An empty file of mode 0600 with a name that nobody else has, locked until it is let go."""

    __slots__ = ("_handle", "path")

    def __init__(self, folder: Path, extension: str) -> None:
        """Make it in ``folder``. Raises ``OSError`` when that is not possible."""
        while True:
            self._handle, name = tempfile.mkstemp(f".{extension}", HIDDEN, folder)
            self.path = Path(name).absolute()
            lock(self._handle, wait=True)
            if os.fstat(self._handle).st_nlink:  # else it was swept before it was locked
                break
            os.close(self._handle)

    def release(self) -> None:
        """Unlock it; harmless when that was done."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def remove(self) -> None:
        """Take it away; harmless when it is gone."""
        self.path.unlink(missing_ok=True)
        self.release()


def regular(path: Path) -> FileIO:
    """A file, open for reading. Raises ``OSError`` for what is none, whatever stood there before.

    A pipe would keep its reader waiting for ever, and a device never end.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = FileIO(os.open(path, flags | getattr(os, "O_CLOEXEC", 0)))
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "it is no regular file", str(path))


@contextmanager
def scratch(folder: Path, extension: str) -> Iterator[Path]:
    """A private file that is gone after the block. Raises ``OSError`` when it cannot be made."""
    held = Held(folder, extension)
    try:
        yield held.path
    finally:
        held.remove()


def put(target: Path, data: bytes) -> None:
    """Write a file whole or not at all; a link of its name is replaced and not followed.

    Unlike the others it is for whomever files are for here. Raises ``OSError``.
    """
    sweep(target.parent)
    held = Held(target.parent, "part")
    try:
        held.path.write_bytes(data)
        held.path.chmod(0o666 & ~umask())
        held.path.replace(target)
    except BaseException:
        held.remove()
        raise
    held.release()


def flush(path: Path) -> None:
    """Make a file, or the names in a folder, outlast the machine. Raises ``OSError``."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def umask() -> int:
    """The process' mask; it can only be read by setting it, so the strictest stands meanwhile."""
    mask = os.umask(stat.S_IRWXG | stat.S_IRWXO)
    os.umask(mask)
    return mask


@contextmanager
def workroom() -> Iterator[Path]:
    """A private folder among the machine's temporary ones, gone after the block."""
    _sweep_once(tempfile.gettempdir())
    with ExitStack() as stack:
        while True:
            room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=MARK)))
            stack.enter_context(_kept(room))
            if room.exists():  # else it was swept before it was locked
                break
        yield room


@contextmanager
def _kept(room: Path) -> Iterator[None]:
    """A new folder, locked where that is possible; it may have been swept before."""
    if sys.platform == "win32":
        yield
        return
    try:
        handle = os.open(room, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    try:
        lock(handle, wait=True)
        yield
    finally:
        os.close(handle)


@cache
def _sweep_once(folder: str) -> None:
    sweep(Path(folder), MARK)


def sweep(folder: Path, mark: str = HIDDEN) -> None:
    """Remove what killed runs of this user left in ``folder``."""
    if sys.platform == "win32":  # no such locks there
        return
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{mark}*"):
            _swept(path)


def _swept(path: Path) -> None:
    handle = _opened(path)
    if handle is None:
        return
    try:
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            shutil.rmtree(path, ignore_errors=True)
        elif stat.S_ISREG(found.st_mode):
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _opened(path: Path) -> int | None:
    """The file or folder, locked; ``None`` when it is somebody else's, or alive."""
    if sys.platform == "win32":
        return None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if os.fstat(handle).st_uid == os.geteuid() and lock(handle):
        return handle
    os.close(handle)
    return None


def lock(handle: int, *, wait: bool = False) -> bool:
    """Whether it is ours now; also where a file system has no locks, nobody's is broken.

    ``wait`` for whoever has it: of a new file that is somebody who sweeps, and soon done.
    """
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


@contextmanager
def waited(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made when it is missing; waits for its turn.

    Nothing is held where the system has no such locks. Raises ``OSError`` when it cannot be made.
    """
    handle = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if sys.platform != "win32":
            import fcntl

            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
