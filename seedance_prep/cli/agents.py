"""``mcp``: the tools for agents, over stdin and stdout."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import MachineError
from . import options


@click.command()
@click.option(
    "--allow-folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Open besides the roots that the client declares.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where outputs go; else .seedance-prep in the first root.",
)
@click.option(
    "--service", default="fal", show_default=True, metavar="fal|local|URL", help="Where to."
)
@click.option(
    "--allow-private-addresses",
    "private_addresses",
    is_flag=True,
    help="A URL may lead to this machine or its network.",
)
@click.option(
    "--cache/--no-cache",
    "cached",
    default=False,
    help="Keep what is found and made: a fix is not made again for generate.",
)
def mcp(
    folders: tuple[Path, ...],
    out: Path | None,
    service: str,
    private_addresses: bool,
    cached: bool,
) -> None:
    """Serve check, fix, price and generate to an agent over MCP (stdin and stdout).

    Files are read only in the roots that the client declares and in --allow-folder. generate needs
    max_cost in each call. The key is read from the environment and never told.
    """
    try:
        from ..agents.server import serve
        from ..agents.tools import House
    except ImportError as error:
        raise MachineError("mcp needs an extra: pip install 'seedance_prep[mcp]'") from error
    cache = options.cache_of({"cached": cached})
    house = House(folders=folders, out=out, private_addresses=private_addresses, cache=cache)
    serve(house, service)
