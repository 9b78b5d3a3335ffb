"""What a report says of each asset, in words: shared by the pages in HTML and Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.finding import Finding, Level
from ..core.media import Facts, Media
from ..core.outcome import Output, Report
from ..core.plan import Choice, Step, Window
from ..core.price import Cost
from ..core.units import usd
from .counts import counted, found_in
from .document import facts_document
from .text import described

ASSETS_MAX, FINDINGS_MAX = 60, 200
"""So many are told; a page says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was done to an asset, or would be."""

    words: str
    """``encoded``, ``would be copied``, ``the very same bytes``, ``no output``."""
    operations: tuple[str, ...] = ()
    window: Window | None = None
    choice: Choice | None = None


def deed(media: Media, report: Report) -> Deed | None:
    """``None`` after a mere check."""
    output = report.output_of(media)
    if output:
        words = "the very same bytes" if output.action == "untouched" else output.action.value
        return Deed(words=words, operations=output.operations, window=output.window,
                    choice=output.choice)  # fmt: skip
    if report.before is None:
        return None
    step = _step(media, report)
    if step and step.dropped:
        return Deed(words="left out")
    if step is None or media.problem or report.outputs or _fails(media, report):
        return Deed(words="no output")
    words = "would stay as it is" if step.recipe is None else f"would be {step.action.value}"
    return Deed(words=words, operations=step.operations, window=step.window, choice=step.choice)


def _step(media: Media, report: Report) -> Step | None:
    steps = report.plan.steps if report.plan else ()
    same = (media.ref, media.source)
    return next((one for one in steps if (one.media.ref, one.media.source) == same), None)


def _fails(media: Media, report: Report) -> bool:
    return any(one.level is Level.ERROR for one in found_in(media, report.findings))


def gone(report: Report) -> list[Finding]:
    """What was found in the sources and is mended, or would be."""
    return [one for one in report.before or () if _mended(one, report)]


def _mended(one: Finding, report: Report) -> bool:
    media = next((media for media in report.assets if media.ref and media.ref == one.ref), None)
    step = _step(media, report) if media else None
    if step and step.dropped:
        return True
    output = report.output_of(media) if media else None
    ref = output.ref if output else one.ref
    return not any(
        left.code == one.code and left.ref == ref and (ref or left.source == one.source)
        for left in report.findings
    )


def verdict(media: Media, report: Report) -> str:
    """``complies``, or what was found in it: ``2 errors, 1 warning``."""
    found = found_in(media, report.findings if report.before is None else report.before)
    return counted(found) or "complies"


def left(media: Media, report: Report) -> str:
    """The same of what is left after a fix; of a mere check, what was found."""
    return counted(found_in(media, report.findings, report.output_of(media))) or "complies"


def what(media: Media) -> str:
    """One line of facts, or what the file is taken for."""
    return described(media.facts) if media.facts else (media.kind or "cannot be read")


def facts_beside(media: Media, output: Output | None) -> list[tuple[str, str, str | None]]:
    """Name, before, after (``None`` without an output) of every fact that is known of either."""
    before = _flat(media.facts) if media.facts else {}
    after = _flat(output.facts) if output else {}
    return [
        (name.replace("_", " "), before.get(name, "–"), after.get(name, "–") if output else None)
        for name in dict.fromkeys((*before, *after))
    ]


def _flat(facts: Facts) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in facts_document(facts).items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for more, one in inner:
            if one is not None and one != ():
                found[f"{name} {more}".strip()] = _worded(one)
    return found


def _worded(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.3f}".rstrip("0").rstrip(".")
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def price(cost: Cost) -> str:
    """``$1.45 to $3.05``."""
    low, high = usd(cost.low), usd(cost.high)
    return low if low == high else f"{low} to {high}"
