"""The file under the ledger: one sqlite database, safe with several processes, mode 0600."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from ..errors import MachineError
from .schema import VERSION, statements

BUSY_SECONDS = 30.0
ROOM = 1 << 19
"""Bytes that must be free before money is spent; a run takes some 100 kB while it is written."""

ADVICE = "set SEEDANCE_PREP_HOME to a folder that can be written"


def home() -> Path:
    """The folder of ledger and caches: ``SEEDANCE_PREP_HOME`` or the user's data folder."""
    if chosen := os.environ.get("SEEDANCE_PREP_HOME"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("seedance_prep", appauthor=False))


def prepared_file(folder: Path) -> Path:
    """The file in a folder, both made when they are missing. Raises ``MachineError``."""
    path = folder / "ledger.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with suppress(PermissionError):  # on a file of another user that may be written
            path.chmod(0o600)
    except OSError as error:
        raise MachineError(f"the ledger cannot be written: {error.strerror}; {ADVICE}") from error
    return path


def moment(later: timedelta = timedelta()) -> str:
    """Now, or so much later, as the tables hold times: they sort as text."""
    return written(datetime.now(UTC) + later)


def written(time: datetime) -> str:
    """A time as the tables hold it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


class Database:
    """Tables on disk. Every method is one transaction, on a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Name the file; ``prepared_file`` makes it."""
        self.path = path

    def __enter__(self) -> Self:
        """Nothing is held open between two calls."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def prepare(self) -> None:
        """Make the tables, unless they are there."""
        with self._open() as db:
            _write_ahead(db)
        with self._writing() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise MachineError(
                    f"the ledger has version {version}, this program knows {VERSION};"
                    " upgrade seedance_prep"
                )
            for statement in statements(version):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")

    def need_room(self) -> None:
        """Raise ``MachineError`` when the disk has no room to write down what comes back."""
        try:
            free = shutil.disk_usage(self.path.parent).free
        except OSError as error:
            raise MachineError(f"the ledger cannot be used: {error.strerror}; {ADVICE}") from error
        if free < ROOM:
            raise MachineError(
                f"{free // 1000} kB are left on the disk of the ledger, {ROOM // 1000} kB are"
                f" needed to write down what is paid for; make room, or {ADVICE}"
            )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that takes the write lock at once, so that two writers queue up."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                with suppress(sqlite3.Error):  # some errors have ended the transaction already
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            with closing(db):
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA synchronous = FULL")  # a state is on disk, not only in the log
                yield db
        except sqlite3.Error as error:
            raise MachineError(f"the ledger cannot be used: {error}; {ADVICE}") from error


def _write_ahead(db: sqlite3.Connection) -> None:
    """Turn the file to write-ahead logging, which it then keeps.

    sqlite does not wait its turn for this one step: several processes that open a new ledger at
    once would fail with "database is locked".
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(random.uniform(0.01, 0.05))  # noqa: S311
