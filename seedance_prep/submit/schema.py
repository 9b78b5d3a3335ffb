"""The tables of the ledger, and what each version added to them."""

from __future__ import annotations

from collections.abc import Iterator

FIRST = """
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

SECOND = """
ALTER TABLE runs ADD COLUMN fingerprint TEXT;
ALTER TABLE runs ADD COLUMN terms TEXT;
CREATE INDEX runs_by_fingerprint ON runs (fingerprint);
"""

THIRD = """
CREATE TABLE parts (
    store TEXT NOT NULL, sha256 TEXT NOT NULL, url TEXT NOT NULL, upload_id TEXT NOT NULL,
    size INTEGER NOT NULL, begun TEXT NOT NULL, tags TEXT NOT NULL, PRIMARY KEY (store, sha256)
) STRICT;
"""

FOURTH = """
ALTER TABLE runs ADD COLUMN kind TEXT;
ALTER TABLE runs ADD COLUMN charged INTEGER;
UPDATE runs SET charged = 1 WHERE state = 'finished';
ALTER TABLE assets ADD COLUMN operations TEXT NOT NULL DEFAULT '[]';
ALTER TABLE assets ADD COLUMN expires TEXT;
"""

FIFTH = """
ALTER TABLE runs ADD COLUMN target TEXT;
"""

SIXTH = """
CREATE INDEX runs_by_line ON runs (json_extract(terms, '$.line'));
"""

VERSIONS = (FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH)
VERSION = len(VERSIONS)


def statements(version: int) -> Iterator[str]:
    """What brings tables of a version (0: none yet) to the latest."""
    for text in VERSIONS[version:]:
        yield from text.strip().removesuffix(";").split(";")
