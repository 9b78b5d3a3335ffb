"""Files that were handed in or made: in a private folder, bounded, gone when the service stops."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote, urlsplit

CHUNK = 1 << 20


class FullError(Exception):
    """The store would grow past its bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One file that the service holds."""

    key: str
    name: str
    content_type: str
    path: Path
    size: int
    sha256: str
    expires: float | None = None
    """Unix seconds; ``None`` is for as long as the service runs."""

    @property
    def place(self) -> str:
        """Path of its URL."""
        return f"/files/b/{self.key}/{quote(self.name)}"


@dataclass(slots=True, kw_only=True)
class Slot:
    """A place that a file may be put to: what `initiate` hands out."""

    key: str
    name: str
    content_type: str
    secret: str
    expires: float | None = None

    @property
    def place(self) -> str:
        """Path of the URL that the file will have."""
        return f"/files/b/{self.key}/{quote(self.name)}"


class Store:
    """All files of one run of the service."""

    def __init__(self, bound: int) -> None:
        """Make the private folder; ``bound`` is the number of bytes that all files may have."""
        self.folder = Path(tempfile.mkdtemp(prefix="seedance-local-"))
        self._bound = bound
        self._used = 0
        self._lock = threading.Lock()
        self._files: dict[str, Stored] = {}
        self._slots: dict[str, Slot] = {}
        self._parts: dict[tuple[str, int], Stored] = {}

    def close(self) -> None:
        """Remove everything."""
        with self._lock:
            self._files.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def files(self) -> tuple[Stored, ...]:
        """All files, oldest first."""
        with self._lock:
            return tuple(self._files.values())

    def reserve(self, name: str, content_type: str, lifetime: float | None) -> Slot:
        """A place for a file that will come; ``lifetime`` in seconds from now."""
        slot = Slot(
            key=secrets.token_hex(8),
            name=safe_name(name),
            content_type=content_type,
            secret=secrets.token_hex(16),
            expires=None if lifetime is None else time.time() + lifetime,
        )
        with self._lock:
            self._slots[slot.key] = slot
        return slot

    def slot(self, key: str) -> Slot | None:
        """The place of this key."""
        with self._lock:
            return self._slots.get(key)

    def put(self, slot: Slot, chunks: Iterable[bytes]) -> Stored:
        """Take the bytes of a file in; raises ``FullError`` when there is no room."""
        path, size, digest = self._write(chunks)
        return self._keep(slot, path, size, digest)

    def put_part(self, slot: Slot, number: int, chunks: Iterable[bytes]) -> str:
        """Take one part in, in any order; its digest is its tag. A part may come again."""
        path, size, digest = self._write(chunks)
        part = Stored(key=slot.key, name="", content_type="", path=path, size=size, sha256=digest)
        with self._lock:
            older = self._parts.pop((slot.key, number), None)
            self._parts[slot.key, number] = part
        if older:
            self._discard(older)
        return digest[:32]

    def join(self, slot: Slot, wanted: Iterable[tuple[int, str]]) -> Stored | None:
        """Make a file of the parts, sorted by number; ``None`` when one is missing or differs."""
        with self._lock:
            parts = [(tag, self._parts.get((slot.key, n))) for n, tag in sorted(wanted)]
        found = [part for tag, part in parts if part and part.sha256[:32] == tag]
        if not found or len(found) != len(parts):
            return None
        stored = self.put(slot, _joined(found))
        with self._lock:
            gone = [self._parts.pop(place) for place in list(self._parts) if place[0] == slot.key]
        for part in gone:
            self._discard(part)
        return stored

    def adopt(self, slot: Slot, path: Path) -> Stored:
        """Keep a file that was made inside the folder."""
        with path.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        size = path.stat().st_size
        self._grow(size)
        return self._keep(slot, path, size, digest)

    def at(self, path: str) -> Stored | None:
        """The file at this path of a URL, unless it has expired."""
        match = re.fullmatch(r"/files/b/([0-9a-f]{16})/([^/]+)", path)
        with self._lock:
            stored = self._files.get(match.group(1)) if match else None
        if match is None or stored is None or stored.name != unquote(match.group(2)):
            return None
        return None if stored.expires is not None and stored.expires < time.time() else stored

    def expire(self, url: str) -> None:
        """Forget the file at this URL, as if its time had passed."""
        stored = self.at(urlsplit(url).path)
        if stored:
            with self._lock:
                del self._files[stored.key]
            self._discard(stored)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one piece of work, inside the private one."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, slot: Slot, path: Path, size: int, digest: str) -> Stored:
        stored = Stored(
            key=slot.key,
            name=slot.name,
            content_type=slot.content_type,
            path=path,
            size=size,
            sha256=digest,
            expires=slot.expires,
        )
        with self._lock:
            older = self._files.pop(slot.key, None)
            self._files[slot.key] = stored
        if older:
            self._discard(older)
        return stored

    def _write(self, chunks: Iterable[bytes]) -> tuple[Path, int, str]:
        handle, name = tempfile.mkstemp(dir=self.folder)
        path, size, digest = Path(name), 0, hashlib.sha256()
        try:
            with os.fdopen(handle, "wb") as target:
                for chunk in chunks:
                    self._grow(len(chunk))
                    size += len(chunk)
                    digest.update(chunk)
                    target.write(chunk)
        except BaseException:
            self._grow(-size)
            path.unlink()
            raise
        return path, size, digest.hexdigest()

    def _grow(self, size: int) -> None:
        with self._lock:
            if self._used + size > self._bound:
                raise FullError
            self._used += size

    def _discard(self, stored: Stored) -> None:
        stored.path.unlink(missing_ok=True)
        self._grow(-stored.size)


def safe_name(name: str) -> str:
    """A name that is one segment of a URL and nothing else."""
    kept = re.sub(r"[^\w.()+-]", "_", name.replace("\\", "/").rsplit("/", 1)[-1], flags=re.ASCII)
    return kept.strip(".")[-120:] or "file.bin"


def _joined(parts: Iterable[Stored]) -> Iterator[bytes]:
    for part in parts:
        with part.path.open("rb") as source:
            yield from _chunks(source)


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
