"""A card for each file on the page: pictures on one side, what was done and why on the other."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..core.album import Album, Views
from ..core.media import Media
from ..core.outcome import Report
from . import told
from .figures import pictures, timelines
from .naming import Names
from .text import scored


def cards(value: Report, album: Album, names: Names) -> Iterator[str]:
    """One for each of the first files."""
    yield '<h2 id="each">Each file</h2>'
    for number, media in enumerate(value.assets[: told.ASSETS_MAX]):
        yield from _card(number, media, value, album.of(number), names)


def _card(number: int, media: Media, value: Report, views: Views, names: Names) -> Iterator[str]:
    title = names.title(media, number)
    deed = told.deed(media, value)
    state = told.left(media, value)
    tone = "good" if state == "complies" else "bad" if "error" in state else "warning"
    yield (
        f'<section class="card" id="file-{number + 1}"><h3>{escape(title)}{chip(media)}'
        f' <span class="state {tone}">{escape(state)}</span></h3>'
        f'<p class="soft">{escape(told.what(media))}</p>'
    )
    if media.problem:
        yield f'<p class="bad">{escape(names.clean(media.problem.says))}</p>'
    yield from timelines(media, views, deed, title)
    seen = "".join(pictures(media, views, value.output_of(media), title))
    done = "".join([*_done(media, value, names), *_facts(media, value)])
    yield f'<div class="pair"><div>{seen}</div><div>{done}</div></div>' if seen else done
    yield "</section>"


def chip(media: Media) -> str:
    """The name that a prompt may call the file by."""
    name = media.asset.name
    return f" <code>{{{escape(name)}}}</code>" if name else ""


def _done(media: Media, value: Report, names: Names) -> Iterator[str]:
    deed, output = told.deed(media, value), value.output_of(media)
    if deed is None:
        return
    title = "What would be done" if deed.words.startswith("would") else "What was done"
    yield f"<h4>{title}</h4><p>{escape(deed.words)}</p>"
    if deed.operations:
        yield _list(names.clean(one) for one in deed.operations)
    if output and output.vmaf:
        yield f"<p>{escape(scored(output.vmaf))}</p>"
    if deed.choice:
        best = deed.choice.best
        yield f"<h4>Why these seconds</h4><p>{_option(best.window.start, best.window.end)}:"
        yield f" {escape(names.clean(best.reason))}</p>"
        yield _list(
            f"or {_option(one.window.start, one.window.end)}: {one.reason}"
            for one in deed.choice.others
        )


def _option(start: float, end: float) -> str:
    return f"{start:.1f} to {end:.1f} s"


def _list(items: Iterator[str]) -> str:
    shown = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<ul>{shown}</ul>" if shown else ""


def _facts(media: Media, value: Report) -> Iterator[str]:
    facts = told.facts_beside(media, value.output_of(media))
    if not facts:
        return
    after = facts[0][2] is not None
    heads = ("Fact", "Before", "After") if after else ("Fact", "Value")
    yield "<details><summary>Facts</summary>"
    yield f'<div class="scroll" tabindex="0"><table>{head_row(heads)}<tbody>'
    for name, old, new in facts:
        changed = ' class="changed"' if after and old != new else ""
        last = f"<td>{escape(new)}</td>" if new is not None else ""
        yield f"<tr{changed}><td>{escape(name)}</td><td>{escape(old)}</td>{last}</tr>"
    yield "</tbody></table></div></details>"


def head_row(heads: tuple[str, ...]) -> str:
    """The heading of a table."""
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f"<thead><tr>{cells}</tr></thead>"
