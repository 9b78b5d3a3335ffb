"""The ledger: what was sent, what came back, and what is stored where. One sqlite file.

A state is on disk before the step that it names begins, so that a crash at any point leaves a row
that says what may have happened. Several processes may use it at once; its mode is 0600.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from ..core.job import Handle, State, Upload
from ..core.price import Cost
from ..core.run import Run, Sent
from ..errors import MachineError, UsageError

VERSION = 1
BUSY_SECONDS = 30.0
KEPT = timedelta(days=6)
"""How long an upload is taken to be there: fal keeps files "at least 7 days" (FAQ)."""

UNSENT = (State.PREPARED, State.UPLOADING)
"""States in which nothing that costs money has been tried."""

SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, created TEXT NOT NULL, updated TEXT NOT NULL, state TEXT NOT NULL,
    endpoint TEXT NOT NULL, service TEXT NOT NULL, base TEXT NOT NULL, request TEXT NOT NULL,
    payload TEXT, price_low TEXT, price_high TEXT, sent_at TEXT,
    request_id TEXT, status_url TEXT, response_url TEXT, cancel_url TEXT,
    result TEXT, saved TEXT, error TEXT
) STRICT;
CREATE INDEX runs_by_request ON runs (request_id);
CREATE TABLE assets (
    run TEXT NOT NULL REFERENCES runs (id), ref TEXT NOT NULL, source TEXT NOT NULL,
    source_sha256 TEXT, sent_sha256 TEXT NOT NULL, action TEXT NOT NULL, bytes INTEGER NOT NULL,
    url TEXT, PRIMARY KEY (run, ref)
) STRICT;
CREATE TABLE uploads (
    store TEXT NOT NULL, sha256 TEXT NOT NULL, url TEXT NOT NULL, bytes INTEGER NOT NULL,
    content_type TEXT NOT NULL, file_name TEXT NOT NULL, ref TEXT NOT NULL, expires TEXT NOT NULL,
    PRIMARY KEY (store, sha256)
) STRICT;
"""


def home() -> Path:
    """The folder of ledger and caches: ``SEEDANCE_PREP_HOME`` or the user's data folder."""
    if chosen := os.environ.get("SEEDANCE_PREP_HOME"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("seedance_prep", appauthor=False))


def open_ledger(folder: Path | None = None) -> Ledger:
    """The ledger in ``folder`` (else in ``home()``), made when it is missing.

    Raises ``MachineError`` when it cannot be written, is damaged, or is of a later version.
    """
    folder = folder or home()
    path = folder / "ledger.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with suppress(PermissionError):  # on a file of another user that may be written
            path.chmod(0o600)
    except OSError as error:
        raise MachineError(f"the ledger cannot be written: {error.strerror}; {_ADVICE}") from error
    ledger = Ledger(path)
    ledger.prepare()
    return ledger


class Ledger:
    """Runs and uploads on disk. Every method is one transaction, on a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Name the file; ``open_ledger`` makes it."""
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
            if version == 0:
                for statement in SCHEMA.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")

    def begin(
        self,
        *,
        endpoint: str,
        service: str,
        base: str,
        request: Mapping[str, Any],
        cost: Cost | None = None,
        assets: Sequence[Sent] = (),
    ) -> str:
        """Open a run in the state ``prepared`` and give its id."""
        now = _now()
        money = (str(cost.low), str(cost.high)) if cost else (None, None)
        with self._writing() as db:
            run = _new_id(db)
            db.execute(
                "INSERT INTO runs (id, created, updated, state, endpoint, service, base, request,"
                " price_low, price_high) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run, now, now, State.PREPARED, endpoint, service, base, _text(request), *money),
            )
            db.executemany(
                "INSERT INTO assets (run, ref, source, source_sha256, sent_sha256, action, bytes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (run, a.ref, a.source, a.source_sha256, a.sent_sha256, a.action, a.bytes)
                    for a in assets
                ],
            )
        return run

    def uploading(self, run: str) -> None:
        """Files are about to be sent."""
        self._update(run, state=State.UPLOADING)

    def placed(self, run: str, upload: Upload) -> None:
        """A file of the run has a URL."""
        with self._writing() as db:
            db.execute(
                "UPDATE assets SET url = ? WHERE run = ? AND ref = ?", (upload.url, run, upload.ref)
            )

    def claim(self, run: str, payload: Mapping[str, Any]) -> None:
        """The paid request is about to leave. Only one caller ever gets past this for a run.

        Raises ``UsageError`` when the run was sent before.
        """
        now = _now()
        with self._writing() as db:
            taken = db.execute(
                "UPDATE runs SET state = ?, payload = ?, sent_at = ?, updated = ?"
                " WHERE id = ? AND state IN (?, ?)",
                (State.SUBMITTING, _text(payload), now, now, run, *UNSENT),
            ).rowcount
        if taken != 1:
            raise UsageError(f"run {run} was sent before; `seedance-prep resume {run}`")

    def submitted(self, run: str, handle: Handle) -> None:
        """The service took the job."""
        self._update(
            run,
            state=State.SUBMITTED,
            request_id=handle.request_id,
            status_url=handle.status_url,
            response_url=handle.response_url,
            cancel_url=handle.cancel_url,
            error=None,
        )

    def finished(self, run: str, result: Mapping[str, Any]) -> None:
        """The job has a result."""
        self._update(run, state=State.FINISHED, result=_text(result), error=None)

    def ended(self, run: str, state: State, error: str) -> None:
        """The run failed, was cancelled, or it is unknown what became of it."""
        self._update(run, state=state, error=error)

    def saved(self, run: str, path: Path) -> None:
        """The video is on this machine."""
        self._update(run, saved=str(path.absolute()))

    def run(self, run: str) -> Run:
        """One run. Raises ``UsageError`` for an id that is not in the ledger."""
        found = self._runs("WHERE id = ?", run)
        if not found:
            raise UsageError(
                f"there is no run {run} in the ledger; `seedance-prep runs` lists them"
            )
        return found[0]

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        return self._runs("ORDER BY created DESC, rowid DESC LIMIT ?", limit)

    def of_request(self, request_id: str) -> Run | None:
        """The run that became the service's job of that id."""
        found = self._runs("WHERE request_id = ? ORDER BY created DESC", request_id)
        return found[0] if found else None

    def find_upload(self, store: str, sha256: str) -> Upload | None:
        """An upload of these bytes that should still be there."""
        with self._open() as db:
            row = db.execute(
                "SELECT ref, sha256, url, bytes, content_type, file_name FROM uploads"
                " WHERE store = ? AND sha256 = ? AND expires > ?",
                (store, sha256, _now()),
            ).fetchone()
        return Upload(**row) if row else None

    def keep_upload(self, store: str, upload: Upload) -> None:
        """Remember an upload; one that is known keeps the day on which it expires."""
        expires = _now(KEPT)
        values = (upload.url, upload.bytes, upload.content_type, upload.file_name, upload.ref)
        with self._writing() as db:
            db.execute(
                "INSERT INTO uploads (store, sha256, url, bytes, content_type, file_name, ref,"
                " expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " url = excluded.url, bytes = excluded.bytes, file_name = excluded.file_name,"
                " content_type = excluded.content_type, ref = excluded.ref,"
                " expires = excluded.expires WHERE url <> excluded.url",
                (store, upload.sha256, *values, expires),
            )

    def _update(self, run: str, **values: str | None) -> None:
        values["updated"] = _now()
        names = ", ".join(f"{name} = ?" for name in values)
        with self._writing() as db:
            db.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), run))  # noqa: S608

    def _runs(self, where: str, value: str | int) -> tuple[Run, ...]:
        with self._open() as db:
            rows = db.execute(f"SELECT * FROM runs {where}", (value,)).fetchall()  # noqa: S608
            return tuple(_run(row, _assets(db, row["id"])) for row in rows)

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
            raise MachineError(f"the ledger cannot be used: {error}; {_ADVICE}") from error


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


_ADVICE = "set SEEDANCE_PREP_HOME to a folder that can be written"


def _run(row: sqlite3.Row, assets: tuple[Sent, ...]) -> Run:
    return Run(
        id=row["id"],
        created=datetime.fromisoformat(row["created"]),
        updated=datetime.fromisoformat(row["updated"]),
        state=State(row["state"]),
        endpoint=row["endpoint"],
        service=row["service"],
        base=row["base"],
        request=json.loads(row["request"]),
        payload=_loaded(row["payload"]),
        low=Decimal(row["price_low"]) if row["price_low"] else None,
        high=Decimal(row["price_high"]) if row["price_high"] else None,
        sent_at=datetime.fromisoformat(row["sent_at"]) if row["sent_at"] else None,
        handle=_handle(row),
        result=_loaded(row["result"]),
        saved=row["saved"],
        error=row["error"],
        assets=assets,
    )


def _assets(db: sqlite3.Connection, run: str) -> tuple[Sent, ...]:
    rows = db.execute(
        "SELECT ref, source, source_sha256, sent_sha256, action, bytes, url FROM assets"
        " WHERE run = ? ORDER BY rowid",
        (run,),
    )
    return tuple(Sent(**row) for row in rows)


def _handle(row: sqlite3.Row) -> Handle | None:
    if row["request_id"] is None:
        return None
    names = ("request_id", "status_url", "response_url", "cancel_url")
    return Handle(**{name: row[name] for name in names})


def _new_id(db: sqlite3.Connection) -> str:
    """Short, readable and not taken: ``r-20261122-3f9a``."""
    for size in (2, 2, 2, 3, 4, 8):
        run = f"r-{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(size)}"
        if not db.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone():
            return run
    raise MachineError("the ledger has no free id for today")


def _now(later: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + later).isoformat(timespec="milliseconds")


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, default=str)


def _loaded(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else dict(json.loads(text))
