"""Files of the cache, each named by its digest."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from ..private import Held, flush, sweep
from .stamps import stamp

CHUNK = 1 << 20
FORGOTTEN = 3600
"""Seconds after which a file that no index names is nobody's."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file on its way into the cache."""

    path: Path
    digest: str
    bytes: int


def opened(path: Path, *, follow: bool = False) -> FileIO | None:
    """A regular file, open for reading; ``None`` for all else, and for links without ``follow``."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
    if not follow:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    file = FileIO(handle)
    if stamp(os.fstat(handle)) is None:
        file.close()
        return None
    return file


def digest_of(file: FileIO) -> str:
    """SHA-256 of an open file from its start, in lower-case hex."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def poured(source: FileIO, target: Path) -> tuple[str, int]:
    """Copy an open file from its start; digest and bytes of what was written."""
    found, size = hashlib.sha256(), 0
    source.seek(0)
    with target.open("wb", buffering=0) as file:
        while chunk := source.read(CHUNK):
            found.update(chunk)
            size += len(chunk)
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
    return found.hexdigest(), size


class Files:
    """A folder of them. Every method may raise ``OSError``, except where it says otherwise."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when something is kept."""
        self._folder = folder

    def place(self, digest: str) -> Path:
        """Where the file of a digest is."""
        return self._folder / digest[:2] / digest

    def opened(self, digest: str) -> FileIO | None:
        """The file of a digest, open and unchecked; ``None`` when it is not there."""
        return opened(self.place(digest))

    @contextmanager
    def copied(self, source: Path) -> Iterator[Copy]:
        """A private copy on the same disk; gone after the block unless it was settled."""
        for folder in (self._folder.parent, self._folder):  # parents get no mode
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = Held(self._folder, "part")
        try:
            with source.open("rb", buffering=0) as file:
                digest, size = poured(file, held.path)
            flush(held.path)
            yield Copy(held.path, digest, size)
        finally:
            held.remove()

    def settle(self, copy: Copy) -> None:
        """Give a copy the name of its digest."""
        place = self.place(copy.digest)
        place.parent.mkdir(exist_ok=True, mode=0o700)
        copy.path.replace(place)

    def remove(self, digest: str) -> None:
        """Take a file away; never raises."""
        with suppress(OSError):
            self.place(digest).unlink()

    def strays(self, known: frozenset[str], age: float = FORGOTTEN) -> list[str]:
        """Digests of files that are not among ``known``, and were not put there just now."""
        sweep(self._folder)
        until = time.time() - age
        found = [(path, path.lstat()) for path in self._folder.glob("??/*")]
        return [
            path.name
            for path, seen in found
            if stat.S_ISREG(seen.st_mode) and path.name not in known and seen.st_mtime <= until
        ]
