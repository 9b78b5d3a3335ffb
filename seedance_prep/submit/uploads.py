"""Rows of the ledger on what is in a store: whole files, and those on their way in parts."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

from ..core.job import Parts, Upload

MARGIN = timedelta(days=1)
"""A URL that ends sooner is not used again: a job may wait in the queue before it reads its files,
and no start timeout is longer.
"""
NEVER = "9999-12-31T00:00:00.000+00:00"

_PLAIN = "ref, sha256, url, bytes, content_type, file_name"


def find_upload(db: sqlite3.Connection, store: str, sha256: str) -> Upload | None:
    """An upload of these bytes that will still be there when a job reads it."""
    row = db.execute(
        f"SELECT {_PLAIN}, expires FROM uploads"  # noqa: S608 - a constant
        " WHERE store = ? AND sha256 = ? AND expires > ?",
        (store, sha256, _text(datetime.now(UTC) + MARGIN)),
    ).fetchone()
    if row is None:
        return None
    until = None if row["expires"] == NEVER else datetime.fromisoformat(row["expires"])
    return Upload(**{name: row[name] for name in _PLAIN.split(", ")}, expires=until)


def keep_upload(db: sqlite3.Connection, store: str, upload: Upload) -> None:
    """Remember an upload; no parts of it are on their way any more."""
    values = (upload.ref, upload.sha256, upload.url, upload.bytes, upload.content_type)
    db.execute(
        f"INSERT OR REPLACE INTO uploads (store, {_PLAIN}, expires)"  # noqa: S608 - a constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (store, *values, upload.file_name, _text(upload.expires) if upload.expires else NEVER),
    )
    db.execute("DELETE FROM parts WHERE store = ? AND sha256 = ?", (store, upload.sha256))


def find_parts(db: sqlite3.Connection, store: str, sha256: str) -> Parts | None:
    """How far an upload of these bytes had come."""
    row = db.execute(
        "SELECT sha256, url, upload_id, size, begun, tags FROM parts"
        " WHERE store = ? AND sha256 = ?",
        (store, sha256),
    ).fetchone()
    if row is None:
        return None
    tags = {int(number): str(tag) for number, tag in json.loads(row["tags"]).items()}
    begun = datetime.fromisoformat(row["begun"])
    return Parts(**(dict(row) | {"begun": begun, "tags": tags}))


def keep_parts(db: sqlite3.Connection, store: str, parts: Parts) -> None:
    """Remember how far an upload has come, in place of what was known of these bytes."""
    db.execute(
        "INSERT OR REPLACE INTO parts (store, sha256, url, upload_id, size, begun, tags)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (store, parts.sha256, parts.url, parts.upload_id, parts.size, _text(parts.begun),
         json.dumps(dict(parts.tags))),
    )  # fmt: skip


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
