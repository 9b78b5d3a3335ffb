"""Options that several commands share, and how they become a request."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..core.document import request_from
from ..core.finding import Level, Trust
from ..core.outcome import Verify
from ..core.request import Asset, Metadata, Request, Source, parse_asset
from ..errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ..cache import Cache

Command = TypeVar("Command", bound=Callable[..., Any])

TEXT = str
PARAMETERS: tuple[tuple[str, Any, str], ...] = (
    ("--resolution", TEXT, "480p or 720p (standard tier: also 1080p, 4k)."),
    ("--duration", TEXT, "auto, or 4 to 15 seconds."),
    ("--aspect-ratio", TEXT, "auto, 21:9, 16:9, 4:3, 1:1, 3:4 or 9:16."),
    ("--seed", int, "Sent as given; it may have no effect."),
    ("--end-user-id", TEXT, "Id of your end user, when the account needs one."),
    ("--bitrate-mode", TEXT, "standard or high."),
)


CHOICES = (
    "endpoint",
    "generate_audio",
    *(name[2:].replace("-", "_") for name, _, _ in PARAMETERS),
)
"""Names under which click gives them."""


def files(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of files and folders, which the shell completes by itself."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(typed, type="file")]


def _stacked(command: Command, decorators: Sequence[Callable[[Any], Any]]) -> Command:
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def request_options(command: Command) -> Command:
    """ASSETs and everything that makes the request, as ``check`` and all after it take it."""
    return _stacked(
        command,
        [
            click.argument("assets", nargs=-1, metavar="ASSET...", shell_complete=files),
            click.option("--prompt", help="What shall be made of the references."),
            click.option(
                "--prompt-file",
                help="Read the prompt from a file.",
                metavar="FILE",
                shell_complete=files,
            ),
            click.option(
                "--request",
                "document",
                metavar="FILE.json",
                shell_complete=files,
                help="All as one document.",
            ),
            click.option("--endpoint", help="The endpoint's id (default: the fast tier)."),
            click.option(
                "--profile",
                metavar="NAME|FILE",
                shell_complete=files,
                help="Limits by name, or your own as TOML.",
            ),
            *(click.option(name, type=kind, help=text) for name, kind, text in PARAMETERS),
            click.option(
                "--generate-audio/--no-generate-audio", default=None, help="Sound or none."
            ),
            click.option(
                "--loudness", type=float, metavar="LUFS", help="Bring all sounds to this, e.g. -16."
            ),
            click.option("--tolerant", is_flag=True, help="Known to be accepted: only a warning."),
            click.option(
                "--allow-private-addresses",
                "private_addresses",
                is_flag=True,
                help="A URL may lead to this machine or its network.",
            ),
            click.option(
                "--cache/--no-cache",
                "cached",
                default=False,
                help="Keep what is found and made, and take what is known from there.",
            ),
        ],
    )


def default_options(command: Command) -> Command:
    """What lines of a manifest ask for that do not say so themselves."""
    return _stacked(
        command,
        [
            click.option("--prompt", help="Of lines that have none; what follows alike."),
            click.option("--endpoint", help="The endpoint's id (default: the fast tier)."),
            *(click.option(name, type=kind, help=text) for name, kind, text in PARAMETERS),
            click.option(
                "--generate-audio/--no-generate-audio", default=None, help="Sound or none."
            ),
        ],
    )


def defaults_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of ``default_options``, what was given."""
    chosen = {name: given[name] for name in ("prompt", *CHOICES)}
    return {name: value for name, value in chosen.items() if value is not None}


def output_options(command: Command) -> Command:
    """How the answer is shown."""
    return _stacked(
        command,
        [
            click.option("--json", "as_json", is_flag=True, help="JSON on stdout."),
            click.option("--quiet", "-q", is_flag=True, help="Only errors."),
            click.option("--verbose", "-v", is_flag=True, help="Say each step on stderr."),
        ],
    )


def fix_options(command: Command) -> Command:
    """How far a fix may go, and where it writes."""
    trusts = click.Choice([trust.label for trust in Trust])
    return _stacked(
        command,
        [
            click.option(
                "--out",
                default="ready",
                show_default=True,
                metavar="DIR|URL",
                shell_complete=files,
                help="Outputs.",
            ),
            click.option("--allow", type=trusts, default="lossy", show_default=True, help="Trust."),
            click.option(
                "--mend",
                type=click.Choice(["errors", "warnings"]),
                default="errors",
                show_default=True,
                help="What makes a fix touch a file.",
            ),
            click.option(
                "--verify",
                type=click.Choice([one.value for one in Verify]),
                help="Also measure what each encoded clip kept.",
            ),
            click.option(
                "--keep-metadata",
                is_flag=True,
                help="Pictures that are made anew keep EXIF and XMP.",
            ),
            click.option(
                "--strip-metadata",
                is_flag=True,
                help="Pictures and videos that need nothing else lose it, too; nothing is encoded.",
            ),
            *_page_options(),
            click.option("--jobs", type=click.IntRange(1, 64), help="Files worked on at a time."),
        ],
    )


def _page_options() -> list[Callable[[Any], Any]]:
    return [
        click.option(
            "--report",
            "page",
            metavar="FILE.html|FILE.md",
            shell_complete=files,
            help="Also write a page to look at, or to paste.",
        ),
        click.option(
            "--report-names",
            "own_names",
            is_flag=True,
            help="The page shows what your files are called.",
        ),
    ]


def request_of(given: Mapping[str, Any], *, needs_prompt: bool = False) -> Request:
    """The request that the options describe; they win over the document."""
    document = given.get("document")
    request = _document(document) if document else Request()
    assets = [parse_asset(text, os.path.lexists) for text in given["assets"]]
    request = replace(request, assets=(*request.assets, *assets))
    if (loudness := given.get("loudness")) is not None:
        request = replace(request, assets=[_as_loud(one, loudness) for one in request.assets])
    chosen = {name: given[name] for name in CHOICES if given[name] is not None}
    request = replace(request, **chosen)
    if metadata := _metadata(given):
        request = replace(request, metadata=metadata)
    prompt = _prompt(given)
    request = replace(request, prompt=prompt) if prompt is not None else request
    if not request.entries() and request.prompt is None:
        raise UsageError("no asset was given; name at least one file")
    if needs_prompt and request.prompt is None:
        raise UsageError("a prompt is needed: --prompt TEXT or --prompt-file FILE")
    return request


def _metadata(given: Mapping[str, Any]) -> Metadata | None:
    keep, strip = given.get("keep_metadata"), given.get("strip_metadata")
    if keep and strip:
        raise UsageError("--keep-metadata and --strip-metadata exclude each other")
    return Metadata.KEEP if keep else Metadata.STRIP if strip else None


def _as_loud(asset: Asset | Source, loudness: float) -> Asset:
    """With the loudness for all, unless it has one of its own."""
    one = asset if isinstance(asset, Asset) else Asset(str(asset))
    return one if one.loudness is not None else replace(one, loudness=loudness)


def _prompt(given: Mapping[str, Any]) -> str | None:
    if given["prompt"] is not None and given["prompt_file"]:
        raise UsageError("--prompt and --prompt-file exclude each other")
    if given["prompt_file"]:
        return _read(given["prompt_file"], "--prompt-file").strip()
    prompt: str | None = given["prompt"]
    return prompt


def _document(name: str) -> Request:
    try:
        document = json.loads(_read(name, "--request"))
    except json.JSONDecodeError as error:
        raise UsageError(
            f"--request {name}: no JSON at line {error.lineno}, column {error.colno}"
        ) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        raise UsageError(
            f"--request {name}: is nested too deep or holds too long a number"
        ) from None
    return request_from(document, os.path.lexists)


def _read(name: str, option: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{option} {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{option} {name} is not UTF-8 text") from None


def cache_of(given: Mapping[str, Any]) -> Cache | None:
    """The cache, where it is asked for; it is closed with the command."""
    if not given["cached"]:
        return None
    from ..cache import opened

    return click.get_current_context().with_resource(opened())


def trust_of(label: str) -> Trust:
    """``lossy`` -> ``Trust.LOSSY``."""
    return Trust[label.upper()]


def level_of(mend: str) -> Level:
    """``errors`` -> ``Level.ERROR``."""
    return Level.ERROR if mend == "errors" else Level.WARNING
