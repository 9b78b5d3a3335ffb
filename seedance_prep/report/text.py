"""Reports for people, on a terminal of 60 columns or more. Styled with ANSI; readable without."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

import click

from ..core.event import Event
from ..core.finding import Finding, Knob, Level
from ..core.limits import Limits
from ..core.media import AudioFacts, Facts, ImageFacts, Media, VideoFacts
from ..core.outcome import Output, Report, Vmaf
from ..core.plan import Action, Choice, Option, Step
from ..core.price import Cost
from ..core.units import megabytes, plural, rate, seconds, usd
from .bars import Bar, bars
from .counts import counted, found_in

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "cyan"}
OWN = (Knob.PROMPT, Knob.PARAMETER)
"""What is mended word by word: each finding says its own."""
CELLS = 20
"""Signs of a full bar."""


def report(value: Report, limits: Limits, width: int) -> str:
    """The whole report: assets, findings, totals, price, verdict."""
    parts = [
        "\n".join(_asset(media, value, width) for media in value.assets),
        prompt(value, width),
        findings(value.findings, width),
        totals(value, limits),
        verdict(value),
    ]
    return "\n\n".join(part for part in parts if part)


def prompt(value: Report, width: int) -> str:
    """What each name in the prompt became, and the prompt as it goes out, where they differ."""
    binding = value.binding
    if binding is None or binding.sent == binding.given:
        return ""
    names = [f"{shown(one.text)} is {one.ref}" for one in binding.names]
    label = click.style(f"{'prompt':8}", bold=True)
    sent = _wrapped(_brief(shown(binding.sent)), width, 9)
    return "\n".join([f"{label} {sent[0].strip()}" if sent else label, *sent[1:],
                      *_wrapped(", ".join(names), width, 9)])  # fmt: skip


_PROMPT_SHOWN = 600


def _brief(text: str) -> str:
    return text if len(text) <= _PROMPT_SHOWN else f"{text[:_PROMPT_SHOWN]}…"


def _asset(media: Media, value: Report, width: int) -> str:
    ref = click.style(f"{media.ref or '?':8}", bold=True)
    what = described(media.facts) if media.facts else (media.kind or "unreadable")
    lines = [*_headed(ref, shown(media.source), _state(media, value), width)]
    lines += _wrapped(what, width, 9)
    for done in _done(media, value):
        lines += _wrapped(done, width, 9)
    return "\n".join(lines)


def _state(media: Media, value: Report) -> str:
    """Whether an asset complies, as it is or as it was made."""
    found = found_in(media, value.findings, value.output_of(media))
    if not found:
        return click.style("complies", fg="green")
    worst = min(found, key=lambda one: one.level.rank)
    return click.style(counted(found), fg=COLOURS[worst.level])


def _headed(ref: str, name: str, state: str, width: int) -> Iterator[str]:
    line = f"{ref} {name}  {state}"
    if len(click.unstyle(line)) <= width:
        yield line
    else:
        first, *rest = _wrapped(name, width, 9) or [""]  # a name may be all blanks
        yield from (f"{ref} {first[9:]}", *rest, f"{'':9}{state}")


def _done(media: Media, value: Report) -> list[str]:
    """What was done to an asset, or would be; nothing after a mere check."""
    output = value.output_of(media)
    if output:
        return [_made(output), *_chosen(output.choice)]
    if value.before is None or value.plan is None:
        return []
    if value.outputs:
        return [click.style("no output", fg="red")]
    steps = [step for step in value.plan.steps if step.media is media and step.recipe]
    return [line for step in steps for line in (_planned(step), *_chosen(step.choice))]


def _chosen(choice: Choice | None) -> Iterator[str]:
    """Why these seconds, and which others there are."""
    if choice:
        yield f"keeps {_option(choice.best)}"
        yield from (f"or {_option(other)}" for other in choice.others)


def _option(option: Option) -> str:
    return f"{option.window.start:.1f}-{option.window.end:.1f} s: {option.reason}"


def _made(output: Output) -> str:
    did = f": {', '.join(output.operations)}" if output.operations else ""
    action = "the very same bytes" if output.action is Action.UNTOUCHED else output.action.value
    score = f"\n   {scored(output.vmaf)}" if output.vmaf else ""
    return f"-> {shown(output.shown)}  {described(output.facts)}\n   {action}{did}{score}"


def scored(vmaf: Vmaf) -> str:
    """What an encode kept of a clip."""
    return f"VMAF {vmaf.mean:.1f} (1st percentile {vmaf.p1:.1f}, lowest {vmaf.min:.1f} of 100)"


def _planned(step: Step) -> str:
    return f"would be {step.action.value}: {', '.join(step.operations)}"


def described(facts: Facts) -> str:
    """One line of facts: size, rate, length, bytes, codec."""
    match facts:
        case VideoFacts():
            parts = [
                _raster(facts.width, facts.height),
                rate(facts.fps) + (" vfr" if facts.vfr else "") if facts.fps else None,
                seconds(facts.duration) if facts.duration is not None else None,
                facts.codec,
                str(facts.hdr.value) if facts.hdr else None,
                "no sound" if facts.audio is None else None,
            ]
        case ImageFacts():
            parts = [_raster(facts.width, facts.height), facts.mode]
        case AudioFacts():
            parts = [
                seconds(facts.duration) if facts.duration is not None else None,
                facts.codec if facts.codec != facts.container else None,
                plural(facts.channels, "channel") if facts.channels else None,
            ]
    return ", ".join(filter(None, [facts.container, *parts, megabytes(facts.bytes)]))


def _raster(width: int | None, height: int | None) -> str | None:
    return f"{width}x{height}" if width and height else None


def findings(found: Sequence[Finding], width: int, *, errors_only: bool = False) -> str:
    """Every finding: level, code, where, what was measured and allowed, what mends it.

    What mends several files is said once, with the last.
    """
    kept = [one for one in found if one.level is Level.ERROR or not errors_only]
    last = {one.remedy: index for index, one in enumerate(kept)}
    said = (
        _finding(one, width, last[one.remedy] == index or one.knob in OWN)
        for index, one in enumerate(kept)
    )
    return "\n".join(said)


def _finding(one: Finding, width: int, with_remedy: bool) -> str:
    level = click.style(f"{one.level.value:8}", fg=COLOURS[one.level], bold=True)
    where = shown(one.where.removesuffix(": "))
    head = f"{level} {one.code} {one.name}"
    if len(click.unstyle(f"{head}  {where}")) > width:
        lines = [head, *_wrapped(where, width, 9)]
    else:
        lines = [f"{head}  {where}".rstrip()]
    lines += _wrapped(one.message, width, 9)
    if one.remedy and with_remedy:
        lines += _wrapped(f"-> {one.remedy}", width, 9)
    return "\n".join(lines)


def totals(value: Report, limits: Limits) -> str:
    """Sums over what would be sent, beside their limits: first in words, then as bars."""
    return "\n".join(_bar(one) for one in bars(value, limits))


def _bar(one: Bar) -> str:
    full = min(CELLS, round(CELLS * one.share))
    over = one.share > 1
    drawn = click.style("#" * full + "." * (CELLS - full), fg="red" if over else None)
    return f"{one.label:14} {one.words:16} [{drawn}]{' over' if over else ''}"


def verdict(value: Report) -> str:
    """The price and whether the request complies."""
    found = counted(value.findings)
    money = f"price {_range(value)}\n" if value.cost else ""
    if value.ok:
        return money + click.style("complies", fg="green", bold=True) + _more(found)
    return money + click.style("does not comply", fg="red", bold=True) + _more(found)


def _more(found: str) -> str:
    return f": {found}" if found else ""


def _range(value: Report) -> str:
    assert value.cost is not None
    low, high = usd(value.cost.low), usd(value.cost.high)
    return low if low == high else f"{low} to {high}"


def price(value: Report, width: int) -> str:
    """The range, then one line per reason."""
    assert value.cost is not None
    lines = [click.style(_range(value), bold=True) + f" for {value.request.endpoint}"]
    for line in value.cost.lines:
        amount = usd(line.amount)
        lines += textwrap.wrap(
            line.what, width, initial_indent=f"{amount:>10}  ", subsequent_indent=" " * 12
        )
    return "\n".join([*lines, *_tokens(value.cost), *_thrift(value.cost, width)])


def _tokens(cost: Cost) -> list[str]:
    """What the service counts."""
    if cost.tokens_low is None or cost.tokens_high is None:
        return []
    low, high = f"{float(cost.tokens_low):,.0f}", f"{float(cost.tokens_high):,.0f}"
    return [f"{'':12}{low if low == high else f'{low} to {high}'} tokens"]


def _thrift(cost: Cost, width: int) -> list[str]:
    """What a second of reference video costs, and how short it must be to cost nothing."""
    if cost.advice is None or cost.reference_second is None:
        return []
    second = f"each second of reference video costs {usd(cost.reference_second)}"
    return ["", *wrapped(f"{second}; {cost.advice}", width).splitlines()]


def wrapped(text: str, width: int) -> str:
    """A sentence in lines."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False))


def step(event: Event) -> str:
    """One event as one line for a log."""
    words = " ".join(
        f"{key}={value}"
        for key, value in event.data.items()
        if isinstance(value, str | int | float)
    )
    return shown(f"{event.type.value} {words}".rstrip())


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    pad = " " * indent
    return [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(
            line, width, initial_indent=pad, subsequent_indent=pad + "   ", break_long_words=False
        )
    ]


def shown(name: str) -> str:
    """A name without what would act on a terminal: controls become visible escapes."""
    return "".join(
        repr(sign)[1:-1] if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else sign
        for sign in name
    )
