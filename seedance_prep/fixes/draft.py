"""A file that is being made: private and unnamed until it was proven."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from .. import private
from ..errors import OutputError
from ..private import Held
from .promise import Promise
from .timing import Timing


class Draft:
    """A private file (mode 0600) on the target's own disk; discarded unless committed.

    As a context manager it discards itself at the end of the block, whatever happened there.
    """

    __slots__ = ("_held", "extension", "notes", "promise", "timing")

    def __init__(self, folder: Path, extension: str) -> None:
        """Create the empty file in ``folder``; raises ``OutputError`` when that is not possible."""
        self.extension = extension
        self.notes: tuple[str, ...] = ()
        """What a reader should know about how the file was made."""
        self.promise: Promise | None = None
        """What it must hold when it is decoded."""
        self.timing: Timing | None = None
        """Which instants of a clip were encoded."""
        try:
            self._held = Held(folder, extension)
        except OSError as error:
            raise _unwritable(folder.name or "the output folder", error) from error

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._held.path

    def commit(self, target: Path, sources: Sequence[Path] = ()) -> Path:
        """Write everything to disk, then take the name ``target`` in one step.

        A file of that name is replaced, a link is replaced and not followed; ``sources`` are
        never replaced, by whatever name. Raises ``OutputError``, and leaves nothing, when the
        target is a source or cannot be written.
        """
        try:
            _refuse(target, sources)
            private.flush(self.path)
            self.path.chmod(0o666 & ~private.umask())
            self.path.replace(target)
        except OSError as error:
            self.discard()
            raise _unwritable(target.name, error) from error
        except OutputError:
            self.discard()
            raise
        self._held.release()
        _flush_folder(target.parent)
        return target

    def discard(self) -> None:
        """Remove the file; harmless when it is gone or was committed."""
        self._held.remove()

    def __enter__(self) -> Draft:
        """The draft itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Discard what was not committed."""
        self.discard()


def _refuse(target: Path, sources: Sequence[Path]) -> None:
    for source in sources:
        with contextlib.suppress(FileNotFoundError):
            if target.samefile(source):
                raise OutputError(
                    f"{target.name} is one of the sources and is never replaced;"
                    " choose another --out folder"
                )


@contextmanager
def temporary(folder: Path, extension: str) -> Iterator[Path]:
    """A private file in ``folder`` that is gone after the block.

    Raises ``OutputError`` when the folder is missing, full or not writable.
    """
    with ExitStack() as stack:
        try:
            path = stack.enter_context(private.scratch(folder, extension))
        except OSError as error:
            raise _unwritable(folder.name or "the output folder", error) from error
        yield path


def written(folder: Path, extension: str, what: str, fill: Callable[[Path], object]) -> Draft:
    """A draft that ``fill`` has written.

    Raises ``OutputError``, with ``what`` in words, when that is not possible; nothing is left then.
    """
    draft = Draft(folder, extension)
    try:
        fill(draft.path)
    except OSError as error:
        draft.discard()
        raise OutputError(f"{what} cannot be written: {error.strerror}") from error
    except BaseException:
        draft.discard()
        raise
    return draft


def _unwritable(name: str, error: OSError) -> OutputError:
    return OutputError(f"{name} cannot be written: {error.strerror or type(error).__name__}")


def _flush_folder(folder: Path) -> None:
    """Make the new name last, too; not every system lets a folder be flushed."""
    with contextlib.suppress(OSError):
        private.flush(folder)
