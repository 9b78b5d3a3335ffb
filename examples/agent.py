"""What an agent does, by hand: the MCP server, driven by the SDK's own client.

FAL_KEY=… python examples/agent.py FOLDER 4.00 hero=beach.heic "{hero} wakes up"
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult

PASSED_ON = ("FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET", "SEEDANCE_PREP_HOME", "PYTHONPATH")
"""What the server needs of the environment; a client passes nothing on by itself."""


class RefusedError(Exception):
    """What a tool answered instead."""


async def make(folder: Path, budget: float, asset: str, prompt: str, service: str = "fal") -> str:
    """Check, fix, price, generate, wait; gives the path of the video."""
    words = ["-m", "seedance_prep", "mcp", "--allow-folder", str(folder), "--service", service]
    env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    server = StdioServerParameters(command=sys.executable, args=words, env=env)
    request = {"assets": [asset], "prompt": prompt, "duration": 4}
    async with Client(server) as client:
        told("check", await client.call_tool("check", {"request": request}))
        told("price", await client.call_tool("price", {"request": request}))
        order = {"request": request, "max_cost": budget}
        run = told("generate", await client.call_tool("generate", order))
        while not run["ended"]:
            asking = {"run": run["run"], "wait": 30}
            run = told("run_status", await client.call_tool("run_status", asking))
    return str(run["path"])


def told(tool: str, result: CallToolResult) -> dict[str, Any]:
    """Show what a tool says; a refusal ends the scene."""
    if result.is_error:
        raise RefusedError("".join(one.text for one in result.content if one.type == "text"))
    found: dict[str, Any] = result.structured_content
    print(f"{tool}: {found['summary']}")  # noqa: T201
    return found


if __name__ == "__main__":
    try:
        asyncio.run(make(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]))
    except* RefusedError as refusals:  # tasks of the client wrap it
        sys.exit(str(refusals.exceptions))
