"""``batch``: many requests, one line each; can be stopped and taken up again."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.finding import Trust
from ..core.units import usd
from ..errors import UsageError
from . import options, show
from .send import SERVICE

if TYPE_CHECKING:
    from ..batch.results import Tally
    from ..batch.run import Batch, Seen, Written
    from ..choices import Options

TOLD = 0.2
"""Seconds between two states of the progress line."""
RESULTS = "results.jsonl"
TRUSTS = click.Choice([trust.label for trust in Trust])
ACTIONS = ("check", "fix", "upload", "generate")
HELP = ("Probe and judge (the default).", "Make compliant copies.", "Fix and upload.", "All of it.")


def _actions(command: options.Command) -> options.Command:
    for action, said in reversed(list(zip(ACTIONS, HELP, strict=True))):
        flag = click.option(f"--{action}", "action", flag_value=action, help=said)
        command = flag(command)
    return command


@click.command()
@click.argument("manifest", metavar="MANIFEST", shell_complete=options.files)
@_actions
@click.option(
    "--out",
    metavar="DIR",
    shell_complete=options.files,
    help="A folder for every line, and the journal.",
)
@click.option(
    "--results",
    metavar="FILE",
    shell_complete=options.files,
    help="JSON lines, as they finish (DIR/results.jsonl).",
)
@click.option("--allow", type=TRUSTS, default="lossy", show_default=True, help="Trust.")
@click.option(
    "--mend",
    type=click.Choice(["errors", "warnings"]),
    default="errors",
    show_default=True,
    help="What makes a fix touch a file.",
)
@click.option(
    "--profile",
    metavar="NAME|FILE",
    shell_complete=options.files,
    help="Limits by name, or your own as TOML.",
)
@options.default_options
@click.option("--tolerant", is_flag=True, help="Known to be accepted: only a warning.")
@click.option(
    "--allow-private-addresses",
    "private_addresses",
    is_flag=True,
    help="A URL may lead to this machine or its network.",
)
@click.option(
    "--executor",
    type=click.Choice(["threads", "processes", "dask"]),
    help="Where the work runs (threads; dask with one of the two below).",
)
@click.option("--jobs", type=click.IntRange(1, 512), help="Lines worked on at a time.")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="A Dask cluster that is there.")
@click.option("--workers", type=click.IntRange(1, 512), help="A Dask cluster of this machine.")
@click.option("--cache/--no-cache", default=True, help="Remember what was found and made.")
@click.option("--again", is_flag=True, help="Do every line anew; what is paid stays paid.")
@click.option("--resume", is_flag=True, help="Go on where it was: what is done always is kept.")
@SERVICE
@click.option("--max-cost", metavar="USD", help="Send no line that might go above this sum.")
@click.option("--max-failures", type=click.IntRange(0), metavar="N", help="Stop after more.")
@click.option("--rate", metavar="N/min", help="Send so many lines at most (also N/s, N/h).")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before what costs money.")
@options.output_options
def batch(**given: Any) -> int:  # noqa: ANN401
    """Work on many requests: MANIFEST holds one a line, as JSONL, CSV or Parquet.

    Stopped anywhere, the same command goes on where it was. What was paid is never paid twice.
    """
    from ..batch.results import summary
    from ..batch.run import run
    from ..checks import RULES

    chosen = _batch(given)
    with ExitStack() as stack:
        client = None
        if chosen.action.sends:
            from ..client import Client

            client = stack.enter_context(Client(service=given["service"]))
            client.need_key()
        if chosen.action == "generate":
            _agreed(chosen, given)
        written = stack.enter_context(_results(chosen, given))
        seen = stack.enter_context(_progress(given))
        tally, halted = run(chosen, written, seen, client)
    if not given["as_json"] and not given["quiet"]:
        show.say(summary(tally, {one.rule.code: one.rule.name for one in RULES}, halted))
    return _status(tally.worst, halted.status if halted else 0)


def _status(worst: int, halted: int) -> int:
    from ..batch.results import worst as matters

    return matters(worst, halted)


def _batch(given: Mapping[str, Any]) -> Batch:
    from ..batch.line import Action
    from ..batch.run import Batch
    from ..executors import Kind
    from ..submit.spending import amount

    if given["again"] and given["resume"]:
        raise UsageError("--again and --resume exclude each other")
    action = Action(given["action"] or "check")
    dask = given["scheduler"] or given["workers"]
    most = given["max_cost"]
    return Batch(
        manifest=given["manifest"],
        action=action,
        out=given["out"] or (None if action is Action.CHECK else "ready"),
        defaults=options.defaults_of(given),
        options=_options(given),
        kind=Kind(given["executor"] or ("dask" if dask else "threads")),
        jobs=given["jobs"],
        scheduler=given["scheduler"],
        workers=given["workers"],
        again=given["again"],
        cached=given["cache"],
        max_failures=given["max_failures"],
        max_cost=None if most is None else amount(most, "--max-cost"),
        gap=_gap(given["rate"]),
    )


def _options(given: Mapping[str, Any]) -> Options:
    from ..choices import Options, profile_of

    return Options(
        allow=options.trust_of(given["allow"]),
        mend=options.level_of(given["mend"]),
        tolerant=given["tolerant"],
        private_addresses=given["private_addresses"],
        profile=profile_of(given["profile"]),
    )


def _gap(rate: str | None) -> float:
    """``30/min`` -> 2.0 seconds."""
    if rate is None:
        return 0.0
    number, _, unit = rate.partition("/")
    seconds = {"s": 1, "min": 60, "m": 60, "h": 3600, "": 60}.get(unit.strip())
    try:
        count = float(number)
    except ValueError:
        count = 0.0
    if seconds is None or not 0 < count < 1e6:
        raise UsageError(f"--rate {rate} is not a number of lines a time, such as 30/min")
    return seconds / count


def _agreed(chosen: Batch, given: Mapping[str, Any]) -> None:
    """Ask before money is spent; the local service costs none."""
    if given["service"] == "local" or given["yes"]:
        return
    most = f"up to {usd(chosen.max_cost)}" if chosen.max_cost is not None else "without a limit"
    if not sys.stdin.isatty() or given["as_json"]:
        raise UsageError(f"this spends money, {most}; say --yes to agree (and --max-cost USD)")
    click.confirm(f"This spends money, {most}. Begin?", abort=True, err=True)


@contextmanager
def _results(chosen: Batch, given: Mapping[str, Any]) -> Iterator[Written]:
    """Where each result goes: the file, and with ``--json`` stdout."""
    name = given["results"] or (str(Path(chosen.out) / RESULTS) if chosen.out else None)
    if name and _same(name, chosen.manifest):
        raise UsageError("--results is the manifest itself, which it would replace")
    with ExitStack() as stack:
        file: Any = None

        def written(document: dict[str, Any]) -> None:
            nonlocal file
            if name and name != "-":
                file = file or stack.enter_context(_opened(Path(name)))
                file.write(json.dumps(document, ensure_ascii=True) + "\n")
                file.flush()
            if given["as_json"] or name == "-":
                show.line(document)
            if given["verbose"] and document["type"] == "line":
                click.echo(_said(document), err=True)

        yield written


def _same(one: str, other: str) -> bool:
    """Whether both names lead to one file that is there."""
    return Path(one).exists() and Path(other).exists() and Path(one).samefile(other)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Begun anew: what was done before is told again, from the journal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as file:
        yield file


@contextmanager
def _progress(given: Mapping[str, Any]) -> Iterator[Seen]:
    """One line on a terminal that changes; nothing elsewhere."""
    if given["quiet"] or not sys.stderr.isatty():
        yield lambda _: None
        return
    shown = 0.0

    def seen(tally: Tally) -> None:
        nonlocal shown
        if time.monotonic() - shown > TOLD:
            shown = time.monotonic()
            click.echo(f"\r\x1b[2K{_line(tally)}", nl=False, err=True)

    try:
        yield seen
    finally:
        click.echo("\r\x1b[2K", nl=False, err=True)


def _said(document: Mapping[str, Any]) -> str:
    """A line's end in a few words."""
    from ..report.text import shown

    error = document.get("error") or {"message": "known" if document["kept"] else ""}
    return shown(f"line {document['line']}: {document['state']} {error['message']}".rstrip())


def _line(tally: Tally) -> str:
    """How far it is: ``1,204 of 10,000 lines, 32/s, 4:35 left, 12 bad, $3.10``."""
    of = f" of {tally.total:,}" if tally.total else ""
    parts = [f"{tally.done:,}{of} lines", f"{tally.rate:.1f}/s"]
    if tally.left is not None:
        minutes, seconds = divmod(round(tally.left), 60)
        parts.append(f"{minutes}:{seconds:02} left")
    if tally.bad:
        parts.append(f"{tally.bad:,} bad")
    if tally.high:
        parts.append(usd(Decimal(tally.high)))
    width = shutil.get_terminal_size((80, 24)).columns
    return ", ".join(parts)[: width - 1]
