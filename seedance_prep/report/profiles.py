"""Profiles for people and for JSON: the list, all of one, where two differ, what has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ..core.drift import Difference, Drift
from ..core.limits import Basis, Bound, Limits, Raster, bounds_of
from .rules import bound_document, limit_text, shown_value


def listing(profiles: Iterable[Limits]) -> str:
    """Two lines for each."""
    return "\n".join(_lines(one) for one in profiles)


def _lines(one: Limits) -> str:
    counts = ", ".join(f"{count} {basis}" for basis, count in _counts(one).items() if count)
    return f"{one.name:10}{one.endpoint}\n{'':10}{one.profile}: {counts}"


def _counts(one: Limits) -> dict[str, int]:
    counts = Counter(bound.basis for bound in bounds_of(one).values())
    return {basis.value: counts[basis] for basis in Basis}


def summary(one: Limits) -> dict[str, Any]:
    """One profile in short, as JSON."""
    return {
        "name": one.name,
        "endpoint": one.endpoint,
        "profile": one.profile,
        "service": one.service,
        "numbers": _counts(one),
    }


def page(one: Limits) -> str:
    """Every number with where it comes from."""
    lines = [f"{one.name}: {one.endpoint} ({one.profile})", ""]
    lines += [limit_text(path, bound) for path, bound in bounds_of(one).items()]
    lines += [limit_text(_raster(each), each.bound) for each in one.rasters]
    return "\n".join(lines)


def document(one: Limits) -> dict[str, Any]:
    """The same as JSON."""
    limits = {path: bound_document(bound) for path, bound in bounds_of(one).items()}
    limits |= {_raster(each): _raster_document(each) for each in one.rasters}
    return summary(one) | {"limits": limits}


def _raster(one: Raster) -> str:
    return f"rasters.{one.resolution}.{one.ratio}"


def _raster_document(one: Raster) -> dict[str, Any]:
    return bound_document(one.bound) | {"value": [one.size.width, one.size.height]}


def differences(found: Sequence[Difference]) -> str:
    """Three lines for each: the path, then both numbers with their origin."""
    return "\n".join(
        line
        for one in found
        for line in (one.path, f"  A {_bound(one.one)}", f"  B {_bound(one.other)}")
    )


def _bound(bound: Bound[Any] | None) -> str:
    return f"{shown_value(bound.value)}  [{bound.origin}]" if bound else "-"


def difference_document(one: Difference) -> dict[str, Any]:
    """A difference as JSON."""
    sides = {"a": one.one, "b": one.other}
    return {"path": one.path} | {
        side: bound_document(bound) if bound else None for side, bound in sides.items()
    }


def drift(found: Sequence[Drift]) -> str:
    """A line for each."""
    return "\n".join(_drifted(one) for one in found)


def _drifted(one: Drift) -> str:
    if one.profile is None:
        return f"{one.path}: {one.what} {one.document}"
    if one.document is None:
        return f"{one.path}: {one.what}" + ("" if one.profile == one.path else f" {one.profile}")
    return f"{one.path}: {one.what} {one.profile} -> {one.document}"


def drift_document(one: Drift) -> dict[str, Any]:
    """What has changed, as JSON."""
    return {
        "path": one.path,
        "what": one.what,
        "profile": one.profile,
        "document": one.document,
    }
