"""The numbers of each endpoint, as data. ``load`` turns one TOML file into typed limits."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, get_type_hints

from ..core import limits as types
from ..core.limits import Basis, Bound, Limits, PriceLimits, Raster
from ..core.plan import Size
from ..errors import UsageError

__all__ = ["endpoints", "load"]

_FILES = ("fast", "standard")
Group = TypeVar("Group")


@cache
def load(endpoint: str, *, tolerant: bool = False) -> Limits:
    """Limits of ``endpoint``. Raises ``UsageError`` for one that has no limits here."""
    name = endpoints().get(endpoint)
    if name is None:
        close = difflib.get_close_matches(endpoint, endpoints(), 1, 0.5)
        hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(endpoints())}"
        raise UsageError(f"no limits are known for the endpoint {endpoint!r}{hint}")
    return _limits(_document(name), tolerant)


@cache
def endpoints() -> Mapping[str, str]:
    """Every endpoint id that has limits, with the name of its file."""
    return {str(_document(name)["endpoint"]): name for name in _FILES}


def _document(name: str) -> dict[str, Any]:
    text = (files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    base = document.pop("extends", None)
    return _merged(_document(base), document) if base else document


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge key by key, a bound (a table with ``value``) replaces the one before."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        deeper = isinstance(old, dict) and isinstance(value, dict) and "value" not in value
        merged[key] = _merged(old, value) if deeper and old is not None else value
    return merged


def _limits(document: Mapping[str, Any], tolerant: bool) -> Limits:
    sources = document["sources"]
    return Limits(
        endpoint=document["endpoint"],
        profile=document["profile"],
        tolerant=tolerant,
        request=_group(types.RequestLimits, document["request"], sources),
        image=_group(types.ImageLimits, document["image"], sources),
        video=_group(types.VideoLimits, document["video"], sources),
        audio=_group(types.AudioLimits, document["audio"], sources),
        parameter=_group(types.ParameterLimits, document["parameter"], sources),
        prompt=_group(types.PromptLimits, document["prompt"], sources),
        rasters=tuple(_rasters(document["rasters"])),
        price=_price(document["price"], sources),
    )


def _group(kind: type[Group], table: Mapping[str, Any], sources: Mapping[str, Any]) -> Group:
    hints = get_type_hints(kind)
    names = [item.name for item in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: _bound(table[name], sources, hints[name]) for name in names})


def _bound(table: Mapping[str, Any], sources: Mapping[str, Any], hint: object) -> Bound[Any]:
    source = sources[table["source"]]
    value = table["value"]
    if hint == types.Number:
        value = Fraction(value)
    elif hint == types.Words:
        value = tuple(value)
    elif hint == Bound[Decimal]:
        value = Decimal(value)
    return Bound(value, Basis(table["basis"]), table["row"], source["text"], source["date"])


def _rasters(table: Mapping[str, Mapping[str, list[int]]]) -> list[Raster]:
    return [
        Raster(resolution=resolution, ratio=ratio, size=Size(*size))
        for resolution, sizes in table.items()
        for ratio, size in sizes.items()
    ]


def _price(table: Mapping[str, Any], sources: Mapping[str, Any]) -> PriceLimits:
    units = table["usd_per_1000_tokens"]
    return PriceLimits(
        usd_per_1000_tokens={
            name: _bound(unit, sources, Bound[Decimal]) for name, unit in units.items()
        },
        video_factor=_bound(table["video_factor"], sources, Bound[Decimal]),
        frame_rate=_bound(table["frame_rate"], sources, types.Count),
        minimum_factor=_bound(table["minimum_factor"], sources, types.Number),
        seconds_min=table["seconds_min"],
        seconds_max=table["seconds_max"],
        resolution_default=table["resolution_default"],
    )
