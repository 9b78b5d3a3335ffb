"""Where the files of a line are: names, globs and folders become paths."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.document import request_from
from ..core.request import Asset, Request
from ..errors import UsageError

MOST = 100
"""Files that a glob or folder of one line may give; a request takes a dozen."""


def request_of(document: Mapping[str, Any], beside: Path) -> tuple[Request, tuple[Path, ...]]:
    """The request, and the absolute path of each of its assets in order.

    A relative name is looked for ``beside`` the manifest, then in the current folder. Raises
    ``UsageError`` for a document that is no request.
    """
    request = request_from(document, lambda text: _found(text, beside) is not None)
    pairs = [pair for asset in request.entries() for pair in _expanded(asset, beside)]
    if not pairs and request.prompt is None:
        raise UsageError(f"has neither a file nor a prompt{_unknown(request)}")
    return replace(request, assets=[asset for asset, _ in pairs]), tuple(at for _, at in pairs)


def _unknown(request: Request) -> str:
    names = ", ".join(sorted(request.extra))
    return f"; not a field of a request: {names[:80]}" if names else ""


def stamps(paths: tuple[Path, ...]) -> str:
    """Which files these are now: they are worked on anew when one has changed."""
    return ";".join(_stamp(path) for path in paths)


def size(paths: tuple[Path, ...]) -> int:
    """Bytes of all of them, as far as they are there."""
    return sum(path.stat().st_size for path in paths if path.is_file())


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return "-"
    return f"{found.st_size}.{found.st_mtime_ns}"


def _found(text: str, beside: Path) -> Path | None:
    try:
        return next((at for at in (beside / text, Path(text)) if os.path.lexists(at)), None)
    except ValueError:  # a name that no file can have
        return None


def _expanded(asset: Asset, beside: Path) -> Iterator[tuple[Asset, Path]]:
    if asset.source == "-":
        raise UsageError("stdin (-) cannot be a file of a batch")
    if asset.remote:
        yield asset, Path(asset.source)
        return
    at = _found(asset.source, beside)
    if at is None and glob.has_magic(asset.source):
        yield from _several(asset, _matches(asset.source, beside))
    elif at is not None and at.is_dir():
        yield from _several(asset, sorted(_files(asset.source, at), key=_naturally))
    else:
        yield asset, (at or beside / asset.source).absolute()


def _matches(pattern: str, beside: Path) -> list[tuple[str, Path]]:
    for root in (beside, Path()):
        names = glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 - also absolute ones
        if found := [(name, root / name) for name in names if (root / name).is_file()]:
            return sorted(found, key=_naturally)
    raise UsageError(f"no file matches {pattern}")


def _files(shown: str, folder: Path) -> list[tuple[str, Path]]:
    found = [one for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")]
    if not found:
        raise UsageError(f"the folder {shown} holds no file")
    return [(str(Path(shown, one.name)), one) for one in found]


def _several(asset: Asset, files: list[tuple[str, Path]]) -> Iterator[tuple[Asset, Path]]:
    if len(files) > MOST:
        raise UsageError(f"{asset.source} gives {len(files)} files; one request takes a dozen")
    name = asset.name if len(files) == 1 else None
    for shown, path in files:
        yield replace(asset, source=shown, name=name), path.absolute()


def _naturally(pair: tuple[str, Path]) -> list[tuple[int, int, str]]:
    """``shot2`` before ``shot10``."""
    parts = re.split(r"(\d+)", pair[0])
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
