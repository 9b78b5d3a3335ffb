"""``mcp``: the tools for agents, over stdin and stdout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    "--allow-stores",
    "stores",
    is_flag=True,
    help="s3://, gs://, az:// and sftp:// may be read, with your own rights.",
)
@click.option(
    "--cache/--no-cache",
    "cached",
    default=False,
    help="Keep what is found and made: a fix is not made again for generate.",
)
def mcp(service: str, cached: bool, **allowed: Any) -> None:  # noqa: ANN401 - click's options
    """Serve check, fix, price and generate to an agent over MCP (stdin and stdout).

    Files are read only in the roots that the client declares and in --allow-folder. generate needs
    max_cost in each call. The key is read from the environment and never told.
    """
    try:
        from ..agents.server import serve
        from ..agents.tools import House
    except ImportError as error:
        raise MachineError("mcp needs an extra: pip install 'seedance_prep[mcp]'") from error
    serve(House(cache=options.cache_of({"cached": cached}), **allowed), service)
