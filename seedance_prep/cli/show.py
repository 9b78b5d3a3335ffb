"""The answer on stdout; progress and logs on stderr, bars only on a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from .. import __version__
from ..core.event import Event, EventType
from ..core.outcome import Report
from ..limits import load
from ..report import text
from ..report.document import report_document

Told = Callable[[Event], None]
Given = Mapping[str, Any]


def report(value: Report, given: Given) -> None:
    """A report as JSON or for people."""
    if given["as_json"]:
        line(report_document(value, __version__))
    elif not given["quiet"]:
        limits = load(value.request.endpoint)
        say(text.report(value, limits, width()))
    elif not value.ok:
        say(text.findings(value.findings, width(), errors_only=True))


def failed(value: Report, given: Given) -> None:
    """A request that cannot be sent: a last JSON line of type ``failed``, or the report."""
    if given["as_json"]:
        line({"type": EventType.FAILED.value, **report_document(value, __version__)})
    else:
        report(value, given)


def price(value: Report, given: Given) -> None:
    """A price as JSON or for people."""
    if given["as_json"]:
        line(report_document(value, __version__))
        return
    if value.cost:
        say(text.price(value, width()))
    if not value.ok:
        say("\n" + text.findings(value.findings, width(), errors_only=True))


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
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:24}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def told(event: Event) -> None:
            share = _share(event)
            if share is None:
                return
            label = f"{event.type.value} {event.data.get('ref') or ''}".strip()
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=1.0)
            bars.update(tasks[label], completed=share)

        yield told


def _share(event: Event) -> float | None:
    """How much of a step is done, 0 to 1; ``None`` for events that have no length."""
    if event.type is EventType.FIXING:
        return float(event.data["progress"])
    if event.type is EventType.UPLOADING and event.data.get("total"):
        return float(event.data["bytes"]) / float(event.data["total"])
    return None
