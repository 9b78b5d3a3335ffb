"""``upload`` and ``generate``: what leaves this machine, and what costs money."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.event import Event, EventType, drain, failed
from ..core.outcome import Ready, Report
from ..core.request import Request
from ..core.units import usd
from ..errors import PrepError, UsageError
from ..report import text
from . import options, pages, show
from .media import fix_choices

if TYPE_CHECKING:
    from decimal import Decimal

    from ..client import Client

SERVICE = click.option(
    "--service", default="fal", show_default=True, metavar="fal|local|URL", help="Where to."
)


def fixed(request: Request, given: dict[str, Any], told: show.Told | None) -> Report:
    """The request, fixed as the command line says."""
    from .. import pipeline
    from ..choices import need_sendable

    chosen = fix_choices(given)
    need_sendable(chosen.profile)
    return drain(pipeline.fixing(request, Path(given["out"]), chosen), told)


@click.command()
@options.request_options
@options.output_options
@options.fix_options
@SERVICE
def upload(**given: Any) -> int:  # noqa: ANN401
    """Fix and upload; print the arguments object for any fal client.

    Nothing is submitted and nothing is charged.
    """
    from ..client import Client

    request = options.request_of(given, needs_prompt=True)
    page = _page(request, given)
    with Client(service=given["service"]) as client, show.progress(given) as told:
        client.need_key()
        report = fixed(request, given, told)
        if isinstance(report, Ready):
            arguments = client.upload(report, on_event=told)
            report = replace(report, arguments=arguments)
    if report.arguments is not None and not given["as_json"]:
        show.line(dict(report.arguments))
    else:
        show.report(report, given)
    if page:
        page.write(report)
    return 0 if report.ok else 1


@click.command()
@options.request_options
@options.output_options
@options.fix_options
@SERVICE
@click.option("--max-cost", metavar="USD", help="Stop before the upload above this price.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before what costs money.")
@click.option("--webhook", metavar="URL", help="The service calls this when the job ends.")
@click.option("--start-timeout", type=float, metavar="SECONDS", help="Give up a job that waits.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Stop waiting; the job goes on.")
@click.option("--submit-again", is_flag=True, help="Pay though the same request was sent.")
@click.option("--wait/--no-wait", default=True, help="Follow the job to its end.")
@click.option(
    "--download", metavar="FILE", shell_complete=options.files, help="Where the video goes."
)
@click.option("--dry-run", is_flag=True, help="Stop before the first upload.")
def generate(**given: Any) -> int:  # noqa: ANN401
    """Check, fix, price, upload, submit once, wait, download the video.

    The paid request is sent exactly once; every step is in the ledger (`runs`).
    """
    from ..client import Client

    with show.progress(given) as bars, telling(given, bars) as told:
        request = options.request_of(given, needs_prompt=True)
        most = _sensible(request, given)
        page = _page(request, given)
        with Client(service=given["service"]) as client:
            return _generated(client, request, most, page, given, told)


def _generated(
    client: Client,
    request: Request,
    most: Decimal | None,
    page: pages.Page | None,
    given: dict[str, Any],
    told: show.Told | None,
) -> int:
    if not given["dry_run"]:
        client.need_key()
        client.ledger.need_room()  # what cannot be written down is not worth minutes of work
    report = fixed(request, given, told)
    if page:
        page.write(report)  # there also when nothing is sent
    if not isinstance(report, Ready):
        show.failed(report, given)
        return 1
    _target_checked(request, given)
    client.allowed(report, most)
    if given["dry_run"]:
        if not given["as_json"]:
            show.report(report, given)
        return 0
    _agreed(client, report, given)
    with _written(page, client, report) as runs:
        return _sent(client, report, runs, given, told)


@contextmanager
def _written(page: pages.Page | None, client: Client, report: Ready) -> Iterator[list[str]]:
    """A list for the run's id; the page says what became of that run, however it ends."""
    runs: list[str] = []
    try:
        yield runs
    except PrepError as error:
        if run := getattr(error, "run", None):
            runs.append(run)
        raise
    finally:
        if page and runs:
            page.write(report, client.ledger.run(runs[0]))


def _page(request: Request, given: dict[str, Any]) -> pages.Page | None:
    return pages.page_of(given, request, fix_choices(given).jobs)


def _sent(
    client: Client,
    report: Ready,
    runs: list[str],
    given: dict[str, Any],
    told: show.Told | None,
) -> int:
    job = client.submit(
        report,
        webhook=given["webhook"],
        start_timeout=given["start_timeout"],
        submit_again=given["submit_again"],
        download=given["download"],
        on_event=told,
    )
    if job.run:
        runs.append(job.run)
    if not given["wait"]:
        if not given["as_json"]:
            show.say(f"submitted as {job.request_id}; `seedance-prep resume {job.run}` follows it")
        return 0
    target = given["download"] or str(Path(given["out"]) / f"{job.run}.mp4")
    result = client.finish(job, target, timeout=given["timeout"], on_event=told)
    if not given["as_json"]:
        show.say(f"{target}\nrequest {result.request_id}, run {job.run}")
    return 0


@contextmanager
def telling(given: Mapping[str, Any], bars: show.Told | None) -> Iterator[show.Told | None]:
    """The bars, and with ``--json`` one object a line, the last of an error of type ``failed``."""
    if not given["as_json"]:
        yield bars
        return
    lines = Lines(bars)
    try:
        yield lines
    except PrepError as error:
        if not lines.failed:
            lines(failed(error, run=getattr(error, "run", None)))
        raise


@dataclass
class Lines:
    """One JSON object a line on stdout, and the bars too."""

    bars: show.Told | None
    failed: bool = False
    """Whether the last line has been told already."""

    def __call__(self, event: Event) -> None:
        """Tell an event."""
        self.failed = event.type is EventType.FAILED
        try:
            show.line({"type": event.type.value, **event.data})
        except BrokenPipeError:  # a paid job goes on when nobody listens any more
            show.nobody_reads()
        if self.bars:
            self.bars(event)


def _sensible(request: Request, given: dict[str, Any]) -> Decimal | None:
    """Refuse at once what would be refused after the fix, or after the money; give the limit."""
    from ..core.job import Terms
    from ..submit.access import LOCAL
    from ..submit.once import check_terms
    from ..submit.spending import amount

    most = None if given["max_cost"] is None else amount(given["max_cost"], "--max-cost")
    check_terms(Terms(webhook=given["webhook"], start_timeout=given["start_timeout"]))
    if given["service"] == LOCAL and not given["wait"]:
        raise UsageError(
            "--service local ends with this call and takes its jobs along: leave --no-wait away, or"
            " start `seedance-prep local` and give its address as --service"
        )
    if given["download"] and not given["wait"]:
        raise UsageError("--download needs the end of the job: leave --no-wait away")
    target = given["download"]
    if target and Path(given["out"]) not in Path(target).parents:  # fix makes that folder
        _target_checked(request, given)
    return most


def _target_checked(request: Request, given: dict[str, Any]) -> None:
    from ..submit.download import check_target

    if given["download"]:
        sources = [Path(one.source) for one in request.entries() if not one.remote]
        check_target(Path(given["download"]), sources)


def _agreed(client: Client, report: Ready, given: dict[str, Any]) -> None:
    """Ask before money is spent, and say when it was spent on the same before.

    The local service costs none.
    """
    if given["service"] == "local":
        return
    from ..submit.spending import paid_before

    low, high = (usd(report.cost.low), usd(report.cost.high)) if report.cost else ("?", "?")
    earlier = None if given["submit_again"] else client.earlier(report)
    again = f"{paid_before(earlier)}; " if earlier else ""
    if given["yes"]:
        if again:
            click.echo(f"seedance-prep: {again}it is paid, as --yes says", err=True)
        return
    if not sys.stdin.isatty() or given["as_json"]:
        raise UsageError(f"{again}this costs {low} to {high}; say --yes to agree")
    if names := text.prompt(report, show.width()):
        click.echo(f"{names}\n", err=True)
    click.confirm(f"{again}this costs {low} to {high}. Send it?", abort=True, err=True)
