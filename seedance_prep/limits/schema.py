"""What a profile's document must be. Every mistake is told, with its path inside the document."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, get_type_hints

from ..core import limits as types
from ..core.limits import Basis
from ..core.plan import Size
from .reading import MONEY, ORIGIN, RASTER, value_of

GROUPS = {
    "request": types.RequestLimits,
    "image": types.ImageLimits,
    "video": types.VideoLimits,
    "audio": types.AudioLimits,
    "parameter": types.ParameterLimits,
    "prompt": types.PromptLimits,
}
TEXTS = ("endpoint", "name", "profile", "service")
TABLES = ("sources", *GROUPS, "price", "rasters")
OPTIONAL = ("service", "unknown", "described")
PRICED = {
    "video_factor": MONEY,
    "frame_rate": types.Count,
    "extra_frames": types.Count,
    "minimum_factor": types.Number,
    "seconds_min": types.Count,
    "seconds_max": types.Count,
    "resolution_default": types.Word,
}
UNITS = ("usd_per_1000_tokens", "usd_per_1000_tokens_with_video")
NOUNS: Mapping[object, str] = {
    types.Number: 'a number, such as 15.2, "15.2" or "5/3"',
    types.Count: "a whole number",
    types.Words: "a list of texts",
    MONEY: 'an amount, such as "0.0112"',
    types.Word: "text",
    RASTER: "[WIDTH, HEIGHT] in pixels",
}
DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")

Table = Mapping[str, Any]


def mistakes(document: Table) -> list[str]:
    """One sentence for each mistake, beginning with its path; none for a good document."""
    return list(_document(document))


def _document(document: Table) -> Iterator[str]:
    yield from _keys(document, "", (*TEXTS, *TABLES), OPTIONAL)
    for name in TEXTS:
        if name in document and not (isinstance(document[name], str) and document[name]):
            yield f"{name}: must be text"
    good = {name for name in TABLES if isinstance(document.get(name), Mapping)}
    yield from (f"{name}: must be a table" for name in TABLES if name in set(document) - good)
    sources = document["sources"] if "sources" in good else {}
    yield from _sources(sources)
    for name, kind in GROUPS.items():
        if name in good:
            yield from _group(document[name], name, kind, sources)
    if "price" in good:
        yield from _price(document["price"], sources)
    if "rasters" in good:
        yield from _rasters(document["rasters"], sources)
    yield from _lists(document)
    yield from _together(document)


def _keys(table: Table, path: str, known: Collection[str], optional: Collection[str]) -> list[str]:
    """What is missing, and what is not known here."""
    missing = [name for name in known if name not in table and name not in optional]
    found = [f"{path}{name}: is missing" for name in missing]
    for name in table:
        if name not in known and name not in optional:
            near = get_close_matches(str(name), [*known, *optional], 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            found.append(f"{path}{name}: is not known here{hint}")
    return found


def _sources(sources: Table) -> Iterator[str]:
    for name, source in sources.items():
        path = f"sources.{name}"
        if not isinstance(source, Mapping):
            yield f"{path}: must be a table with text and date"
            continue
        yield from _keys(source, f"{path}.", ("text", "date"), ())
        if "text" in source and not isinstance(source["text"], str):
            yield f"{path}.text: must be text"
        if "date" in source and not DATE.fullmatch(str(source["date"])):
            yield f"{path}.date: must be a date as text, YYYY-MM or YYYY-MM-DD"


def _group(table: Table, path: str, kind: type, sources: Table) -> Iterator[str]:
    hints = get_type_hints(kind)
    yield from _keys(table, f"{path}.", [item.name for item in fields(kind)], ())
    for name, bound in table.items():
        if name in hints:
            yield from _bound(bound, f"{path}.{name}", hints[name], sources)
    yield from _ordered(table, path)


def _bound(bound: object, path: str, hint: object, sources: Table) -> Iterator[str]:
    if not isinstance(bound, Mapping):
        yield f"{path}: must be a table with value, basis and source"
        return
    yield from _keys(bound, f"{path}.", ("value", *ORIGIN), ORIGIN)
    if "value" in bound and _value(bound["value"], hint) is None:
        yield f"{path}.value: {bound['value']!r} is not {NOUNS[hint]}"
    yield from _origin(bound, path, sources)


def _origin(bound: Table, path: str, sources: Table) -> Iterator[str]:
    """How far it binds, and where it comes from."""
    yield from (f"{path}.{name}: is missing" for name in ("basis", "source") if name not in bound)
    if "basis" in bound and bound["basis"] not in list(Basis):
        yield f"{path}.basis: {bound['basis']!r} is not one of {', '.join(Basis)}"
    if "source" in bound and bound["source"] not in sources:
        yield f"{path}.source: {bound['source']!r} is not in [sources]"
    if not isinstance(bound.get("row", ""), str):
        yield f"{path}.row: must be text"


def _value(value: object, hint: object) -> Any:  # noqa: ANN401 - as the hint says
    """The value; ``None`` when it does not fit, or is negative."""
    try:
        found = value_of(value, hint)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        return None
    return found if isinstance(found, tuple | str | Size) or found >= 0 else None


def _ordered(table: Table, path: str) -> Iterator[str]:
    """A least above its most takes nothing."""
    for name in table:
        other = f"{name.removesuffix('_min')}_max"
        if not name.endswith("_min") or other not in table:
            continue
        least, most = (_number(table[key]) for key in (name, other))
        if least is not None and most is not None and least > most:
            yield f"{path}.{name}.value: is above {path}.{other}.value"


def _number(bound: object) -> Any:  # noqa: ANN401 - a fraction or nothing
    return _value(bound.get("value"), types.Number) if isinstance(bound, Mapping) else None


def _price(table: Table, sources: Table) -> Iterator[str]:
    yield from _keys(table, "price.", (*PRICED, UNITS[0], "billed_by_maker"), (UNITS[1],))
    for name, hint in PRICED.items():
        if name in table:
            yield from _bound(table[name], f"price.{name}", hint, sources)
    yield from _ordered(table, "price")
    if not isinstance(table.get("billed_by_maker", False), bool):
        yield "price.billed_by_maker: must be true or false"
    for name in UNITS:
        units = table.get(name, {})
        if not isinstance(units, Mapping):
            yield f"price.{name}: must be a table of resolutions"
            continue
        for resolution, unit in units.items():
            yield from _bound(unit, f"price.{name}.{resolution}", MONEY, sources)


def _rasters(table: Table, sources: Table) -> Iterator[str]:
    for resolution, sizes in table.items():
        path = f"rasters.{resolution}"
        if not isinstance(sizes, Mapping):
            yield f"{path}: must be a table of ratios, with basis and source"
            continue
        yield from _origin(sizes, path, sources)
        for ratio, size in sizes.items():
            if ratio not in ORIGIN and _value(size, RASTER) is None:
                yield f"{path}.{ratio}: {size!r} is not {NOUNS[RASTER]}"


def _lists(document: Table) -> Iterator[str]:
    unknown = document.get("unknown", [])
    if not isinstance(unknown, list):
        yield "unknown: must be a list of names, such as video.fps_max"
        unknown = []
    for index, name in enumerate(unknown):
        if not _has(document, str(name)):
            yield f"unknown[{index}]: there is no {name!r}"
    described = document.get("described", {})
    if not isinstance(described, Mapping):
        yield "described: must be a table"
        return
    for name, numbers in described.items():
        if _value(numbers, types.Words) is None:
            yield f"described.{name}: must be a list of numbers as text"


def _has(document: Any, path: str) -> bool:  # noqa: ANN401 - whatever a TOML file holds
    found = _inner(document, *path.split("."))
    return isinstance(found, Mapping) and "basis" in found


def _together(document: Table) -> Iterator[str]:
    """Each resolution has rasters and a price, so that its price can be said."""
    resolutions = _words(document, "parameter", "resolution")
    default = _inner(document, "price", "resolution_default", "value")
    priced, drawn = _inner(document, "price", UNITS[0]) or {}, document.get("rasters") or {}
    named = (*resolutions, default) if isinstance(default, str) else resolutions
    for name in dict.fromkeys(named):
        if isinstance(priced, Mapping) and name not in priced:
            yield f"price.{UNITS[0]}.{name}: is missing"
        if isinstance(drawn, Mapping) and not drawn.get(name):
            yield f"rasters.{name}: is missing"


def _words(document: Table, *path: str) -> tuple[str, ...]:
    return _value(_inner(document, *path, "value"), types.Words) or ()


def _inner(document: Any, *path: str) -> Any:  # noqa: ANN401 - whatever a TOML file holds
    for part in path:
        document = document.get(part) if isinstance(document, Mapping) else None
    return document
