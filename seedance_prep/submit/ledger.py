"""The ledger: what was sent, what came back, and what is stored where. One sqlite file.

A state is on disk before the step that it names begins, so that a crash at any point leaves a row
that says what may have happened. Several processes may use it at once; its mode is 0600.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..core.job import USUAL, Handle, State, Terms, Upload
from ..core.price import Cost
from ..core.run import Run, Sent
from ..errors import MachineError, TwiceError, UsageError
from .database import home, moment, prepared_file, written
from .rows import SENT, assets_of, run_of, values_of
from .shelf import Shelf

__all__ = ["UNSENT", "Ledger", "home", "open_ledger"]

UNSENT = (State.PREPARED, State.UPLOADING)
"""States in which nothing that costs money has been tried."""

ANSWERED = timedelta(minutes=10)
"""After so long a submit has its answer, or the process that waited for it is gone.

More than all the seconds that one try may take: to connect, to be silent, to answer in full.
"""

UNENDED = (State.SUBMITTING, State.SUBMITTED, State.UNCERTAIN)
"""States in which a job may run and be paid for."""

UNHEARD = (State.UNCERTAIN, State.SUBMITTING)
"""States in which the answer to a submit never came, or may still come."""

GIVEN_UP = "given_up"
"""Kind of a run in whose place another was sent."""

DAY = timedelta(days=1)
"""So long the same request is taken for the same intention."""


def open_ledger(folder: Path | None = None) -> Ledger:
    """The ledger in ``folder`` (else in ``home()``), made when it is missing.

    Raises ``MachineError`` when it cannot be written, is damaged, or is of a later version.
    """
    ledger = Ledger(prepared_file(folder or home()))
    ledger.prepare()
    return ledger


class Ledger(Shelf):
    """Runs and uploads on disk. Every method is one transaction, on a connection of its own."""

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
        """Open a run in the state ``prepared`` and give its id.

        Raises ``MachineError`` when there is no room to write down what will become of it.
        """
        self.need_room()
        now = moment()
        with self._writing() as db:
            run = _new_id(db)
            row = {
                "id": run,
                "created": now,
                "updated": now,
                "state": State.PREPARED,
                "endpoint": endpoint,
                "service": service,
                "base": base,
                "request": _text(request),
                "fingerprint": fingerprint,
                "terms": _text(asdict(terms)),
                "price_low": str(cost.low) if cost else None,
                "price_high": str(cost.high) if cost else None,
            }
            names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            db.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", row)  # noqa: S608
            _listed(db, run, assets)
        return run

    def filled(
        self, run: str, *, cost: Cost | None, assets: Sequence[Sent], fingerprint: str, terms: Terms
    ) -> None:
        """A run that was opened before its files were made has them now."""
        with self._writing() as db:
            db.execute(
                "UPDATE runs SET fingerprint = ?, terms = ?, price_low = ?, price_high = ?,"
                " updated = ? WHERE id = ?",
                (
                    fingerprint,
                    _text(asdict(terms)),
                    str(cost.low) if cost else None,
                    str(cost.high) if cost else None,
                    moment(),
                    run,
                ),
            )
            _listed(db, run, assets)

    def uploading(self, run: str) -> None:
        """Files are about to be sent."""
        self._update(run, state=State.UPLOADING)

    def placed(self, run: str, upload: Upload) -> None:
        """A file of the run has a URL, which may end some day."""
        with self._writing() as db:
            db.execute(
                "UPDATE assets SET url = ?, expires = ? WHERE run = ? AND ref = ?",
                (upload.url, written(upload.expires) if upload.expires else None, run, upload.ref),
            )

    def claim(self, run: str, payload: Mapping[str, Any], *, again: bool = False) -> None:
        """The paid request is about to leave. Only one caller ever gets past this for a run.

        Raises ``UsageError`` when the run was sent before, ``TwiceError`` (unless ``again``) when
        another run has the very same request on its way to the same service, ``MachineError`` when
        there is no room to write down what will come back.
        """
        self.need_room()
        now = moment()
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

    def sending(self, run: str) -> None:
        """The paid request leaves now. Raises ``UsageError`` when the run was given up since."""
        now = moment()
        with self._writing() as db:
            held = db.execute(
                "UPDATE runs SET sent_at = ?, updated = ? WHERE id = ? AND state = ?",
                (now, now, run, State.SUBMITTING),
            ).rowcount
        if held != 1:
            raise UsageError(f"run {run} was given up meanwhile, so nothing was sent")

    def renewed(self, run: str) -> str:
        """A second run of a request whose first is given up as not taken; gives its id.

        Raises ``UsageError`` unless the first is uncertain, or was never answered for a while.
        """
        now = moment()
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
            said = f"the service does not list it; sent again as {again}"
            lapsed = moment(-ANSWERED)
            given_up = db.execute(
                "UPDATE runs SET state = ?, kind = ?, error = ?, updated = ? WHERE id = ?"
                " AND (state = ? OR (state = ? AND sent_at < ?))",
                (State.FAILED, GIVEN_UP, said, now, run, *UNHEARD, lapsed),
            ).rowcount
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
            kind=None,
        )

    def finished(self, run: str, result: Mapping[str, Any]) -> None:
        """The job has a result."""
        self._update(
            run, state=State.FINISHED, result=_text(result), error=None, kind=None, charged=True
        )

    def ended(
        self,
        run: str,
        state: State,
        error: str,
        *,
        kind: str | None = None,
        charged: bool | None = None,
    ) -> None:
        """The run failed, was cancelled, or it is unknown what became of it."""
        self._update(run, state=state, error=error, kind=kind, charged=charged)

    def saving(self, run: str, path: Path) -> None:
        """The video is to come to this place: what a killed download left of it lies there."""
        self._update(run, target=str(path.absolute()))

    def saved(self, run: str, path: Path) -> None:
        """The video is on this machine."""
        self._update(run, saved=str(path.absolute()))

    def same(self, fingerprint: str, base: str) -> Run | None:
        """The latest run of the very same request that was sent to a service within a day.

        What is known to have cost nothing does not count.
        """
        found = self._runs(
            "WHERE fingerprint = ? AND base = ? AND sent_at > ? AND charged IS NOT 0"
            " ORDER BY created DESC LIMIT 1",
            fingerprint, base, moment(-DAY),
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

    def of_line(self, line: str) -> tuple[Run, ...]:
        """The runs of a line of a batch, newest first."""
        where = "WHERE json_extract(terms, '$.line') = ? ORDER BY created DESC, rowid DESC"
        return self._runs(where, line)

    def of_batch(self, batch: str) -> tuple[Run, ...]:
        """The runs of all lines of a batch, whose names begin with its own and a colon."""
        where = "WHERE json_extract(terms, '$.line') > ? AND json_extract(terms, '$.line') < ?"
        return self._runs(where, f"{batch}:", f"{batch};")

    def _update(self, run: str, **values: str | bool | None) -> None:
        values["updated"] = moment()
        names = ", ".join(f"{name} = ?" for name in values)
        with self._writing() as db:
            db.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), run))  # noqa: S608

    def _runs(self, where: str, *values: str | int) -> tuple[Run, ...]:
        with self._open() as db:
            rows = db.execute(f"SELECT * FROM runs {where}", values).fetchall()  # noqa: S608
            return tuple(run_of(row, assets_of(db, row["id"])) for row in rows)


def _listed(db: sqlite3.Connection, run: str, assets: Sequence[Sent]) -> None:
    db.executemany(
        f"INSERT INTO assets (run, {SENT})"  # noqa: S608 - a constant
        f" VALUES (?{', ?' * len(SENT.split(','))})",
        [(run, *values_of(one)) for one in assets],
    )


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
        (run, moment(-DAY), *UNENDED, State.FINISHED),
    ).fetchone()
    return found["id"] if found else None


def _new_id(db: sqlite3.Connection) -> str:
    """Short, readable and not taken: ``r-20261122-3f9a``."""
    for size in (2, 2, 2, 3, 4, 8):
        run = f"r-{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(size)}"
        if not db.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone():
            return run
    raise MachineError("the ledger has no free id for today")


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, default=str)
