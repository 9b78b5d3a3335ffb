"""A finished file that was found in the cache, or beside it, until it is given its name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path

from ..errors import OutputError
from ..fixes.draft import Draft, written
from .files import poured
from .store import Cache


class Stored:
    """Stands where a draft stands; its bytes are checked once more as they are copied."""

    __slots__ = ("_cache", "_digest", "_file", "extension", "notes")

    def __init__(
        self, cache: Cache, file: FileIO, digest: str, extension: str, notes: tuple[str, ...] = ()
    ) -> None:
        """Take over an open file, whose content ``digest`` names."""
        self._cache, self._file, self._digest = cache, file, digest
        self.extension = extension
        self.notes = notes

    def commit(self, target: Path, sources: Sequence[Path] = ()) -> Path:
        """As of a draft; a target that has the very same bytes stays as it is.

        Raises ``OutputError``, and leaves nothing, as of a draft.
        """
        with self._file:
            if not self._stands(target, sources):
                self._copied(target.parent).commit(target, sources)
                self._cache.digest(target)
        return target

    def discard(self) -> None:
        """Let it go."""
        self._file.close()

    def _stands(self, target: Path, sources: Sequence[Path]) -> bool:
        if target.is_symlink() or self._cache.digest(target) != self._digest:
            return False
        for source in sources:
            with suppress(FileNotFoundError):
                if target.samefile(source):
                    return False
        return True

    def _copied(self, folder: Path) -> Draft:
        return written(folder, self.extension, "a copy", self._pour)

    def _pour(self, path: Path) -> None:
        digest, _ = poured(self._file, path)
        if digest != self._digest:
            raise OutputError("a file was changed while it was copied; run again")
