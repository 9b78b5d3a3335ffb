"""``check --each``, ``--sarif``, ``--junit``: what CI and hooks read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from ..choices import Options
from ..core.event import Event, drain
from ..core.media import Media
from ..core.outcome import Report
from ..core.request import Request
from ..errors import OutputError, UsageError
from ..private import put
from ..process import Leash, ending, leash
from . import options, show

ALONE = ("FIL", "IMG", "VID", "AUD")
"""Families of rules about one file, whatever request it goes into."""

Given = Mapping[str, Any]


def ci_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--each``, ``--sarif``, ``--junit``."""
    for one in reversed(
        (
            click.option(
                "--each", is_flag=True, help="Judge each file by itself, not as one request."
            ),
            click.option(
                "--sarif",
                metavar="FILE",
                shell_complete=options.files,
                help="Also write SARIF 2.1.0 (- for stdout).",
            ),
            click.option(
                "--junit",
                metavar="FILE",
                shell_complete=options.files,
                help="Also write JUnit XML (- for stdout).",
            ),
        )
    ):
        command = one(command)
    return command


def checked_targets(given: Given) -> None:
    """Refuse at once what cannot be written in the end. Raises ``UsageError``, ``OutputError``."""
    if [given["sarif"], given["junit"], "-" if given["as_json"] else ""].count("-") > 1:
        raise UsageError("only one of --json, --sarif - and --junit - can go to stdout")
    for option in ("sarif", "junit"):
        target = given[option]
        if not target or target == "-":
            continue
        if Path(target).is_dir() or not Path(target).absolute().parent.is_dir():
            raise OutputError(f"--{option} {target}: is a folder, or there is none to put it in")
        if any(_same(target, one) for one in given["assets"]):
            raise UsageError(f"--{option} {target}: is a file of the request; give another name")


def _same(target: str, asset: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return Path(target).samefile(asset)
    return False


def each(
    request: Request, options: Options, told: Callable[[Event], None] | None
) -> tuple[Report, ...]:
    """Every file as a request of its own; what only a request as a whole can break is left out."""
    from ..core.refs import numbered
    from ..judging import judging
    from ..pipeline import reading

    if request.prompt is not None:
        raise UsageError("--each judges files by themselves: leave the prompt out")

    def one(media: Media) -> Report:
        alone = replace(request, images=(), videos=(), audio=(), assets=(media.asset,))
        report = drain(judging(alone, numbered([media]), options, look=False), told)
        kept = (found for found in report.findings if found.code.startswith(ALONE))
        # Which image of a request it would be is not known.
        return replace(report, findings=tuple(replace(found, ref=None) for found in kept))

    with ExitStack() as stack:
        found = drain(reading(request, options, stack, whole=False), told)
        return tuple(_at_once(one, found, options.jobs))


def _at_once(
    work: Callable[[Media], Report], found: Sequence[Media], jobs: int
) -> Iterator[Report]:
    held = Leash()
    with ThreadPoolExecutor(jobs) as pool, held.pulled_on_error(), ending(held.pull):
        context = copy_context()
        context.run(leash.set, held)
        yield from pool.map(lambda one: context.copy().run(work, one), found)


def written(reports: Sequence[Report], given: Given) -> bool:
    """Write what was asked for; whether one of them took stdout."""
    made = (("sarif", _sarif), ("junit", partial(_junit, alone=given["each"])))
    for option, make in made:
        if given[option]:
            _put(option, given[option], make(reports))
    return "-" in (given["sarif"], given["junit"])


def _sarif(reports: Sequence[Report]) -> str:
    import json

    from .. import __version__
    from ..checks import RULES
    from ..limits import load
    from ..report import rules, sarif

    limits = reports[0].profile or load(reports[0].request.endpoint)
    pages = [(judge.rule, rules.page(judge.rule, limits)) for judge in RULES]
    document = sarif.document(reports, pages, __version__, _near)
    return json.dumps(document, indent=1) + "\n"


def _junit(reports: Sequence[Report], *, alone: bool) -> str:
    from ..report import junit

    return junit.document(reports, alone=alone)


def _near(path: str) -> str:
    """From the folder of the call where it lies in it; as it was given where it does not."""
    with contextlib.suppress(ValueError):
        near = os.path.relpath(path)
        return path if near.startswith(os.pardir) else near
    return path


def _put(option: str, target: str, text: str) -> None:
    if target == "-":
        click.echo(text, nl=False)
        return
    try:
        put(Path(target), text.encode())
    except OSError as error:
        raise OutputError(f"--{option} {target}: cannot be written: {error.strerror}") from error


def shown(reports: Sequence[Report], given: Given) -> None:
    """The report of a request, or of every file, for people or as JSON."""
    if given["each"]:
        _each_shown(reports, given)
    else:
        show.report(reports[0], given)


def _each_shown(reports: Sequence[Report], given: Given) -> None:
    from .. import __version__
    from ..core.units import plural
    from ..report import text
    from ..report.document import FORMAT, report_document

    good = sum(one.ok for one in reports)
    if given["as_json"]:
        documents = [report_document(one, __version__) for one in reports]
        show.line({"format": FORMAT, "ok": good == len(reports), "each": documents})
        return
    for one in reports:
        if one.findings and not (given["quiet"] and one.ok):
            show.say(text.findings(one.findings, show.width(), errors_only=given["quiet"]))
    if not given["quiet"]:
        show.say(f"{good} of {plural(len(reports), 'file')} can be sent")
