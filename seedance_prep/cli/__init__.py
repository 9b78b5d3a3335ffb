"""The command line: arguments -> pipeline -> report -> exit status.

Commands are imported when they are called, so that ``--help`` costs little more than Python.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import Any

import click

from ..core.version import __version__
from .examples import EXAMPLES

COMMANDS = {
    "check": ("media", "Probe and judge; writes nothing."),
    "fix": ("media", "Make compliant copies and prove them."),
    "price": ("pricing", "Say what the request will cost, and why."),
    "upload": ("send", "Fix and upload; print the arguments for any fal client."),
    "generate": ("send", "Check, fix, price, upload, submit once, wait, download."),
    "batch": ("batch", "Work on many requests, one line each."),
    "runs": ("ledger", "Show what was sent and what came back."),
    "resume": ("ledger", "Take up a run again."),
    "cancel": ("ledger", "Cancel a run."),
    "rules": ("about", "List every rule, or show the page of one."),
    "profiles": ("profiles", "List the limits, compare two, or find what changed."),
    "cache": ("cache", "Say what the cache holds, or empty it."),
    "doctor": ("about", "Say what this machine has."),
    "local": ("about", "Run the local service in the foreground."),
    "studio": ("studio", "Open a local page to work in."),
    "mcp": ("agents", "Serve an agent over MCP (extra: mcp)."),
    "demo": ("about", "Run the whole job on sample media: no key, no network."),
}
"""Each command with the module that holds it and its line in the help."""

EPILOG = """\b
Examples:
  seedance-prep check phone.mov beach.heic voice.m4a
  seedance-prep fix "phone.mov#t=3,9.5" hero=beach.heic --out ready
  seedance-prep generate ready/* --prompt "@Image1 moves like @Video1" --max-cost 4
"""


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of a job."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name][0]}", __name__)
        command: click.Command = getattr(module, cmd_name)
        command.epilog = EXAMPLES[cmd_name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a near miss named."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {close[0]}?" if close else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """As click does; where spans are collected, those of a call belong together."""
        if "opentelemetry.trace" not in sys.modules:
            return super().invoke(ctx)
        from ..telemetry import span

        with span("command"):
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """One line each, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seedance-prep")
def root() -> None:
    """Prepare reference media for Seedance 2.0 reference-to-video on fal.

    An ASSET is [NAME=]PATH-or-URL[#FRAGMENT], where FRAGMENT holds t=3,9.5 (seconds to keep),
    keep=first|last|best, weight=2, frame=crop|pad, fill=hold|loop,
    as=image|video|audio, joined by &.
    """
