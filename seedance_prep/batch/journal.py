"""What is done of a batch, on disk: it goes on where it was, whatever ended it.

One sqlite file beside the outputs. A line is known by what it asks for, not by its number, so that
lines may be added, moved and taken out between two runs. What costs money is not kept here: the
ledger has that, under this batch's name of the line, and it alone says what was sent.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..errors import MachineError, UsageError
from .line import Line, Outcome, State

VERSION = 1
BATCH = 200
"""Outcomes that are written together at most; what is lost by a crash is done again."""
TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE seen (
    digest TEXT PRIMARY KEY, pass INTEGER NOT NULL, copies INTEGER NOT NULL, first INTEGER NOT NULL
) STRICT;
CREATE TABLE folders (name TEXT PRIMARY KEY, digest TEXT NOT NULL, pass INTEGER NOT NULL) STRICT;
CREATE TABLE lines (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL, how TEXT NOT NULL, stamps TEXT NOT NULL,
    state TEXT NOT NULL, outcome BLOB NOT NULL, kept REAL NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a line stands among those of this reading."""

    id: str
    """Its name in the journal."""
    first: int
    """Number of the first line that asks for the same."""
    copy: int
    """0 for that one."""


class Journal:
    """Of one batch, held by one process; used from one thread."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin it. Raises ``UsageError`` when another process works on it."""
        self._shown = path.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise MachineError(f"the journal {path.name} cannot be opened: {error}") from None
        self._open = False
        self._waiting = 0
        with self._told():
            self._prepare()

    @property
    def batch(self) -> str:
        """Its name in the ledger."""
        return self._meta("batch")

    def close(self) -> None:
        """Write what waits, and let it go."""
        try:
            self.write()
        finally:
            self._db.close()

    def begin(self) -> None:
        """A new reading of the manifest."""
        with self._told():
            self._need_transaction()
            self._pass = int(self._meta("pass")) + 1
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'pass'", (str(self._pass),))

    def forget(self) -> None:
        """Do every line anew; what was paid stays paid."""
        with self._told():
            self._need_transaction()
            self._db.execute("DELETE FROM lines")

    def place(self, line: Line) -> Place:
        """Where a line stands; the same request may come several times."""
        with self._told():
            self._need_transaction()
            copies, first = self._db.execute(
                "INSERT INTO seen VALUES (?, ?, 0, ?) ON CONFLICT (digest) DO UPDATE SET"
                " copies = CASE WHEN pass = excluded.pass THEN copies + 1 ELSE 0 END,"
                " first = CASE WHEN pass = excluded.pass THEN first ELSE excluded.first END,"
                " pass = excluded.pass RETURNING copies, first",
                (line.digest, self._pass, line.number),
            ).fetchone()
            self._waited()
        name = f"{line.digest}.{copies}" if copies else line.digest
        return Place(id=name, first=first, copy=copies)

    def free(self, line: Line) -> bool:
        """Whether the folder of a line is its own in this reading; it is taken now."""
        with self._told():
            self._need_transaction()
            return (
                self._db.execute(
                    "INSERT INTO folders VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                    " digest = excluded.digest, pass = excluded.pass WHERE pass < excluded.pass",
                    (line.folder.casefold(), line.digest, self._pass),
                ).rowcount
                == 1
            )

    def done(self, place: Place, how: str, stamps: str, since: float = 0.0) -> Outcome | None:
        """What became of a line that was asked for in the same way, of the same files.

        ``since`` (seconds of the epoch) passes over what was kept before.
        """
        with self._told():
            row = self._db.execute(
                "SELECT outcome FROM lines WHERE id = ? AND how = ? AND stamps = ? AND kept > ?",
                (place.id, how, stamps, since),
            ).fetchone()
        return _unpacked(row[0]) if row else None

    def keep(self, place: Place, line: Line, how: str, stamps: str, outcome: Outcome) -> None:
        """What became of a line; on disk soon."""
        state, packed = outcome.state.value, _packed(outcome)
        row = (place.id, line.number, how, stamps, state, packed, time.time())
        with self._told():
            self._need_transaction()
            self._db.execute("INSERT OR REPLACE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._waited()

    def write(self) -> None:
        """What waits is on disk afterwards."""
        if self._open:
            with self._told():
                self._db.execute("COMMIT")
            self._open, self._waiting = False, 0

    def _waited(self) -> None:
        self._waiting += 1
        if self._waiting >= BATCH:
            self.write()

    def _need_transaction(self) -> None:
        if not self._open:
            self._db.execute("BEGIN IMMEDIATE")
            self._open = True

    def _prepare(self) -> None:
        # One process at a time: the lock goes with the process, however that ends.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("BEGIN IMMEDIATE")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise MachineError(f"the journal {self._shown} is of a later version of this program")
        if version == 0:
            for statement in TABLES.strip().removesuffix(";").split(";"):
                self._db.execute(statement)
            known = (("batch", secrets.token_hex(8)), ("pass", "0"))
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", known)
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("COMMIT")
        self._pass = int(self._meta("pass"))

    def _meta(self, name: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise UsageError(
                    "another process works on this batch; wait for it, or give another --out"
                ) from None
            raise MachineError(f"the journal {self._shown} cannot be used: {error}") from error
        except sqlite3.Error as error:
            raise MachineError(f"the journal {self._shown} cannot be used: {error}") from error


def _packed(outcome: Outcome) -> bytes:
    held = {item.name: getattr(outcome, item.name) for item in fields(outcome)}
    return zlib.compress(json.dumps(held, default=str).encode(), 1)


def _unpacked(packed: bytes) -> Outcome:
    held: dict[str, Any] = json.loads(zlib.decompress(packed))
    held["state"], held["codes"] = State(held["state"]), tuple(held["codes"])
    for name in ("low", "high"):
        held[name] = None if held[name] is None else Decimal(held[name])
    return Outcome(**held)
