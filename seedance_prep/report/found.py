"""The findings on the page: what is left first, then what was mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ..core.finding import Finding
from ..core.outcome import Report
from . import told
from .naming import Names

GONE = '<span class="gone">mended</span>'


def findings(value: Report, names: Names, rules: Mapping[str, str]) -> Iterator[str]:
    """All of them, each with the page of its rule."""
    yield '<h2 id="findings">Findings</h2>'
    if not value.findings:
        yield (
            '<p class="good">None: nothing that was found in the sources is left.</p>'
            if value.before
            else '<p class="good">None.</p>'
        )
    yield from _listed(value.findings, names, rules)
    if gone := told.gone(value):
        yield "<h2>Found in the sources, and mended</h2>"
        yield from _listed(gone, names, rules, gone=True)


def more(count: int, most: int, noun: str) -> str:
    """How many are not shown."""
    return f'<p class="soft">and {count - most} more {noun}s</p>' if count > most else ""


def _listed(
    found: Sequence[Finding], names: Names, rules: Mapping[str, str], *, gone: bool = False
) -> Iterator[str]:
    for one in found[: told.FINDINGS_MAX]:
        yield _finding(one, gone, names, rules.get(one.code, ""))
    yield more(len(found), told.FINDINGS_MAX, "finding")


def _finding(one: Finding, gone: bool, names: Names, about: str) -> str:
    level = one.level.value
    remedy = "" if gone or not one.remedy else f"<p>→ {escape(names.clean(one.remedy))}</p>"
    rule = f"<details><summary>The rule</summary><pre>{escape(about)}</pre></details>"
    return (
        f'<div class="finding {level}"><h3><span class="{level}">{level}</span>'
        f" <code>{escape(one.code)}</code> {escape(one.name)}{f' {GONE}' if gone else ''}</h3>"
        f'<p class="soft">{escape(names.where(one)) or "the request"}</p>'
        f"<p>{escape(names.clean(one.message))}</p>{remedy}{rule if about else ''}</div>"
    )
