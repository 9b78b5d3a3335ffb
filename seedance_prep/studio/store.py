"""The desk on disk: private, whole or not at all, for one studio at a time.

``SEEDANCE_PREP_HOME/studio`` (0700) holds ``desk.json``, the files as they were dropped, and what
was made of them. Nobody else reads it; ``clear`` empties it, and what lay there untouched for
``KEPT`` days goes when the next studio starts.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.document import document_of, request_from
from ..core.finding import Level, Trust
from ..core.units import megabytes
from ..errors import MachineError, UsageError
from ..private import lock
from .desk import Desk, Piece

FORMAT = 1
KEPT = 30
"""Days after which a desk that nobody touched is emptied."""
DAY = 86_400.0
NAME_BYTES = 160
ROOM = 1_000_000_000
"""Bytes that must stay free on the disk beside what is uploaded: copies are made there."""


class Store:
    """The folder of one desk, locked while it is open."""

    def __init__(self, home: Path) -> None:
        """Open it, made when it is missing.

        Raises ``MachineError`` when it cannot be written, ``UsageError`` when another studio has
        it.
        """
        self.root = home / "studio"
        self.files = self.root / "files"
        self._desk, self._run, self._fix = (
            self.root / name for name in ("desk.json", "run", "fix")
        )
        try:
            for folder in (self.root, self.files):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.chmod(0o700)
            flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
            self._lock = os.open(self.root / "lock", flags, 0o600)
        except OSError as error:
            raise MachineError(
                f"the studio's folder cannot be written: {error.strerror}; set SEEDANCE_PREP_HOME"
                " to one that can"
            ) from error
        if sys.platform != "win32" and not lock(self._lock):
            os.close(self._lock)
            raise UsageError(
                "another studio is open on this desk; go on there, end it, or give this one a desk"
                " of its own with SEEDANCE_PREP_HOME"
            )

    def close(self) -> None:
        """Let another studio have it."""
        os.close(self._lock)

    # The desk -------------------------------------------------------------------------------------

    def load(self) -> Desk:
        """The desk as it was left; an empty one when there is none that can be read.

        A file whose bytes are not all here keeps its place: ``received`` says how many are.
        """
        self._expire()
        try:
            read = json.loads(self._desk.read_text("utf-8"))
            desk = _desk_of(read) if read["format"] == FORMAT else Desk()
        except FileNotFoundError:
            desk = Desk()
        except (OSError, ValueError, LookupError, TypeError, AttributeError, UsageError):
            desk = Desk()  # nothing is lost that was not lost before: the files are the user's own
        pieces = tuple(replace(one, received=self._arrived(one)) for one in desk.pieces)
        self._keep_only(pieces)
        return replace(desk, pieces=pieces)

    def save(self, desk: Desk) -> None:
        """Write it. Raises ``MachineError``."""
        draft = self.root / f".desk-{secrets.token_hex(4)}"
        try:
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(_document(desk), file)
            draft.replace(self._desk)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise MachineError(f"the desk cannot be written: {error.strerror}") from error

    def save_fix(self, data: bytes) -> None:
        """Remember what a fix has made, for the next studio; it can be made again."""
        with suppress(OSError):
            handle = os.open(self._fix, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)

    def load_fix(self) -> bytes:
        """The same; nothing when there is none."""
        with suppress(OSError):
            return self._fix.read_bytes()
        return b""

    def forget_fix(self) -> None:
        """There is none any more."""
        with suppress(OSError):
            self._fix.unlink(missing_ok=True)

    def note_run(self, run: str) -> None:
        """Remember the run that is followed, for the next studio; it is in the ledger anyway."""
        with suppress(OSError):
            handle = os.open(self._run, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(run)

    def noted_run(self) -> str | None:
        """The run that the last studio followed."""
        try:
            return self._run.read_text("utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    # Files ----------------------------------------------------------------------------------------

    def place(self, piece: Piece) -> Path:
        """Where the bytes of a file are: under its own name, which the ledger will tell."""
        return self.files / piece.id / disk_name(piece.asset.source)

    def draft(self, known: str) -> Path:
        """Where they are while they arrive; its folder is made."""
        folder = self.files / known
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / ".part"

    def need_room(self, count: int) -> None:
        """Raise ``MachineError`` when so many bytes more would fill the disk."""
        free = shutil.disk_usage(self.root).free
        if free < count + ROOM:
            raise MachineError(
                f"{megabytes(free)} are left on the disk of the studio, {megabytes(count + ROOM)}"
                " are needed; make room, or set SEEDANCE_PREP_HOME to a larger disk"
            )

    def remove(self, known: str) -> None:
        """Take a file away; harmless when it is gone."""
        shutil.rmtree(self.files / known, ignore_errors=True)

    def new_folder(self) -> Path:
        """A private folder for what a fix makes."""
        path = self.root / f"ready-{secrets.token_hex(4)}"
        path.mkdir(mode=0o700)
        return path

    def sweep(self, keep: Iterable[Path] = ()) -> None:
        """Take away what fixes have made, but ``keep``."""
        held = set(keep)
        for path in self.root.glob("ready-*"):
            if path not in held:
                shutil.rmtree(path, ignore_errors=True)

    def _arrived(self, piece: Piece) -> int:
        with suppress(OSError):
            return self.place(piece).stat().st_size
        with suppress(OSError):
            return min(self.draft(piece.id).stat().st_size, piece.bytes - 1)
        return 0

    def _keep_only(self, pieces: Iterable[Piece]) -> None:
        """Remove what no file of the desk needs: the rest of uploads that broke off."""
        known = {one.id for one in pieces if one.whole}
        for path in self.files.iterdir():
            if path.name not in known:
                self.remove(path.name)

    def _expire(self) -> None:
        with suppress(OSError):
            if time.time() - self._desk.stat().st_mtime > KEPT * DAY:
                self._desk.unlink()
                self.sweep()


def disk_name(shown: str) -> str:
    """The name as every file system takes it, no longer than most do; the end stays."""
    safe = "".join("_" if sign in '<>:"|?*/\\' else sign for sign in shown)
    data = safe.encode("utf-8", "replace")[-NAME_BYTES:].decode("utf-8", "ignore").lstrip(". ")
    return data.rstrip(". ") or "file"


def identity(desk: Desk) -> dict[str, Any]:
    """What a fix depends on: two desks of which this is the same are fixed alike."""
    return {name: value for name, value in _document(desk).items() if name != "service"}


def _document(desk: Desk) -> dict[str, Any]:
    whole = replace(desk.request, assets=tuple(one.asset for one in desk.pieces))
    return {
        "format": FORMAT,
        "request": document_of(whole) | {"metadata": desk.request.metadata},
        "allow": desk.allow.label,
        "mend": desk.mend.value,
        "service": desk.service,
        "pieces": [{"id": one.id, "bytes": one.bytes} for one in desk.pieces],
    }


def _desk_of(read: dict[str, Any]) -> Desk:
    request = request_from(read["request"], lambda _: True)
    pieces = [
        Piece(id=_plain(one["id"]), bytes=int(one["bytes"]), asset=asset)
        for one, asset in zip(read["pieces"], request.entries(), strict=True)
    ]
    return Desk(
        pieces=tuple(pieces),
        request=replace(request, assets=()),
        allow=Trust[read["allow"].upper()],
        mend=Level(read["mend"]),
        service=str(read["service"]),
    )


def _plain(known: str) -> str:
    """An id that is the name of a file and nothing else."""
    if not (known.isascii() and known.isalnum()):
        raise ValueError(known)
    return known
