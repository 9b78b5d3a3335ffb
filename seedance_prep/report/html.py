"""One page to look at: self-contained HTML that loads nothing and opens from disk.

Every word that comes from outside is escaped, and the page may run no script but its own.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files

from ..core.album import Album, Views
from ..core.limits import Limits
from ..core.media import Media
from ..core.outcome import Report
from ..core.run import Run
from ..core.units import usd
from ..core.version import __version__
from . import told
from .bars import Bar, bars
from .cards import cards, chip, head_row
from .counts import counted
from .figures import image, small_wave
from .found import findings, more
from .naming import Names, name_of, output_name, ref_of
from .sent import rows as sent_rows

PROMPT_MAX = 4000


def page(
    value: Report,
    limits: Limits,
    album: Album,
    rules: Mapping[str, str],
    run: Run | None = None,
    *,
    own_names: bool = False,
) -> str:
    """The report as a page.

    ``rules`` are the rules' pages by code; ``run``: what was sent; ``own_names``: show what the
    files are called by their owner (never their folders).
    """
    names = Names.of(value, own=own_names)
    parts = [
        *_head(value),
        '<div class="pair"><section>',
        *_totals(value, limits),
        "</section><section>",
        *_price(value),
        "</section></div>",
        *_mapping(value, album, names),
        *_prompt(value, names),
        *cards(value, album, names),
        *findings(value, names, rules),
        *_sent(value, run, names),
    ]
    return _document("\n".join(parts), value, names)


def _document(body: str, value: Report, names: Names) -> str:
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
        f"<footer>seedance-prep {escape(__version__)}, limits {escape(value.limits)}"
        f"{_unnamed(names)}</footer>\n"
        f"<script>{script}</script></body></html>\n"
    )


def _unnamed(names: Names) -> str:
    return "" if names.own else ". Names of files are left out; --report-names shows them."


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
    places = (("files", "Files"), ("each", "Each file"), ("findings", "Findings"))
    links = (f'<a href="#{place}">{word}</a>' for place, word in places)
    yield f'<nav aria-label="Parts of this page">{" ".join(links)}</nav>'


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


def _mapping(value: Report, album: Album, names: Names) -> Iterator[str]:
    heads = ("Picture", "Name", *(("File",) if names.own else ()), "What it is", "Verdict",
             "What was done" if value.outputs else "What is done")  # fmt: skip
    yield '<h2 id="files">Files</h2><div class="scroll" tabindex="0"><table class="map">'
    yield head_row(heads) + "<tbody>"
    for number, media in enumerate(value.assets[: told.ASSETS_MAX]):
        yield _mapped(number, media, value, album.of(number), names)
    yield "</tbody></table></div>" + more(len(value.assets), told.ASSETS_MAX, "file")


def _mapped(number: int, media: Media, value: Report, views: Views, names: Names) -> str:
    name = f'<a href="#file-{number + 1}">{escape(ref_of(media, number))}</a>{chip(media)}'
    own = (escape(name_of(media)),) if names.own else ()
    said = (told.what(media), _verdicts(media, value), _made(media, value))
    cells = (_thumb(media, views), name, *own, *map(escape, said))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _thumb(media: Media, views: Views) -> str:
    if views.thumb:
        return image(views.thumb, "", "thumb")
    if views.sound:
        return small_wave(views.sound)
    return f'<span class="nothumb">{media.kind or "no picture"}</span>'


def _verdicts(media: Media, value: Report) -> str:
    before, after = told.verdict(media, value), told.left(media, value)
    return before if value.before is None or before == after else f"{before} → {after}"


def _made(media: Media, value: Report) -> str:
    output, deed = value.output_of(media), told.deed(media, value)
    done = deed.words if deed else "checked only"
    return f"{done} → {output.ref} {output_name(output)}" if output else done


def _prompt(value: Report, names: Names) -> Iterator[str]:
    if value.prompt is None:
        return
    sent, binding = _text(value.prompt, names), value.binding
    yield f'<h2 id="prompt">Prompt</h2><pre>{sent}</pre>'
    given = _text(binding.given, names) if binding else sent
    if binding is not None and given != sent:
        yield f"<details><summary>As it was given</summary><pre>{given}</pre>"
        became = ", ".join(f"{names.clean(one.text)} is {one.ref}" for one in binding.names)
        yield f"<p>{escape(became)}</p></details>"


def _text(text: str, names: Names) -> str:
    cut = text if len(text) <= PROMPT_MAX else f"{text[:PROMPT_MAX]}…"
    return "\n".join(escape(names.clean(line)) for line in cut.splitlines())


# Price, what was sent ----------------------------------------------------------------------------


def _price(value: Report) -> Iterator[str]:
    if value.cost is None:
        return
    yield f"<h2>Price</h2><p><strong>{escape(told.price(value.cost))}</strong> for one video</p>"
    yield "<table><tbody>"
    for line in value.cost.lines:
        yield f'<tr><td class="num">{usd(line.amount)}</td><td>{escape(line.what)}</td></tr>'
    yield "</tbody></table>"
    if value.cost.advice:
        yield f'<p class="soft">{escape(value.cost.advice)}</p>'


def _sent(value: Report, run: Run | None, names: Names) -> Iterator[str]:
    if run is None and not value.outputs:
        return
    yield f'<h2 id="sent">{"What was sent where" if run else "What can be sent"}</h2>'
    if run or value.arguments:
        yield "<table><tbody>"
        for name, fact in sent_rows(value, run):
            said = escape(names.clean(fact))
            yield f'<tr><th scope="row">{escape(name)}</th><td>{said}</td></tr>'
        yield "</tbody></table>"
    if value.outputs:
        yield '<div class="scroll" tabindex="0"><table>'
        yield head_row(("Name", "File", "SHA-256")) + "<tbody>"
        for one in value.outputs:
            cells = (one.ref, output_name(one), one.sha256)
            yield "<tr>" + "".join(f"<td><code>{escape(cell)}</code></td>" for cell in cells)
            yield "</tr>"
        yield "</tbody></table></div>"
