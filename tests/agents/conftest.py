"""An agent's client of the server, over stdio as a process of its own or in this process."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp.types import CallToolResult, ListRootsResult, Root
from pydantic import FileUrl

from seedance_prep.agents.server import server
from seedance_prep.agents.tools import House
from seedance_prep.local import LocalService, Pace

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "fixtures"
KEY = "id-of-nobody:secret-of-nobody"
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class World:
    """A folder that is open, one that is not, and a service that costs nothing."""

    root: Path
    elsewhere: Path
    home: Path
    service: LocalService

    def spawned(self, *options: str, roots: bool = True) -> Client:
        """A client of a server process."""
        words = ["-m", "seedance_prep", "mcp", "--service", self.service.base, *options]
        env = {
            "SEEDANCE_PREP_HOME": str(self.home),
            "PYTHONPATH": str(REPOSITORY),
            "FAL_KEY": KEY,
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        }
        process = StdioServerParameters(command=sys.executable, args=words, env=env, cwd="/")
        return Client(process, list_roots_callback=self.declared if roots else None)

    def inside(self, *, roots: bool = True, mode: str = "auto", **house: Any) -> Client:
        """A client of a server in this process."""
        one = server(House(**house), self.service.base)
        callback = self.declared if roots else None
        return Client(one, list_roots_callback=callback, mode=mode)

    async def declared(self, context: ClientRequestContext) -> ListRootsResult:  # noqa: ARG002
        """The client's roots."""
        return ListRootsResult(roots=[Root(uri=FileUrl(self.root.as_uri()))])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two pictures and a clip in the root; a picture elsewhere."""
    root, elsewhere, home = (tmp_path / name for name in ("root", "elsewhere", "home"))
    for folder in (root, elsewhere):
        folder.mkdir()
    for name in ("photo.jpg", "beach.heic", "small_848x480.mp4"):
        shutil.copy(FIXTURES / name, root)
    shutil.copy(FIXTURES / "photo.jpg", elsewhere / "secret.jpg")
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(home))
    monkeypatch.setenv("FAL_KEY", KEY)
    with LocalService(pace=Pace(queued=0, running=0)) as service:
        yield World(root=root, elsewhere=elsewhere, home=home, service=service)


def played(scene: Callable[[], Awaitable[Value]]) -> Value:
    """Play a scene of coroutines to its end."""
    return anyio.run(partial(_within, scene, 90))


async def _within(scene: Callable[[], Awaitable[Value]], seconds: float) -> Value:
    with anyio.fail_after(seconds):
        return await scene()


def said(result: CallToolResult) -> dict[str, Any]:
    """What a tool gave; the test ends where it refused."""
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


def refusal(result: CallToolResult) -> str:
    """The sentence of a tool that refused."""
    assert result.is_error, result.content
    (text,) = (one.text for one in result.content if one.type == "text")
    return text


async def ended(client: Client, run: str) -> dict[str, Any]:
    """A run at its end."""
    while True:
        found = said(await client.call_tool("run_status", {"run": run, "wait": 10}))
        if found["ended"]:
            return found
