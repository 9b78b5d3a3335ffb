"""``runs``, ``resume``, ``cancel``: what was sent before, also by another process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import options, show

if TYPE_CHECKING:
    from ..core.run import Run

LATEST = 50
ALL = -1
"""No limit, in sqlite's words."""


@click.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
@click.option("--export", is_flag=True, help="Every run there is, as JSON (else the latest 50).")
def runs(run: str | None, as_json: bool, export: bool) -> None:
    """Show what was sent and what came back: all runs, or one."""
    from ..report import runs as pages
    from ..submit.ledger import open_ledger

    with open_ledger() as ledger:
        if run is not None:
            chosen = ledger.run(run)
            if as_json or export:
                show.line(pages.document(chosen))
            else:
                show.say(pages.page(chosen, os.path.relpath))
            return
        found = ledger.runs(ALL if export else LATEST)
    if as_json or export:
        show.line({"runs": [pages.document(one) for one in found]})
    else:
        show.say(pages.listing(found))


@click.command()
@click.argument("run")
@click.option(
    "--download",
    metavar="FILE",
    shell_complete=options.files,
    help="Where the video goes; else where it was to go.",
)
@click.option("--timeout", type=float, metavar="SECONDS", help="Stop waiting; the job goes on.")
@click.option(
    "--submit-again", is_flag=True, help="Pay once more for a run that the service does not list."
)
@click.option(
    "--request-id", metavar="ID", help="The service's id of it, where the answer was lost."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--quiet", "-q", is_flag=True)
@click.option("--verbose", "-v", is_flag=True)
def resume(run: str, download: str | None, **given: Any) -> int:  # noqa: ANN401
    """Take up a run again: follow it, fetch its video.

    Nothing is submitted a second time without --submit-again.
    """
    from ..client import Client
    from .send import telling

    with (
        show.progress(given) as bars,
        telling(given, bars) as told,
        Client.of_run(run) as client,
    ):
        result = client.resume(
            run,
            download or _place(client.ledger.run(run)),
            timeout=given["timeout"],
            submit_again=given["submit_again"],
            request_id=given["request_id"],
            on_event=told,
        )
    if not given["as_json"]:
        show.say(f"{result.path}\nrequest {result.request_id}, run {result.run}")
    return 0


def _place(run: Run) -> str:
    """Where the run's video was to go: there lies what a killed download has left of it."""
    if run.target and Path(run.target).parent.is_dir():
        return os.path.relpath(run.target)
    return f"{run.id}.mp4"


@click.command()
@click.argument("run")
def cancel(run: str) -> None:
    """Cancel a run. A job that already runs may still finish, and be charged."""
    from ..client import Client

    with Client.of_run(run) as client:
        show.say(client.cancel(run))
