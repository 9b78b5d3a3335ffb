"""``studio``: a page to work in, on this machine alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from ..errors import UsageError
from . import options

NEEDED = ("starlette", "uvicorn")


@click.command()
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option(
    "--out",
    metavar="DIR",
    shell_complete=options.files,
    help="Outputs and videos; else they stay in the studio.",
)
@click.option(
    "--service", metavar="fal|local|URL", help="Where to (else as it was chosen on the page)."
)
def studio(port: int, no_open: bool, out: str | None, service: str | None) -> None:
    """Open a local page to drop files on, cut, fix, compare and generate.

    Serves on loopback until Ctrl-C. The first line on stdout is the address to open, with a token
    that nobody else knows.
    """
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise UsageError("the studio needs two more packages: pip install 'seedance_prep[studio]'")
    from ..studio import serving
    from ..submit.access import LOCAL, service_of

    if service not in {None, LOCAL}:
        service_of(service)

    def launch(address: str) -> None:
        click.launch(address)

    folder = Path(out) if out else None
    serving.run(
        port, service=service, out=folder, on_ready=click.echo, on_open=None if no_open else launch
    )
