"""A download on its way: a private file beside the target that another process can go on with.

Its name says of which URL and which version (entity tag) its bytes are, so that nothing else needs
to be kept. Whoever writes it holds a lock, which ends with the process: what nobody holds was left
by one that was killed. Unlike other private files it is worth keeping, for a while.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import LostAnswerError, MachineError, OutputError, StoppedError, UnreachableError
from ..private import lock

MARK = ".seedance-video"
LONGEST_TAG = 120
"""Characters of an entity tag that still fit into a name with everything else."""
FORGOTTEN = 86_400.0
"""Seconds after which a file that nobody goes on with is removed."""


class Partial:
    """What has come of a file so far. ``tag`` is the version that its bytes belong to."""

    def __init__(self, path: Path, file: IO[bytes], tag: str | None = None) -> None:
        """``file`` is open for writing, and locked."""
        self.path = path
        self.file = file
        self.tag = tag

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self.file.tell()

    def write(self, chunk: bytes) -> None:
        """Add what has come."""
        self.file.write(chunk)

    def restart(self, tag: str | None = None) -> None:
        """Throw away what is here; what comes now is of this version."""
        self.file.seek(0)
        self.file.truncate()
        self.tag = tag if tag and not tag.startswith("W/") and len(tag) <= LONGEST_TAG else None
        if sys.platform != "win32":  # where no file that is open can be renamed, or locked
            renamed = self.path.with_name(_name(self.path.name.split("_")[1], self.tag))
            self.path = self.path.rename(renamed)

    def synced(self) -> Path:
        """All of it on disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        return self.path

    def move(self, target: Path) -> None:
        """Give it its name, still locked: nobody shall take it up between the two."""
        path = self.synced()
        if sys.platform == "win32":
            self.file.close()
        path.replace(target)


@contextmanager
def partial(target: Path, url: str) -> Iterator[Partial]:
    """The file of a URL that takes the place of ``target`` when all went well.

    When the connection ends or the caller stops, what has come stays for the next try, if its
    version is known; after any other error nothing is left. Raises ``OutputError`` or
    ``MachineError`` when it cannot be written.
    """
    try:
        _sweep(target.parent)
        draft = _left(target.parent, url) or _begun(target.parent, url)
        with draft.file:
            try:
                yield draft
                draft.move(target)
            except BaseException as error:
                if not isinstance(error, PASSING) or draft.tag is None or not draft.size:
                    draft.path.unlink(missing_ok=True)
                raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise MachineError(f"no space is left on the disk for {target.name}") from error
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error


PASSING = (LostAnswerError, UnreachableError, StoppedError, KeyboardInterrupt, SystemExit)
"""What ends a download that may be gone on with."""


def _left(folder: Path, url: str) -> Partial | None:
    """What another process has left of the same file."""
    for path in folder.glob(f"{MARK}_{_digest(url)}_*.part"):
        file = _taken(path)
        if file is None:
            continue
        tag = _tag(path.name)
        if tag and file.seek(0, os.SEEK_END):
            return Partial(path, file, tag)
        path.unlink(missing_ok=True)
        file.close()
    return None


def _begun(folder: Path, url: str) -> Partial:
    path = folder / _name(_digest(url), None)
    file = path.open("xb")
    lock(file.fileno())
    return Partial(path, file)


def _sweep(folder: Path) -> None:
    """Remove what was left behind and will not be asked for any more."""
    for path in folder.glob(f"{MARK}_*.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > FORGOTTEN and (file := _taken(path)):
                path.unlink(missing_ok=True)
                file.close()


def _taken(path: Path) -> IO[bytes] | None:
    """The file, when nobody else writes it and it is still the one of this name."""
    if path.is_symlink():
        return None
    with suppress(OSError):
        file = path.open("r+b")
        with suppress(OSError):
            if lock(file.fileno()) and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        file.close()
    return None


def _name(digest: str, tag: str | None) -> str:
    told = base64.urlsafe_b64encode((tag or "").encode()).decode().rstrip("=").replace("_", ".")
    return f"{MARK}_{digest}_{told}_{secrets.token_hex(4)}.part"


def _tag(name: str) -> str | None:
    told = name.split("_")[2].replace(".", "_")
    with suppress(binascii.Error, UnicodeDecodeError):
        return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode() or None
    return None


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]
