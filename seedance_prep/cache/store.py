"""The cache as its users see it."""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Self, TypeVar, cast

from ..errors import PrepError, ToolMissingError
from ..isolation import values
from ..isolation.call import Answer
from ..process import ffmpeg, whole
from . import files, keys
from .files import Copy, Files
from .index import Index
from .stamps import Stamp, stamp

LOG = logging.getLogger("seedance_prep.cache")
HASHED_MAX = 4 << 30
"""Bytes of a file that is read for its digest; a larger one is looked at anew each time."""
STAMPS_MAX = 200_000
ROOM = 0.9
"""Share of the allowed bytes that is left when some were thrown out."""
LOOKS = 256
"""Entries after which the size is looked at again."""
NOTED = 256
"""Uses that are written down together."""
SUM = 16
"""Bytes of the checksum before a value."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What a cache holds."""

    folder: Path
    entries: int
    files: int
    bytes: int
    max_bytes: int


class Cache:
    """Values and files by key. Never raises for what is wrong with it: it has nothing, then.

    Safe with threads and with several processes; it travels to another process by its folder.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Name the folder; nothing is made or opened before something is looked for."""
        self.folder = folder
        self.max_bytes = max_bytes
        self._index = Index(folder)
        self._files = Files(folder / "files")
        self._used: dict[str, int] = {}
        self._told = 0
        weakref.finalize(self, _left, self._index, self._used)

    def __reduce__(self) -> tuple[type[Cache], tuple[Path, int]]:
        """Another process opens its own."""
        return Cache, (self.folder, self.max_bytes)

    def __enter__(self) -> Self:
        """The cache itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Write down what was used, and let the index go; it opens again when it is used."""
        _left(self._index, self._used)

    # Digests -------------------------------------------------------------------------------------

    def digest(self, path: Path) -> str | None:
        """SHA-256 of a file; only read when it has changed since it was read last.

        ``None`` for what is no file, cannot be read, or is larger than is worth it.
        """
        file = None if not self.max_bytes else _regular(path)
        if file is None:
            return None
        with file:
            return self._digest(file)

    def _digest(self, file: FileIO) -> str | None:
        try:
            found = os.fstat(file.fileno())
            before = stamp(found)
            if before is None or found.st_size > HASHED_MAX:
                return None
            if known := self._known(before):
                return known
            moment = time.time_ns()
            digest = files.digest_of(file)
            after = stamp(os.fstat(file.fileno()))
        except OSError:
            return None
        if after == before:
            self._record(before, digest, moment)
        return digest

    def _known(self, seen: Stamp) -> str | None:
        ask = "SELECT digest, recorded FROM stamps WHERE place = ? AND state = ?"
        row = self._index.ask(lambda db: db.execute(ask, (seen.place, seen.state)).fetchone(), None)
        return str(row[0]) if row and seen.surely_before(row[1]) else None

    def _record(self, seen: Stamp, digest: str, moment: int) -> None:
        put = "INSERT OR REPLACE INTO stamps VALUES (?, ?, ?, ?)"
        row = (seen.place, seen.state, digest, moment)
        self._index.tell(lambda db: db.execute(put, row), None)

    # Values --------------------------------------------------------------------------------------

    def recall(self, path: Path, asked: Iterable[object], make: Callable[[], T]) -> T:
        """What ``make`` finds in a file, found once for the same content and the same question.

        It is not kept when a child of it was ended before its time, or the file changed meanwhile;
        nor is ``None``.
        """
        digest = self.digest(path)
        if digest is None:
            return make()
        name = self.key(digest, *asked)
        known = self.value(name)
        if known is not None:
            return cast("T", known)
        with whole() as cut:
            found = make()
        if found is not None and not cut.is_set() and self.digest(path) == digest:
            self.put(name, found)
        return found

    def key(self, digest: str, *asked: object) -> str:
        """The name of an answer about some content, by those who would give it today."""
        return keys.key(digest, *asked, keys.answerer(), self._ffmpeg())

    def _ffmpeg(self) -> str:
        try:
            path = Path(ffmpeg())
        except ToolMissingError:
            return "no ffmpeg"
        return keys.bundled(path) or self.digest(path) or "no ffmpeg"

    def value(self, key: str) -> object:
        """What was kept by that name; ``None`` when there is nothing, or it is broken."""
        ask = "SELECT value FROM entries WHERE key = ?"
        row = self._index.ask(lambda db: db.execute(ask, (key,)).fetchone(), None)
        if row is None:
            return None
        try:
            found = _loaded(row[0])
        except (PrepError, ValueError) as error:
            LOG.info("an entry is broken and thrown away: %s", error)
            self._index.tell(lambda db: db.execute("DELETE FROM entries WHERE key=?", (key,)), None)
            return None
        self._touch(f"e{key}")
        return found

    def put(self, key: str, value: object) -> None:
        """Keep a value: records, enumerations and plain values of this package."""
        data = _dumped(value)
        self._index.tell(lambda db: self._put(db, key, data, None), None)
        self._looked_after()

    def _put(self, db: sqlite3.Connection, key: str, data: bytes, file: str | None) -> None:
        row = (key, data, file, len(data) + len(key), time.time_ns())
        db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", row)
        self._write_used(db)

    # Files ---------------------------------------------------------------------------------------

    def keep(self, key: str, path: Path, value: Callable[[str], object]) -> str | None:
        """Keep a copy of a file with a value, made of its digest; ``None`` when that did not go."""
        if not self.max_bytes:
            return None
        try:
            if path.stat().st_size > self.max_bytes * ROOM:
                return None
            with self._files.copied(path) as copy:
                data = _dumped(value(copy.digest))
                kept = self._index.tell(lambda db: self._keep(db, key, data, copy), default=False)
        except OSError as error:
            LOG.info("a file is not kept: %s", error)
            return None
        self._trim()
        return copy.digest if kept else None

    def _keep(self, db: sqlite3.Connection, key: str, data: bytes, copy: Copy) -> bool:
        """In one transaction with the move, so that nobody throws the file out in between."""
        self._files.settle(copy)
        row = (copy.digest, copy.bytes, time.time_ns())
        db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", row)
        self._put(db, key, data, copy.digest)
        return True

    def file(self, digest: str, source: Path | None = None) -> FileIO | None:
        """The file of a digest, open and with just that content; ``None`` when there is none.

        It can be read to its end, whoever throws it out meanwhile. ``source`` is a file of the
        caller's that should be it, of which nothing is kept here.
        """
        found = _regular(source) if source else self._files.opened(digest)
        if found is not None:
            if self._digest(found) == digest:
                self._touch(f"f{digest}")
                found.seek(0)
                return found
            found.close()
        if source is None:
            LOG.info("a file is not what was kept, and thrown away")
            self._drop([digest])
        return None

    def _drop(self, digests: Iterable[str]) -> None:
        def work(db: sqlite3.Connection) -> None:
            for digest in digests:
                db.execute("DELETE FROM entries WHERE file = ?", (digest,))
                db.execute("DELETE FROM files WHERE digest = ?", (digest,))
                self._files.remove(digest)

        self._index.tell(work, None)

    # Size ----------------------------------------------------------------------------------------

    def stats(self) -> Stats:
        """What it holds."""
        counts, held = "SELECT count(*) FROM entries", "SELECT count(*) FROM files"

        def work(db: sqlite3.Connection) -> tuple[int, int, int]:
            return *db.execute(counts).fetchone(), *db.execute(held).fetchone(), _sum(db)

        entries, held_files, size = self._index.ask(work, (0, 0, 0))
        return Stats(
            folder=self.folder,
            entries=entries,
            files=held_files,
            bytes=size,
            max_bytes=self.max_bytes,
        )

    def clear(self) -> None:
        """Throw everything out."""

        def work(db: sqlite3.Connection) -> None:
            for table in ("stamps", "entries", "files"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of tables, here
            for digest in self._files.strays(frozenset(), -1.0):
                self._files.remove(digest)

        self._used.clear()
        self._index.tell(work, None)
        self._index.ask(lambda db: db.execute("VACUUM"), None)

    def _looked_after(self) -> None:
        """Look at the size now and then."""
        self._told += 1
        if self._told % LOOKS == 0:
            self._trim()

    def _trim(self) -> None:
        """Throw out what was not used for longest, until there is room again."""
        if self._index.ask(_sum, 0) > self.max_bytes:
            self._index.tell(self._thrown_out, None)

    def _thrown_out(self, db: sqlite3.Connection) -> None:
        self._write_used(db)
        over = _sum(db) - int(self.max_bytes * ROOM)
        for kind, name, size, _ in db.execute(_OLDEST).fetchall():
            if over <= 0:
                break
            over -= size
            if kind == "file":
                db.execute("DELETE FROM entries WHERE file = ?", (name,))
                db.execute("DELETE FROM files WHERE digest = ?", (name,))
                self._files.remove(name)
            else:
                db.execute("DELETE FROM entries WHERE key = ?", (name,))
        db.execute(_OLD_STAMPS, (STAMPS_MAX,))
        known = frozenset(name for (name,) in db.execute("SELECT digest FROM files"))
        with suppress(OSError):
            for stray in self._files.strays(known):
                self._files.remove(stray)

    def _touch(self, name: str) -> None:
        self._used[name] = time.time_ns()
        if len(self._used) >= NOTED:
            self._index.tell(self._write_used, None)

    def _write_used(self, db: sqlite3.Connection) -> None:
        _write(db, self._used)


_OLDEST = (
    "SELECT 'file', digest, bytes, used FROM files UNION ALL"
    " SELECT 'entry', key, bytes, used FROM entries WHERE file IS NULL ORDER BY 4"
)
_OLD_STAMPS = (
    "DELETE FROM stamps WHERE place IN"
    " (SELECT place FROM stamps ORDER BY recorded DESC LIMIT -1 OFFSET ?)"
)


def _left(index: Index, used: dict[str, int]) -> None:
    """Also at the end of a program that has closed nothing."""
    if used:
        index.tell(lambda db: _write(db, used), None)
    index.close()


def _write(db: sqlite3.Connection, used: dict[str, int]) -> None:
    """Write down when each was used last; other threads may add to them meanwhile."""
    while used:
        name, moment = used.popitem()
        table, column = ("entries", "key") if name[0] == "e" else ("files", "digest")
        ask = f"UPDATE {table} SET used = ? WHERE {column} = ?"  # noqa: S608 - names, here
        db.execute(ask, (moment, name[1:]))


def _sum(db: sqlite3.Connection) -> int:
    ask = "SELECT (SELECT total(bytes) FROM files) + (SELECT total(bytes) FROM entries)"
    return int(db.execute(ask).fetchone()[0])


def _regular(path: Path) -> FileIO | None:
    """As the reader opens it: a link of the user's is followed, and nothing that acts is opened."""
    try:
        return files.opened(path, follow=True) if stamp(path.stat()) else None
    except (OSError, ValueError):
        return None


def _dumped(value: object) -> bytes:
    data = pickle.dumps(Answer(value=value))
    return hashlib.sha256(data).digest()[:SUM] + data


def _loaded(data: bytes) -> object:
    """Records and plain values only, as from a fork: nothing in the file is ever called."""
    if hashlib.sha256(data[SUM:]).digest()[:SUM] != data[:SUM]:
        raise ValueError("its checksum is another one")
    found: object = values.loaded(data[SUM:]).value
    return found
