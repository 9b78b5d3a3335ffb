"""Files at the edges of a run: where an asset's bytes are, what they hash to, where outputs go."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .core.media import Fault, Problem
from .core.request import STORES, Asset, without_secrets
from .core.units import megabytes
from .errors import OutputError, UsageError
from .private import sweep, workroom
from .telemetry import span

if TYPE_CHECKING:
    from .core.outcome import Report
    from .storage import Parts

STDIN_MAX = 2 << 30
"""Bytes that are taken from stdin at most."""
CHUNK = 1 << 20


def located(
    assets: Sequence[Asset],
    stack: ExitStack,
    *,
    private_addresses: bool = False,
    whole: bool = True,
) -> list[Path | Parts | Problem]:
    """Where the bytes of every asset are; what must be fetched lives as long as ``stack``.

    A URL that is named twice is fetched once; one that cannot be fetched is a problem. Unless
    ``whole``, of a large file in a store there is as much as is asked for.
    """
    fetched: dict[str, Path | Parts | Problem] = {}
    stored = Counter(asset.source for asset in assets if asset.stored)
    if stored:
        folder = _folder(stack)
        for url, count in stored.items():
            fetched[url] = _stored(url, folder, stack, private_addresses, whole or count > 1)
    if urls := {asset.source for asset in assets if asset.remote and not asset.stored}:
        from .fetch import fetch_all

        with span("fetch", files=len(urls)):
            fetched |= fetch_all(urls, _folder(stack), private_addresses=private_addresses)
    return [fetched.get(asset.source) or _placed(asset, stack) for asset in assets]


def _stored(
    url: str, folder: Path, stack: ExitStack, private_addresses: bool, whole: bool
) -> Path | Parts | Problem:
    from .fetch import stored

    with span("fetch", files=1):
        found = stored.parts(url, folder, stack, private_addresses=private_addresses)
        if isinstance(found, Problem) or not (whole or found.bytes <= stored.SMALL):
            return found
        return stored.completed(found)


def _placed(asset: Asset, stack: ExitStack) -> Path | Problem:
    if asset.source[:5].lower() == "data:" and not os.path.lexists(asset.source):
        says = "is a data: URI; only files, http(s) URLs and stdin (-) are read"
        return Problem(fault=Fault.MISSING, says=says, remedy="save it as a file and name that")
    if "://" in asset.source and not os.path.lexists(asset.source):
        from .storage import refusal

        if refused := refusal(asset.source):
            return Problem(fault=Fault.MISSING, says=refused.says, remedy=refused.remedy)
    return locate(asset, stack)


def locate(asset: Asset, stack: ExitStack) -> Path:
    """Path of the asset's bytes; stdin becomes a private file that lives as long as ``stack``."""
    if asset.source != "-":
        return Path(asset.source)
    path = _folder(stack) / "stdin"
    with path.open("xb") as file:
        left = STDIN_MAX
        while chunk := sys.stdin.buffer.read(min(CHUNK, left)):
            file.write(chunk)
            left -= len(chunk)
            if left <= 0:
                raise UsageError(f"stdin holds more than {megabytes(STDIN_MAX)}; give it as a file")
    return path


def _folder(stack: ExitStack) -> Path:
    """A private folder that is gone when ``stack`` is closed."""
    return stack.enter_context(workroom())


def output_folder(out: Path) -> Path:
    """``out``, made when it is missing. Raises ``OutputError`` when it cannot be written."""
    if out.parts[:1] and out.parts[0].removesuffix(":") in STORES and out.parts[0].endswith(":"):
        raise UsageError(f"--out {out} is in a store, where only `fix` puts its outputs")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        sweep(out)
    except (FileExistsError, NotADirectoryError):
        raise OutputError(f"{out} is not a folder; name one with --out") from None
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror}") from error
    return out


@contextlib.contextmanager
def outlet(out: str | Path) -> Iterator[tuple[Path, Callable[[Report], Report]]]:
    """Where outputs are made, and what puts them where they shall be, once they are proven.

    For a folder that is the folder itself. For an address in a store it is a private folder, gone
    after the block; what was put there is read back and compared. Raises ``OutputError``.
    """
    from .storage import is_store

    if not is_store(str(out)):
        yield Path(out), lambda report: report
        return
    from .storage import put_there, ready_for

    with _putting(str(out)), workroom() as room:
        ready_for(str(out))
        yield room, lambda report: _put(report, str(out), put_there)


def _put(report: Report, out: str, put: Callable[[str, Path, str], None]) -> Report:
    outputs = []
    for one in report.outputs:
        url = f"{out.rstrip('/')}/{one.path.name}"
        with _putting(url), span("put", bytes=one.facts.bytes):
            put(url, one.path, one.sha256)
        outputs.append(replace(one, shown=url))
    return replace(report, outputs=tuple(outputs))


@contextlib.contextmanager
def _putting(url: str) -> Iterator[None]:
    from .storage import StoreError

    try:
        yield
    except StoreError as error:
        more = f"; {error.remedy}" if error.remedy else ""
        raise OutputError(f"{without_secrets(url)} {error.says}{more}") from error


@contextlib.contextmanager
def used_folder(out: Path) -> Iterator[Path]:
    """:func:`output_folder`; a new one goes again when the run is broken off with nothing in it."""
    missing = [place for place in (out, *out.parents) if not os.path.lexists(place)]
    try:
        yield output_folder(out)
    except BaseException:
        with contextlib.suppress(OSError):
            for place in missing:
                place.rmdir()
        raise
