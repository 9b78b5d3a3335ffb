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
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from ..core.job import USUAL, Handle, Parts, State, Terms, Upload
from ..core.price import Cost
from ..core.run import Run, Sent
from ..errors import MachineError, TwiceError, UsageError
from . import uploads
from .rows import SENT, assets_of, run_of
from .schema import VERSION, statements

BUSY_SECONDS = 30.0

UNSENT = (State.PREPARED, State.UPLOADING)
"""States in which nothing that costs money has been tried."""

ANSWERED = timedelta(minutes=3)
"""After so long a submit has its answer, or the process that waited for it is gone."""

UNENDED = (State.SUBMITTING, State.SUBMITTED, State.UNCERTAIN)
"""States in which a job may run and be paid for."""

DAY = timedelta(days=1)
"""So long the same request is taken for the same intention."""


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
            for statement in statements(version):
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
        fingerprint: str | None = None,
        terms: Terms = USUAL,
    ) -> str:
        """Open a run in the state ``prepared`` and give its id."""
        now = _now()
        money = (str(cost.low), str(cost.high)) if cost else (None, None)
        with self._writing() as db:
            run = _new_id(db)
            db.execute(
                "INSERT INTO runs (id, created, updated, state, endpoint, service, base, request,"
                " fingerprint, terms, price_low, price_high)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    run,
                    now,
                    now,
                    State.PREPARED,
                    endpoint,
                    service,
                    base,
                    _text(request),
                    fingerprint,
                    _text(asdict(terms)),
                    *money,
                ),
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

    def claim(self, run: str, payload: Mapping[str, Any], *, again: bool = False) -> None:
        """The paid request is about to leave. Only one caller ever gets past this for a run.

        Raises ``UsageError`` when the run was sent before, ``TwiceError`` (unless ``again``) when
        another run has the very same request on its way to the same service.
        """
        now = _now()
        with self._writing() as db:
            if not again and (other := _on_its_way(db, run)):
                raise TwiceError(
                    f"the very same request is on its way as run {other}, so nothing was sent:"
                    f" `seedance-prep resume {other}` takes it up, --submit-again pays once more"
                )
            taken = db.execute(
                "UPDATE runs SET state = ?, payload = ?, sent_at = ?, updated = ?"
                " WHERE id = ? AND state IN (?, ?)",
                (State.SUBMITTING, _text(payload), now, now, run, *UNSENT),
            ).rowcount
        if taken != 1:
            raise UsageError(f"run {run} was sent before; `seedance-prep resume {run}`")

    def renewed(self, run: str) -> str:
        """A second run of a request whose first is given up as not taken; gives its id.

        Raises ``UsageError`` unless the first is uncertain, or was never answered for a while.
        """
        now = _now()
        with self._writing() as db:
            again = _new_id(db)
            db.execute(
                "INSERT INTO runs (id, created, updated, state, endpoint, service, base, request,"
                " fingerprint, terms, price_low, price_high) SELECT ?, ?, ?, ?, endpoint, service,"
                " base, request, fingerprint, terms, price_low, price_high FROM runs WHERE id = ?",
                (again, now, now, State.UPLOADING, run),
            )
            db.execute(
                f"INSERT INTO assets (run, {SENT}) SELECT ?, {SENT} FROM assets"  # noqa: S608
                " WHERE run = ? ORDER BY rowid",
                (again, run),
            )
            given_up = db.execute(
                "UPDATE runs SET state = ?, error = ?, updated = ? WHERE id = ?"
                " AND (state = ? OR (state = ? AND sent_at < ?))",
                (State.FAILED, f"the service does not list it; sent again as {again}", now, run,
                 State.UNCERTAIN, State.SUBMITTING, _now(-ANSWERED)),
            ).rowcount  # fmt: skip
            if given_up != 1:
                raise UsageError(
                    f"run {run} may still get its answer, or has one; look at it with"
                    f" `seedance-prep runs {run}` and try again in some minutes"
                )
        return again

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

    def same(self, fingerprint: str, base: str) -> Run | None:
        """The latest run of the very same request that was sent to a service within a day."""
        found = self._runs(
            "WHERE fingerprint = ? AND base = ? AND sent_at > ? ORDER BY created DESC LIMIT 1",
            fingerprint, base, _now(-DAY),
        )  # fmt: skip
        return found[0] if found else None

    def run(self, run: str) -> Run:
        """One run. Raises ``UsageError`` for an id that is not in the ledger."""
        found = self._runs("WHERE id = ?", run)
        if not found:
            raise UsageError(
                f"there is no run {run} in the ledger; `seedance-prep runs` lists them"
            )
        return found[0]

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """The latest runs, newest first; all of them for a negative limit."""
        return self._runs("ORDER BY created DESC, rowid DESC LIMIT ?", limit)

    def of_request(self, request_id: str) -> Run | None:
        """The run that became the service's job of that id."""
        found = self._runs("WHERE request_id = ? ORDER BY created DESC", request_id)
        return found[0] if found else None

    def find_upload(self, store: str, sha256: str) -> Upload | None:
        """An upload of these bytes that will still be there when a job reads it."""
        with self._open() as db:
            return uploads.find_upload(db, store, sha256)

    def keep_upload(self, store: str, upload: Upload) -> None:
        """Remember an upload."""
        with self._writing() as db:
            uploads.keep_upload(db, store, upload)

    def find_parts(self, store: str, sha256: str) -> Parts | None:
        """How far an upload of these bytes had come."""
        with self._open() as db:
            return uploads.find_parts(db, store, sha256)

    def keep_parts(self, store: str, parts: Parts) -> None:
        """Remember how far an upload has come."""
        with self._writing() as db:
            uploads.keep_parts(db, store, parts)

    def _update(self, run: str, **values: str | None) -> None:
        values["updated"] = _now()
        names = ", ".join(f"{name} = ?" for name in values)
        with self._writing() as db:
            db.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), run))  # noqa: S608

    def _runs(self, where: str, *values: str | int) -> tuple[Run, ...]:
        with self._open() as db:
            rows = db.execute(f"SELECT * FROM runs {where}", values).fetchall()  # noqa: S608
            return tuple(run_of(row, assets_of(db, row["id"])) for row in rows)

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


def _on_its_way(db: sqlite3.Connection, run: str) -> str | None:
    """Another run with this one's request that was sent, and whose end is not known.

    Or whose end came while this one was prepared: two that start at once pay once.
    """
    found = db.execute(
        "SELECT other.id FROM runs AS mine JOIN runs AS other"
        " ON other.fingerprint = mine.fingerprint AND other.base = mine.base"
        " WHERE mine.id = ? AND other.id <> mine.id AND other.sent_at > ? AND ("
        " other.state IN (?, ?, ?) OR (other.state = ? AND other.sent_at > mine.created))"
        " ORDER BY other.created DESC LIMIT 1",
        (run, _now(-DAY), *UNENDED, State.FINISHED),
    ).fetchone()
    return found["id"] if found else None


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
