"""The index: one sqlite file of stamps, entries and files; lost or broken, it begins anew."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ..private import waited

LOG = logging.getLogger("seedance_prep.cache")
NAME = "index.sqlite"
VERSION = 1
BUSY_SECONDS = 5.0
"""A cache that is locked for longer is worth no wait."""
SCHEMA = f"""
CREATE TABLE stamps (
    place TEXT PRIMARY KEY, state TEXT NOT NULL, digest TEXT NOT NULL, recorded INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE entries (
    key TEXT PRIMARY KEY, value BLOB NOT NULL, file TEXT, bytes INTEGER NOT NULL,
    used INTEGER NOT NULL
);
CREATE TABLE files (
    digest TEXT PRIMARY KEY, bytes INTEGER NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX entries_used ON entries (used, bytes);
CREATE INDEX entries_file ON entries (file) WHERE file IS NOT NULL;
PRAGMA user_version = {VERSION};
"""
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

T = TypeVar("T")


class Index:
    """A connection to it. Safe with threads, and with other processes that have their own."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened before it is needed."""
        self._folder = folder
        self._path = folder / NAME
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._owner = 0
        self._off = False

    def ask(self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        """What ``work`` reads; ``default`` when the index cannot be used."""
        return self._tried(work, default)

    def tell(self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        """What ``work`` gives after its writes, all or none of which are kept."""

        def whole(db: sqlite3.Connection) -> T:
            with _transaction(db):
                return work(db)

        return self._tried(whole, default)

    def close(self) -> None:
        """Let it go; it opens by itself when it is used again."""
        with self._lock:
            db, self._db = self._db, None
            if db is not None and self._owner == os.getpid():
                db.close()

    def _tried(self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        with self._lock:
            for turn in (1, 2):
                try:
                    db = self._opened()
                    return default if db is None else work(db)
                except (sqlite3.Error, OSError) as error:
                    LOG.info("the index: %s", error)
                    if turn == 2 or getattr(error, "sqlite_errorcode", 0) & 0xFF not in BROKEN:
                        return default
                    self._renew()
            return default

    def _opened(self) -> sqlite3.Connection | None:
        if self._off:
            return None
        if self._db is None or self._owner != os.getpid():  # a fork has no share in it
            try:
                self._db = self._connected()
            except OSError as error:
                LOG.info("there is no cache: %s", error)
                self._off = True
        return self._db

    def _connected(self) -> sqlite3.Connection:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        self._inode = os.fstat(handle).st_ino
        os.close(handle)
        self._owner = os.getpid()
        db = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _prepared(db, self._folder)
        except BaseException:
            db.close()
            raise
        return db

    def _renew(self) -> None:
        """Throw a broken index away, unless another process has done so."""
        self.close()
        with suppress(OSError), waited(self._folder / "lock"):
            if self._path.stat().st_ino == self._inode:
                LOG.info("the index is broken and begins anew")
                for end in ("", "-wal", "-shm"):
                    self._path.with_name(NAME + end).unlink(missing_ok=True)


def _prepared(db: sqlite3.Connection, folder: Path) -> None:
    """With its tables; those of another version are left behind with all they hold."""
    db.execute("PRAGMA synchronous = NORMAL")  # a lost entry is made anew
    if _version(db) == VERSION:
        return
    with waited(folder / "lock"):  # sqlite does not queue those who turn the log on
        db.execute("PRAGMA journal_mode = WAL")
        with _transaction(db):
            if _version(db) == VERSION:
                return
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in tables:
                db.execute(f'DROP TABLE "{name}"')
            for statement in SCHEMA.split(";"):
                db.execute(statement)


def _version(db: sqlite3.Connection) -> int:
    (found,) = db.execute("PRAGMA user_version").fetchone()
    return int(found)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Takes the write lock at once, so that two writers queue up."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # some errors have ended the transaction already
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
