"""``profiles``: the limits as data: which there are, where two differ, what the service changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import AnswerError, UsageError
from . import show
from .about import JSON

if TYPE_CHECKING:
    from ..core.drift import Drift
    from ..core.limits import Limits


EXIT_CODE = click.option("--exit-code", is_flag=True, help="End 1 when something differs.")


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def profiles(ctx: click.Context, as_json: bool) -> None:
    """List the limits of each endpoint: their date, and how sure each number is.

    A profile is named by its NAME, its endpoint, or a TOML FILE of your own.
    """
    if ctx.invoked_subcommand:
        return
    from ..limits import names, profile
    from ..report import profiles as pages

    found = [profile(name) for name in names()]
    if as_json:
        show.line({"profiles": [pages.summary(one) for one in found]})
    else:
        show.say(pages.listing(found))


@profiles.command("show")
@click.argument("name")
@JSON
def show_one(name: str, as_json: bool) -> None:
    """Every number of one profile, with its source."""
    from ..limits import profile
    from ..report import profiles as pages

    found = profile(name)
    if as_json:
        show.line(pages.document(found))
    else:
        show.say(pages.page(found))


@profiles.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@EXIT_CODE
@JSON
def diff(one: str, other: str, as_json: bool, exit_code: bool) -> int:
    """Where two profiles differ: value and source of each."""
    from ..core.drift import differences
    from ..limits import profile
    from ..report import profiles as pages

    found = differences(profile(one), profile(other))
    if as_json:
        show.line({"differences": [pages.difference_document(each) for each in found]})
    else:
        show.say(pages.differences(found) if found else "no difference")
    return 1 if found and exit_code else 0


@profiles.command()
@click.argument("document", metavar="OPENAPI.json", required=False)
@click.option("--profile", "name", default="fast", show_default=True, metavar="NAME|FILE")
@click.option("--service", default="fal", metavar="fal|URL", help="Who is asked without a file.")
@EXIT_CODE
@JSON
def drift(document: str | None, name: str, service: str, as_json: bool, exit_code: bool) -> int:
    """What the endpoint's OpenAPI document says otherwise than its profile.

    Without a file, the document is fetched (no key is sent).
    """
    from ..core.drift import drifted
    from ..limits import profile
    from ..report import profiles as pages

    limits = profile(name)
    if document:
        found = _drifted(document, limits)
    else:
        found = drifted(_fetched(limits.endpoint, service), limits)
    if as_json:
        show.line(
            {"endpoint": limits.endpoint, "drift": [pages.drift_document(one) for one in found]}
        )
    else:
        show.say(pages.drift(found) if found else f"{limits.endpoint} is as its profile says")
    return 1 if found and exit_code else 0


def _drifted(name: str, limits: Limits) -> tuple[Drift, ...]:
    """A file that is no such document is a call that makes no sense, not a fault of the service."""
    from ..core.drift import drifted

    try:
        return drifted(_read(name), limits)
    except AnswerError as error:
        raise UsageError(f"{name}: {error}") from None


def _read(name: str) -> Any:  # noqa: ANN401 - a foreign document
    try:
        return json.loads(Path(name).read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{name} is no JSON document") from None


def _fetched(endpoint: str, service: str) -> Any:  # noqa: ANN401 - a foreign document
    from ..submit.access import service_of
    from ..submit.prices import openapi
    from ..wire import Wire

    with Wire(service=service_of(service)) as wire:
        return openapi(wire, endpoint)
