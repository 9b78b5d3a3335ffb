"""A file of a store becomes a private file; of a large one only what is asked for."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from ..core.media import Fault, Problem
from ..core.units import megabytes
from ..errors import MachineError, OutputError
from ..storage import Parts, StoreError, opened
from .addresses import anywhere, public, vetted
from .faults import UnfetchableError

BYTES_MAX = 2 << 30
"""Bytes of one file that are fetched whole."""
SMALL = 8 << 20
"""Bytes up to which a file is fetched whole at once: parts of it would take longer."""


def parts(
    url: str, folder: Path, stack: ExitStack, *, private_addresses: bool = False
) -> Parts | Problem:
    """A file of which nothing is here yet; its connection lives as long as ``stack``.

    Servers that the address itself names are judged like those of URLs. Raises ``MachineError``
    when it cannot be written.
    """
    allowed = anywhere if private_addresses else public
    try:
        store = stack.enter_context(opened(url, lambda host: vetted(host, allowed)[0]))
        seen = store.look()
        if not seen.bytes:
            return Problem(fault=Fault.EMPTY, says="is empty (0 bytes)")
        return Parts(store, seen, _place(folder))
    except StoreError as error:
        return problem(error)
    except UnfetchableError as error:
        return error.problem


def completed(found: Parts) -> Path | Problem:
    """All of a file, bounded. Raises ``MachineError`` when it cannot be written."""
    if found.bytes > BYTES_MAX:
        most = megabytes(BYTES_MAX)
        return Problem(fault=Fault.TOO_LARGE, says=f"was not fetched: it has more than {most}")
    try:
        return found.complete()
    except StoreError as error:
        return problem(error)
    except OSError as error:
        raise OutputError(f"what is fetched cannot be written: {error.strerror}") from error


def problem(error: StoreError) -> Problem:
    """What is wrong with the asset."""
    return Problem(fault=error.fault, says=error.says, remedy=error.remedy)


def _place(folder: Path) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix="stored-", dir=folder)
    except OSError as error:
        raise MachineError(f"what is fetched cannot be written: {error.strerror}") from error
    os.close(handle)
    return Path(name)
