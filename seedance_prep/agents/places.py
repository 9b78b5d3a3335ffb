"""Which files an agent may name, and where its outputs go."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..errors import OutputError, UsageError

OWN = ".seedance-prep"
"""Folder of the outputs in a root of the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders whose files may be read, and the one that is written to.

    A path counts as what it leads to: a link inside a folder opens nothing outside of it.
    """

    folders: tuple[Path, ...] = ()
    """Real paths."""
    out: Path | None = None
    """Chosen by whoever started the server; else a folder of its own in the first of ``folders``"""
    stores: bool = False
    """Whether stores (``s3://``) are open, too: they know whoever started the server."""

    @classmethod
    def of(cls, folders: Iterable[Path], out: Path | None, *, stores: bool = False) -> Places:
        """The places of folders that are there; the same one twice counts once."""
        real = (Path(os.path.realpath(one)) for one in folders)
        there = dict.fromkeys(one for one in real if one.is_dir())
        return cls(folders=tuple(there), out=out, stores=stores)

    def readable(self, source: str) -> Path:
        """The real path of a file that was named: whole, as a ``file:`` URI, or from a folder.

        It need not be there. Raises ``UsageError`` for one that lies elsewhere.
        """
        if not self.folders:
            raise UsageError(
                "no folder is open to this server: let the client declare its roots, or start the"
                " server with --allow-folder DIR"
            )
        named = _named(source)
        found = [Path(os.path.realpath(folder / named)) for folder in self.folders]
        inside = [path for path in found if self.covers(path)]
        if not inside:
            names = ", ".join(folder.name or str(folder) for folder in self.folders)
            raise UsageError(
                f"{source} lies outside of the folders that are open to this server ({names})"
            )
        return next((path for path in inside if path.exists()), inside[0])

    def covers(self, path: Path) -> bool:
        """Whether a path leads into one of the folders, or into that of the outputs."""
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(one) for one in (*self.folders, *self._outputs()))

    def _outputs(self) -> tuple[Path, ...]:
        return () if self.out is None else (Path(os.path.realpath(self.out)),)

    def new_folder(self, name: str) -> Path:
        """A private folder of that name for outputs. Raises ``OutputError``, ``UsageError``."""
        folder = self._home() / name
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise OutputError(
                f"no outputs can be put into {folder.parent.name}: {error.strerror}"
            ) from error
        return folder

    def _home(self) -> Path:
        if self.out is not None:
            return self.out
        if not self.folders:
            raise UsageError(
                "there is no folder for outputs: let the client declare its roots, or start the"
                " server with --out DIR"
            )
        home = self.folders[0] / OWN
        if os.path.realpath(home) != str(home):
            raise OutputError(f"{OWN} is a link that leads elsewhere; nothing is written there")
        try:
            home.mkdir(mode=0o700, exist_ok=True)
            ignored = home / ".gitignore"  # media of a request have no business in a commit
            if not ignored.exists():
                ignored.write_text("*\n", "utf-8")
        except OSError as error:
            raise OutputError(
                f"no outputs can be put into {OWN}: {error.strerror}; start the server with --out"
            ) from error
        return home


def _named(source: str) -> str:
    """A path as it is given, or that of a ``file:`` URI on this machine."""
    if "\0" in source:
        raise UsageError("a path holds a NUL")
    if not source.lower().startswith("file:"):
        return source
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise UsageError(f"{source[:120]} is no file of this machine") from error
    if parts.netloc not in {"", "localhost"} or not parts.path:
        raise UsageError(f"{source[:120]} is no file of this machine")
    path = unquote(parts.path)
    return path[1:] if os.name == "nt" and path[2:3] == ":" else path


def folder_of(uri: str) -> Path | None:
    """The folder of a root that a client declares; ``None`` when it is none of this machine."""
    try:
        return Path(_named(uri)) if uri.lower().startswith("file:") else None
    except (UsageError, ValueError):
        return None


def new_id(letter: str) -> str:
    """Readable, and not to be guessed: ``f-20261123-3f9a12bc``."""
    return f"{letter}-{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
