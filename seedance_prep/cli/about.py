"""``rules``, ``doctor``, ``local``, ``demo``: what the tool is and what it stands on."""

from __future__ import annotations

from pathlib import Path

import click

from ..core.request import DEFAULT_ENDPOINT
from . import show

JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.command()
@click.argument("code", required=False)
@click.option("--endpoint", default=DEFAULT_ENDPOINT, help="Whose numbers to show.")
@JSON
def rules(code: str | None, endpoint: str, as_json: bool) -> None:
    """List every rule, or show the page of one (by code or name)."""
    from ..checks import RULES, rule_of
    from ..limits import load
    from ..report import rules as pages

    limits = load(endpoint)
    if code is None:
        chosen = [judge.rule for judge in RULES]
        if as_json:
            show.line({"rules": [pages.document(rule, limits) for rule in chosen]})
        else:
            show.say(pages.listing(chosen))
        return
    rule = rule_of(code).rule
    if as_json:
        show.line(pages.document(rule, limits))
    else:
        show.say(pages.page(rule, limits))


@click.command()
@click.option("--service", default="fal", metavar="fal|URL", help="The service to reach.")
@JSON
def doctor(service: str, as_json: bool) -> int:
    """Say what this machine has: ffmpeg, codecs, MediaInfo, key, containment, service.

    Ends 3 when something that every job needs is missing.
    """
    from .. import doctor as examination

    facts = examination.examine(service)
    if as_json:
        show.line({"ok": examination.healthy(facts), "facts": [fact.document() for fact in facts]})
    else:
        show.say("\n".join(fact.line() for fact in facts))
    return 0 if examination.healthy(facts) else 3


@click.command()
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[=N]",
    help="Misbehave (N times; also chance=0.3, seed=7).",
)
def local(port: int, faults: tuple[str, ...]) -> None:
    """Run the local service in the foreground until Ctrl-C.

    The first line on stdout is its address. It speaks fal's protocol on loopback and needs no key.
    """
    from ..local import parse_faults, run

    run(port, parse_faults(list(faults)), on_ready=click.echo)


@click.command()
@click.option("--out", default="seedance-demo", metavar="DIR", help="Where the files go.")
def demo(out: str) -> None:
    """Run the whole job on sample media against the local service: no key, no network."""
    from .. import demo as showcase

    path = showcase.run(Path(out), show.say, show.width())
    show.say(f"\nThe video is {path}")
