"""The report as Markdown, for pull requests and chats: no pictures, all the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..core.finding import Finding
from ..core.limits import Limits
from ..core.outcome import Report
from ..core.run import Run
from ..core.units import usd
from ..core.version import __version__
from . import told
from .bars import Bar, bars
from .counts import counted
from .naming import Names, name_of, output_name, ref_of
from .sent import rows as sent_rows
from .text import shown

CELLS = 10
"""Blocks of a full bar."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")
_MENTION = re.compile(r"@\w+")


def page(value: Report, limits: Limits, run: Run | None = None, *, own_names: bool = False) -> str:
    """The report as Markdown. ``run``: what was sent; ``own_names``: as for the page in HTML."""
    names, gone = Names.of(value, own=own_names), told.gone(value)
    parts = [
        *_head(value),
        *_totals(value, limits),
        *_mapping(value, names),
        *_done(value, names),
        *_found("Findings", value.findings, names),
        *(_found("Found in the sources, and mended", gone, names, gone=True) if gone else ()),
        *_price(value),
        *_sent(value, run, names),
        f"<sub>seedance-prep {__version__}, limits {plain(value.limits)}</sub>",
    ]
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """A sentence in which nothing is a mark, a tag or a mention of somebody."""
    parts = []
    at = 0
    for match in _MENTION.finditer(text):
        parts += [_SPECIAL.sub(r"\\\1", text[at : match.start()]), f"`{match.group()}`"]
        at = match.end()
    return shown("".join([*parts, _SPECIAL.sub(r"\\\1", text[at:])]))


def code(text: str) -> str:
    """A name as it is, also in a table."""
    return "`" + shown(text).replace("`", "'").replace("|", "\\|") + "`"


def _head(value: Report) -> Iterator[str]:
    yield f"## The request {'complies' if value.ok else 'does not comply'}"
    money = f"price {told.price(value.cost)}" if value.cost else ""
    facts = filter(None, [counted(value.findings), money, code(value.request.endpoint)])
    yield " · ".join(facts)


def _totals(value: Report, limits: Limits) -> Iterator[str]:
    rows = [(bar.label, _blocks(bar), bar.words) for bar in bars(value, limits)]
    yield _table(("Total", "", ""), rows)


def _blocks(bar: Bar) -> str:
    full = min(CELLS, round(CELLS * bar.share))
    return "█" * full + "░" * (CELLS - full) + (" over" if bar.share > 1 else "")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _mapping(value: Report, names: Names) -> Iterator[str]:
    rows = []
    for number, media in enumerate(value.assets[: told.ASSETS_MAX]):
        output, deed = value.output_of(media), told.deed(media, value)
        done = deed.words if deed else "checked only"
        made = f"{done} → {code(output_name(output))}" if output else done
        called = f" {code(f'{{{media.asset.name}}}')}" if media.asset.name else ""
        own = (code(name_of(media)),) if names.own else ()
        cells = (code(ref_of(media, number)) + called, *own, plain(told.what(media)))
        rows.append((*cells, told.verdict(media, value), made))
    heads = ("Name", *(("File",) if names.own else ()), "What it is", "Verdict", "What was done")
    yield _table(heads, rows)


def _done(value: Report, names: Names) -> Iterator[str]:
    for media in value.assets[: told.ASSETS_MAX]:
        deed = told.deed(media, value)
        if deed is None or not deed.operations:
            continue
        lines = [f"- {plain(names.clean(one))}" for one in deed.operations]
        if deed.choice:
            best = deed.choice.best
            lines.append(f"- keeps {best.window.start:.1f} to {best.window.end:.1f} s:"
                         f" {plain(best.reason)}")  # fmt: skip
        yield "\n".join([f"**{code(media.ref or '?')}** {deed.words}", "", *lines])


def _found(
    title: str, found: Sequence[Finding], names: Names, *, gone: bool = False
) -> Iterator[str]:
    yield f"### {title}"
    if not found:
        yield "none"
        return
    lines = [_finding(one, names, gone) for one in found[: told.FINDINGS_MAX]]
    rest = len(found) - told.FINDINGS_MAX
    yield "\n".join([*lines, *([f"- and {rest} more"] if rest > 0 else [])])


def _finding(one: Finding, names: Names, gone: bool) -> str:
    where = names.where(one)
    remedy = "" if gone or not one.remedy else f"  \n  → {plain(names.clean(one.remedy))}"
    place = f" {code(where)}" if where else ""
    said = plain(names.clean(one.message))
    return f"- **{one.level.value}** `{one.code}` {plain(one.name)}{place}: {said}{remedy}"


def _price(value: Report) -> Iterator[str]:
    if value.cost is None:
        return
    lines = [f"- {usd(line.amount)} {plain(line.what)}" for line in value.cost.lines]
    yield "\n".join([f"### Price: {told.price(value.cost)}", "", *lines])


def _sent(value: Report, run: Run | None, names: Names) -> Iterator[str]:
    if run is None and not value.outputs:
        return
    yield "### What was sent where" if run else "### What can be sent"
    if said := [f"- {name}: {code(names.clean(one))}" for name, one in sent_rows(value, run)]:
        yield "\n".join(said)
    rows = [(code(one.ref), code(output_name(one)), code(one.sha256)) for one in value.outputs]
    if rows:
        yield _table(("Name", "File", "SHA-256"), rows)
