"""Rows of the ledger as values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..core.job import Handle, State, Terms
from ..core.run import Run, Sent
from .database import written

SENT = "ref, source, source_sha256, sent_sha256, action, bytes, url, operations, expires"
"""Columns of a file of a run."""


def run_of(row: sqlite3.Row, assets: tuple[Sent, ...]) -> Run:
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
        target=row["target"],
        saved=row["saved"],
        error=row["error"],
        kind=row["kind"],
        charged=None if row["charged"] is None else bool(row["charged"]),
        fingerprint=row["fingerprint"],
        terms=Terms(**(_loaded(row["terms"]) or {})),
        assets=assets,
    )


def assets_of(db: sqlite3.Connection, run: str) -> tuple[Sent, ...]:
    rows = db.execute(
        f"SELECT {SENT} FROM assets WHERE run = ? ORDER BY rowid",  # noqa: S608 - a constant
        (run,),
    )
    return tuple(_sent(row) for row in rows)


def values_of(sent: Sent) -> tuple[str | int | None, ...]:
    """A file of a run in the order of ``SENT``."""
    known = (sent.ref, sent.source, sent.source_sha256, sent.sent_sha256, sent.action, sent.bytes)
    operations = json.dumps(sent.operations, ensure_ascii=False)
    return (*known, sent.url, operations, written(sent.expires) if sent.expires else None)


def _sent(row: sqlite3.Row) -> Sent:
    expires = row["expires"]
    read = {
        "operations": tuple(json.loads(row["operations"])),
        "expires": datetime.fromisoformat(expires) if expires else None,
    }
    return Sent(**(dict(row) | read))


def _handle(row: sqlite3.Row) -> Handle | None:
    if row["request_id"] is None:
        return None
    names = ("request_id", "status_url", "response_url", "cancel_url")
    return Handle(**{name: row[name] for name in names})


def _loaded(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else dict(json.loads(text))
