"""The rules for people and for JSON: the list, the page of one, the table of the README."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from ..core.limits import Bound, Limits, bounds_of
from ..core.rule import Rule

FAMILIES = {
    "FIL": "Files that cannot be judged at all",
    "IMG": "Each image",
    "VID": "Each video",
    "AUD": "Each sound",
    "REQ": "The request as a whole",
    "PRM": "The prompt and the parameters",
}
"""Heading of each family, in the order of the list."""

LOWERED = "--tolerant makes it a warning where such input is known to be accepted"


def listing(rules: Sequence[Rule]) -> str:
    """A line per rule, grouped by family: code, level, name."""
    width = max((len(_level(rule)) for rule in rules), default=0)
    groups = [
        "\n".join([FAMILIES.get(family, family), *(_line(rule, width) for rule in members)])
        for family, members in groupby(rules, lambda rule: rule.family)
    ]
    if any(rule.tolerant for rule in rules):
        groups.append(f"* {LOWERED}")
    return "\n\n".join(groups)


def _line(rule: Rule, width: int) -> str:
    return f"  {rule.code}  {_level(rule):{width}}  {rule.name}"


def _level(rule: Rule) -> str:
    return f"{rule.level.value}*" if rule.tolerant else rule.level.value


def page(rule: Rule, limits: Limits) -> str:
    """All about one rule: what, why, fix, the limits that it compares with and their origin."""
    parts = [f"{rule.code} {rule.name}", rule.page, "\n".join(_facts(rule))]
    compared = [limit_text(name, bound) for name, bound in _bounds(rule, limits)]
    if compared:
        parts.append("\n".join([f"Limits of {limits.endpoint}:", *compared]))
    return "\n\n".join(parts)


def _facts(rule: Rule) -> Iterable[str]:
    yield f"Level: {rule.level.value}{f'; {LOWERED}' if rule.tolerant else ''}"
    if rule.knob is not None and rule.trust is not None:
        yield f"Mended at: trust {rule.trust.label}, by its {rule.knob.value}"


def _bounds(rule: Rule, limits: Limits) -> list[tuple[str, Bound[Any]]]:
    known = bounds_of(limits)
    return [(name, known[name]) for name in rule.bounds]


def limit_text(name: str, bound: Bound[Any]) -> str:
    """A limit with its origin, on one line."""
    row = f"{bound.row}: " if bound.row else ""
    return f"  {name} = {shown_value(bound.value)}  [{row}{bound.origin}]"


def shown_value(value: object) -> str:
    """The value of a limit as people read it."""
    match value:
        case tuple():
            return ", ".join(map(str, value)) or "none"
        case Fraction():
            return f"{float(value):.3f}".rstrip("0").rstrip(".")
        case int():
            return f"{value:,}"
        case _:
            return str(value)


def document(rule: Rule, limits: Limits) -> dict[str, Any]:
    """One rule as JSON: its page, and each limit with value, basis, source, date and row."""
    return {
        "code": rule.code,
        "name": rule.name,
        "level": rule.level.value,
        "tolerant": rule.tolerant,
        "summary": rule.summary,
        "page": rule.page,
        "rows": list(rule.rows),
        "fix": _fix(rule),
        "limits": {name: bound_document(bound) for name, bound in _bounds(rule, limits)},
    }


def _fix(rule: Rule) -> dict[str, str] | None:
    if rule.knob is None or rule.trust is None:
        return None
    return {"knob": rule.knob.value, "trust": rule.trust.label}


def bound_document(bound: Bound[Any]) -> dict[str, Any]:
    """A limit as JSON: value, basis, source, date and row."""
    return {
        "value": _json(bound.value),
        "basis": bound.basis.value,
        "source": bound.source,
        "date": bound.date,
        "row": bound.row,
    }


def _json(value: object) -> object:
    match value:
        case tuple():
            return list(value)
        case Fraction():
            return value.numerator if value.denominator == 1 else float(value)
        case Decimal():
            return float(value)
        case _:
            return value


def markdown_table(rules: Iterable[Rule]) -> str:
    """The table of the README. An asterisk marks what ``--tolerant`` lowers."""
    head = ("| Code | Name | Level | What | Fix at |", "|---|---|---|---|---|")
    return "\n".join((*head, *(_row(rule) for rule in rules)))


def _row(rule: Rule) -> str:
    fix = rule.trust.label if rule.trust is not None else "–"
    level = _level(rule).replace("*", "\\*")
    return f"| {rule.code} | {rule.name} | {level} | {rule.summary} | {fix} |"
