"""Cells of a table as the values that a request's document holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.document import LISTS
from ..errors import UsageError
from .line import Line

SEPARATOR = ";"
"""Between the files of one cell."""
SINGULAR = {"image": "images", "video": "videos", "asset": "assets", "file": "assets"}
"""Names that people give a column of one file."""
YES = frozenset({"true", "yes", "1"})
NO = frozenset({"false", "no", "0"})
NAME_MAX = 100


def line_of(number: int, fields: Mapping[str, Any]) -> Line:
    """A line with these fields; ``id`` and ``take`` are the batch's own."""
    document = dict(fields)
    try:
        name, take = _name(document.pop("id", None)), _take(document.pop("take", 1))
    except UsageError as error:
        return Line(number=number, error=str(error))
    return Line(number=number, document=document, name=name, take=take)


def fields_of(cells: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a table as fields. Raises ``UsageError`` for a cell that cannot be what it must.

    Empty cells are not given; a column of no known name stays, and becomes a finding.
    """
    return dict(_fields(cells))


def _fields(cells: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    held: dict[str, list[Any]] = {}
    for heading, cell in cells.items():
        name = heading.strip().lower().replace("-", "_")
        name = SINGULAR.get(name, name)
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if name in LISTS:
            held.setdefault(name, []).extend(_listed(name, cell))
        else:
            yield name, _value(name, cell)
    yield from held.items()


def _listed(name: str, cell: object) -> list[Any]:
    if isinstance(cell, list):
        return cell
    text = str(cell).strip()
    if not text.startswith("["):
        return [part.strip() for part in text.split(SEPARATOR) if part.strip()]
    try:
        found = json.loads(text)
    except ValueError:
        raise UsageError(f"{name} begins with [ and is no JSON list") from None
    if not isinstance(found, list):
        raise UsageError(f"{name} is no list")
    return found


def _value(name: str, cell: object) -> object:
    """Text as the kind of value that the parameter has."""
    if not isinstance(cell, str):
        return cell
    word = cell.strip()
    if name in {"seed", "take"}:
        if not word.lstrip("-").isdecimal() or len(word) > 20:
            raise UsageError(f"{name} is {word[:20]!r}, not a whole number")
        return int(word)
    if name == "generate_audio":
        if word.lower() not in YES | NO:
            raise UsageError(f"{name} is {word[:20]!r}, not true or false")
        return word.lower() in YES
    return cell if name == "prompt" else word


def _name(given: object) -> str | None:
    """A name that can be a folder's."""
    if given is None or given == "":
        return None
    name = str(given).strip()
    plain = name.isprintable() and not set(name) & set('/\\:*?"<>|') and name[:1] not in {".", ""}
    if isinstance(given, str | int) and plain and len(name) <= NAME_MAX:
        return name
    raise UsageError(f"the id {str(given)[:40]!r} cannot be the name of a folder")


def _take(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        return given
    raise UsageError(f"take is {str(given)[:20]!r}, not a whole number from 1")
