"""What is stored where: the part of the ledger that those who send files know."""

from __future__ import annotations

from ..core.job import Parts, Upload
from . import uploads
from .database import Database


class Shelf(Database):
    """Uploads on record, whole or on their way, by what their bytes hash to."""

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
