"""One page to look at: self-contained HTML that loads nothing and opens from disk.

Every word that comes from outside is escaped, and the page may run no script but its own.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from ..core.album import Album
from ..core.finding import Finding
from ..core.limits import Limits
from ..core.media import Media
from ..core.outcome import Report
from ..core.run import Run
from ..core.units import usd
from ..core.version import __version__
from . import told
from .bars import Bar, bars
from .counts import counted
from .figures import figures, image
from .naming import Names, name_of, output_name
from .sent import rows as sent_rows

PROMPT_MAX = 4000


def page(
    value: Report,
    limits: Limits,
    album: Album,
    rules: Mapping[str, str],
    run: Run | None = None,
) -> str:
    """The report as a page. ``rules`` are the rules' pages by code; ``run``: what was sent."""
    names = Names.of(value)
    parts = [
        *_head(value),
        *_totals(value, limits),
        *_mapping(value, album),
        *_prompt(value, names),
        *_assets(value, album, names),
        *_findings(value, names, rules),
        *_price(value),
        *_sent(value, run, names),
    ]
    return _document("\n".join(parts), value)


def _document(body: str, value: Report) -> str:
    style, script = _asset_text("page.css"), _asset_text("page.js")
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
        f" script-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>seedance-prep: {_verdict(value)}</title>\n<style>{style}</style></head>\n"
        f"<body><main>\n{body}\n</main>\n"
        f"<footer>seedance-prep {escape(__version__)}, limits {escape(value.limits)}</footer>\n"
        f"<script>{script}</script></body></html>\n"
    )


def _asset_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _verdict(value: Report) -> str:
    return "complies" if value.ok else "does not comply"


def _head(value: Report) -> Iterator[str]:
    colour = "good" if value.ok else "bad"
    found = counted(value.findings)
    yield f'<h1 class="{colour}">The request {_verdict(value)}</h1>'
    money = f"price {told.price(value.cost)}" if value.cost else ""
    facts = filter(None, [found, money, value.request.endpoint])
    yield f'<p class="soft">{" · ".join(map(escape, facts))}</p>'


def _totals(value: Report, limits: Limits) -> Iterator[str]:
    yield "<h2>Totals</h2>"
    yield from map(_bar, bars(value, limits))


def _bar(bar: Bar) -> str:
    over = " over" if bar.share > 1 else ""
    said = " (over the limit)" if over else ""
    return (
        f'<div class="sum"><span>{escape(bar.label)}</span>'
        f'<div class="bar{over}" aria-hidden="true">'
        f'<i style="width:{100 * min(1.0, bar.share):.1f}%"></i></div>'
        f"<span>{escape(bar.words)}{said}</span></div>"
    )


# Files -------------------------------------------------------------------------------------------


def _mapping(value: Report, album: Album) -> Iterator[str]:
    yield '<h2>Files</h2><div class="scroll"><table class="map"><thead><tr>'
    heads = ("", "Name", "File", "What it is", "Verdict", "What was done")
    yield "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr></thead><tbody>"
    for number, media in enumerate(value.assets[: told.ASSETS_MAX]):
        yield _mapped(media, value, album.of(number).thumb)
    yield "</tbody></table></div>" + _more(len(value.assets), told.ASSETS_MAX, "file")


def _mapped(media: Media, value: Report, thumb: bytes | None) -> str:
    kind = media.kind or "?"
    shown = image(thumb, "", "thumb") if thumb else f'<span class="nothumb">{kind}</span>'
    own = f"<br><code>{{{escape(media.asset.name)}}}</code>" if media.asset.name else ""
    output, deed = value.output_of(media), told.deed(media, value)
    done = deed.words if deed else "checked only"
    if output:
        done += f" → {output.ref} {output_name(output)}"
    before, after = told.verdict(media, value), told.left(media, value)
    verdict = before if value.before is None or before == after else f"{before} → {after}"
    cells = (shown, f"<strong>{escape(media.ref or '?')}</strong>{own}", escape(name_of(media)),
             escape(told.what(media)), escape(verdict), escape(done))  # fmt: skip
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _more(count: int, most: int, noun: str) -> str:
    return f'<p class="soft">and {count - most} more {noun}s</p>' if count > most else ""


def _prompt(value: Report, names: Names) -> Iterator[str]:
    if value.prompt is None:
        return
    yield f"<h2>Prompt</h2><pre>{_text(value.prompt, names)}</pre>"
    binding = value.binding
    if binding is not None and binding.given != binding.sent:
        yield f"<details><summary>As it was given</summary><pre>{_text(binding.given, names)}</pre>"
        became = ", ".join(f"{names.clean(one.text)} is {one.ref}" for one in binding.names)
        yield f"<p>{escape(became)}</p></details>"


def _text(text: str, names: Names) -> str:
    cut = text if len(text) <= PROMPT_MAX else f"{text[:PROMPT_MAX]}…"
    return "\n".join(escape(names.clean(line)) for line in cut.splitlines())


def _assets(value: Report, album: Album, names: Names) -> Iterator[str]:
    yield "<h2>Each file</h2>"
    for number, media in enumerate(value.assets[: told.ASSETS_MAX]):
        title = f"{media.ref or '?'} {name_of(media)}"
        deed = told.deed(media, value)
        yield f'<section class="card"><h3>{escape(title)}</h3>'
        yield f'<p class="soft">{escape(told.what(media))}</p>'
        if media.problem:
            yield f'<p class="bad">{escape(names.clean(media.problem.says))}</p>'
        yield from figures(media, album.of(number), deed, title)
        yield from _done(deed, names)
        yield from _facts(media, value)
        yield "</section>"


def _done(deed: told.Deed | None, names: Names) -> Iterator[str]:
    if deed is None:
        return
    title = "What would be done" if deed.words.startswith("would") else "What was done"
    yield f"<h4>{title}</h4><p>{escape(deed.words)}</p>"
    if deed.operations:
        yield _list(names.clean(one) for one in deed.operations)
    if deed.choice:
        best = deed.choice.best
        yield f"<h4>Why these seconds</h4><p>{_option(best.window.start, best.window.end)}:"
        yield f"{escape(names.clean(best.reason))}</p>"
        yield _list(
            f"or {_option(one.window.start, one.window.end)}: {one.reason}"
            for one in deed.choice.others
        )


def _option(start: float, end: float) -> str:
    return f"{start:.1f} to {end:.1f} s"


def _list(items: Iterator[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _facts(media: Media, value: Report) -> Iterator[str]:
    facts = told.facts_beside(media, value.output_of(media))
    if not facts:
        return
    after = facts[0][2] is not None
    yield '<details><summary>Facts</summary><div class="scroll"><table><thead><tr>'
    heads = ("Fact", "Before", "After") if after else ("Fact", "Value")
    yield "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr></thead><tbody>"
    for name, old, new in facts:
        changed = ' class="changed"' if after and old != new else ""
        last = f"<td>{escape(new)}</td>" if new is not None else ""
        yield f"<tr{changed}><td>{escape(name)}</td><td>{escape(old)}</td>{last}</tr>"
    yield "</tbody></table></div></details>"


# Findings, price, what was sent ------------------------------------------------------------------


def _findings(value: Report, names: Names, rules: Mapping[str, str]) -> Iterator[str]:
    yield from _found("Findings", value.findings, names, rules)
    if value.before is not None:
        yield from _found("Found in the sources", value.before, names, rules)


def _found(
    title: str, findings: Sequence[Finding], names: Names, rules: Mapping[str, str]
) -> Iterator[str]:
    yield f"<h2>{title}</h2>"
    if not findings:
        yield '<p class="good">none</p>'
    for one in findings[: told.FINDINGS_MAX]:
        yield _finding(one, names, rules)
    yield _more(len(findings), told.FINDINGS_MAX, "finding")


def _finding(one: Finding, names: Names, rules: Mapping[str, str]) -> str:
    level = one.level.value
    where = names.clean(one.where.removesuffix(": "))
    remedy = f"<p>→ {escape(names.clean(one.remedy))}</p>" if one.remedy else ""
    about = rules.get(one.code, "")
    rule = f"<details><summary>The rule</summary><pre>{escape(about)}</pre></details>"
    return (
        f'<div class="finding {level}"><h3><span class="{level}">{level}</span>'
        f" <code>{escape(one.code)}</code> {escape(one.name)}</h3>"
        f'<p class="soft">{escape(where)}</p><p>{escape(names.clean(one.message))}</p>'
        f"{remedy}{rule if about else ''}</div>"
    )


def _price(value: Report) -> Iterator[str]:
    if value.cost is None:
        return
    yield f"<h2>Price</h2><p>{escape(told.price(value.cost))} for one video</p><table><tbody>"
    for line in value.cost.lines:
        yield f'<tr><td class="num">{usd(line.amount)}</td><td>{escape(line.what)}</td></tr>'
    yield "</tbody></table>"
    if value.cost.advice:
        yield f'<p class="soft">{escape(value.cost.advice)}</p>'


def _sent(value: Report, run: Run | None, names: Names) -> Iterator[str]:
    if run is None and not value.outputs:
        return
    yield "<h2>What was sent where</h2>" if run else "<h2>What can be sent</h2>"
    if run or value.arguments:
        yield "<table><tbody>"
        for name, said in sent_rows(value, run):
            yield f"<tr><th>{escape(name)}</th><td>{escape(names.clean(said))}</td></tr>"
        yield "</tbody></table>"
    if value.outputs:
        yield '<div class="scroll"><table><thead><tr><th>Name</th><th>File</th><th>SHA-256</th>'
        yield "</tr></thead><tbody>"
        for one in value.outputs:
            cells = (one.ref, output_name(one), one.sha256)
            yield "<tr>" + "".join(f"<td><code>{escape(cell)}</code></td>" for cell in cells)
            yield "</tr>"
        yield "</tbody></table></div>"
