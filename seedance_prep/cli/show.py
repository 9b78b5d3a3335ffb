"""The answer on stdout; progress and logs on stderr, bars only on a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from ..core.event import Event, EventType
from ..core.outcome import Report
from ..core.units import megabytes
from ..fixes.progress import Pace
from ..limits import load
from ..report import prices, text
from ..report.document import report_document

if TYPE_CHECKING:
    from ..core.offers import Offer
    from ..submit.prices import Comparison

MADE = ("remuxed", "copied", "encoded")
"""What the plan does to a file that is made anew."""

Told = Callable[[Event], None]
Rated = Callable[[float], str] | None
Given = Mapping[str, Any]


def report(value: Report, given: Given) -> None:
    """A report as JSON or for people."""
    if given["as_json"]:
        line(report_document(value, __version__))
    elif not given["quiet"]:
        limits = value.profile or load(value.request.endpoint)
        say(text.report(value, limits, width()))
    elif not value.ok:
        say(text.findings(value.findings, width(), errors_only=True))


def failed(value: Report, given: Given) -> None:
    """A request that cannot be sent: a last JSON line of type ``failed``, or the report."""
    if given["as_json"]:
        line({"type": EventType.FAILED.value, **report_document(value, __version__)})
    else:
        report(value, given)


def price(
    value: Report, given: Given, offers: Sequence[Offer] = (), live: Comparison | None = None
) -> None:
    """A price as JSON or for people, with what it is compared to."""
    if given["as_json"]:
        line(report_document(value, __version__) | _compared(offers, live))
        return
    if value.cost:
        say(text.price(value, width()))
    if live:
        say("\n" + text.wrapped(live.says, width()))
    if offers:
        say("\n" + prices.table(offers))
    if not value.ok:
        say("\n" + text.findings(value.findings, width(), errors_only=True))


def _compared(offers: Sequence[Offer], live: Comparison | None) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if offers:
        document["compare"] = [prices.offer_document(one) for one in offers]
    if live:
        document["live"] = {"same": live.same, "says": live.says}
    return document


def nobody_reads() -> None:
    """The reader of stdout has gone: what is still said there goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def line(document: Mapping[str, Any]) -> None:
    """One JSON object on one line; in ASCII where stdout cannot carry a name as it is."""
    text = json.dumps(document, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:  # also a name of undecodable bytes: they stand as lone surrogates
        text = json.dumps(document)
    click.echo(text)


def say(styled: str) -> None:
    """Text for people; colours only where they can be seen and are wanted."""
    plain = "NO_COLOR" in os.environ or not sys.stdout.isatty()
    shown = click.unstyle(styled) if plain else styled
    encoding = sys.stdout.encoding or "ascii"
    click.echo(shown.encode(encoding, "backslashreplace").decode(encoding), color=not plain)


def width() -> int:
    """Columns of the terminal, at least 60 and at most 120."""
    return max(60, min(120, shutil.get_terminal_size((80, 24)).columns))


def log(given: Given) -> Told | None:
    """Each step on stderr with ``--verbose``; nothing otherwise."""
    if not given["verbose"]:
        return None
    return lambda event: click.echo(text.step(event), err=True)


@contextmanager
def progress(given: Given) -> Iterator[Told | None]:
    """Bars on a terminal, log lines with ``--verbose``, silence otherwise."""
    told = log(given)
    if told or given["quiet"] or not sys.stderr.isatty():
        yield told
        return
    with _bars() as told:
        yield told


@contextmanager
def _bars() -> Iterator[Told]:
    """A line per file (share done, time left), and one for all of them where there are several."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description:24}", markup=False),
        BarColumn(20),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[left]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Lines(bars).told


class Lines:
    """The lines of a progress display, fed by events."""

    def __init__(
        self,
        bars: Any,  # noqa: ANN401 - rich is imported late
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show them in ``bars``, a ``rich.progress.Progress``."""
        self._bars = bars
        self._clock = clock
        self._paces: dict[str, Pace] = {}
        self._tasks: dict[str, Any] = {}
        self._works: dict[str, Work] = {}
        self._seconds: dict[str, float | None] = {}

    def told(self, event: Event) -> None:
        """Take one event; those that have no length are passed over."""
        self._foretold(event)
        share = _share(event)
        if share is None:
            return
        kind, ref = event.type.value, str(event.data.get("ref") or "")
        amount = event.data.get("total") or self._seconds.get(ref)
        work = self._works.setdefault(kind, Work(self._clock))
        work.shares[ref], work.amounts[ref] = share, amount
        label = f"{kind} {ref}".strip()
        if "seconds_left" in event.data:
            left = event.data["seconds_left"]
        else:
            left = self._paces.setdefault(label, Pace(self._clock)).left(share)
        work.lefts[ref] = left or 0.0
        if len(work.shares) > 1:
            self._show(f"{kind} all", work.done, work.left(), _rated(kind, work.amount))
        self._show(label, share, left, _rated(kind, amount))

    def _foretold(self, event: Event) -> None:
        """Note how long files are, and which of them will be worked on."""
        ref = str(event.data.get("ref"))
        if event.type is EventType.PROBED:
            self._seconds[ref] = (event.data.get("facts") or {}).get("duration")
        if event.type is EventType.PLANNED and event.data.get("action") in MADE:
            if window := event.data.get("window"):
                self._seconds[ref] = window[1] - window[0]
            work = self._works.setdefault(EventType.FIXING.value, Work(self._clock))
            work.shares[ref], work.amounts[ref] = 0.0, self._seconds.get(ref)

    def _show(self, label: str, share: float, left: float | None, rated: Rated) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=1.0, left="")
        said = _left(share, left)
        if rated and left and share < 1:
            said += f", {rated((1 - share) / left)}"
        self._bars.update(self._tasks[label], completed=share, left=said)


class Work:
    """Several files that are worked on together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """None is known yet."""
        self.shares: dict[str, float] = {}
        self.amounts: dict[str, float | None] = {}
        """Bytes or seconds of each; ``None`` of a picture."""
        self.lefts: dict[str, float] = {}
        """Seconds that each still takes; 0 where that is not known yet."""
        self._pace = Pace(clock)

    def left(self) -> float | None:
        """Seconds that all of it still takes: never less than any one of them."""
        paced = self._pace.left(self.done)
        return None if paced is None else max(paced, *self.lefts.values())

    @property
    def amount(self) -> float | None:
        """Bytes or seconds of all; ``None`` where that of one is unknown."""
        known = [one for one in self.amounts.values() if one]
        return sum(known) if len(known) == len(self.shares) else None

    @property
    def done(self) -> float:
        """Share of all of it: by their bytes or seconds, or each file counted alike."""
        if whole := self.amount:
            parts = (self.shares[ref] * (one or 0) for ref, one in self.amounts.items())
            return sum(parts) / whole
        return sum(self.shares.values()) / len(self.shares)


def _rated(kind: str, amount: float | None) -> Rated:
    """Says a rate, given the share of ``amount`` that is done in a second."""
    if not amount:
        return None
    if kind == EventType.FIXING.value:
        return lambda share: f"{amount * share:.1f}x"
    return lambda share: f"{megabytes(round(amount * share))}/s"


def _left(share: float, seconds: float | None) -> str:
    if share >= 1:
        return "done"
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} left"


def _share(event: Event) -> float | None:
    """How much of a step is done, 0 to 1; ``None`` for events that have no length."""
    if event.type is EventType.FIXING:
        return float(event.data["progress"])
    if event.type is EventType.UPLOADING and event.data.get("total"):
        return float(event.data["bytes"]) / float(event.data["total"])
    return None
