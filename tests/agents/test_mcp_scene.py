"""An agent at work, over stdio with the SDK's own client: a real process, a real service."""

from __future__ import annotations

import base64
import os
import signal
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.types import BlobResourceContents, TextResourceContents

from .conftest import KEY, World, ended, played, said

PROC = Path("/proc")
REQUEST = {
    "assets": ["hero=beach.heic", {"source": "photo.jpg"}],
    "prompt": "{hero} walks into @Image2",
    "duration": "4",
}


def test_from_check_to_video(world: World) -> None:
    """check, fix, price, generate, run_status until done, the video as a resource: paid once."""

    async def scene() -> tuple[dict[str, Any], bytes, str, list[float]]:
        heard: list[float] = []

        async def progress(progress: float, total: float | None, message: str | None) -> None:
            heard.append(progress)

        async with world.spawned() as client:
            checked = said(await client.call_tool("check", {"request": REQUEST}))
            assert not checked["ok"]
            assert checked["mendable"]
            assert ["IMG001"] == [one["code"] for one in checked["findings"]
                                  if one["level"] == "error"]  # fmt: skip
            fixed = await client.call_tool("fix", {"request": REQUEST}, progress_callback=progress)
            assert said(fixed)["ok"]
            linked = [one.uri for one in fixed.content if one.type == "resource_link"]
            assert set(linked) < set(said(fixed)["resources"].values())
            page = await client.read_resource(said(fixed)["resources"]["report.md"])
            assert isinstance(page.contents[0], TextResourceContents)
            price = said(await client.call_tool("price", {"request": REQUEST}))["cost"]
            order = {"request": REQUEST, "max_cost": price["high"]}
            run = said(await client.call_tool("generate", order))
            assert not run["ended"]
            again = said(await client.call_tool("generate", order))
            assert run["run"] == again["run"]
            last = await ended(client, run["run"])
            found = await client.read_resource(last["video"])
            (video,) = found.contents
            assert isinstance(video, BlobResourceContents)
            everything = f"{checked}{fixed}{price}{run}{last}"
            return last, base64.b64decode(video.blob), everything, heard

    last, video, everything, heard = played(scene)
    assert ("finished", True) == (last["state"], last["charged"])
    assert b"ftyp" == video[4:8]
    assert str(world.root / ".seedance-prep" / last["run"] / "video.mp4") == last["path"]
    assert 1 == len(world.service.jobs)
    assert heard == sorted(heard)
    assert KEY.partition(":")[2] not in everything


@pytest.mark.slow
@pytest.mark.parametrize("known", ["sent_at", "request_id"])
def test_killed_server(world: World, known: str) -> None:
    """A server killed while it submits, or waits, leaves a run that the next server takes up.

    One that never reached the service stays unknown, and is not sent again by itself.
    """
    order = {"request": REQUEST, "max_cost": 9}

    async def killed() -> str:
        async with world.spawned() as client:
            run: str = said(await client.call_tool("generate", order))["run"]
            while said(await client.call_tool("run_status", {"run": run}))[known] is None:
                await anyio.sleep(0.02)
            _kill_server()
        return run

    async def after(run: str) -> dict[str, Any]:
        async with world.inside() as client:
            while True:
                found = said(await client.call_tool("run_status", {"run": run, "wait": 10}))
                if found["ended"] or found["error"]:
                    return found
                await anyio.sleep(1)

    run = played(killed)
    last = played(lambda: after(run))
    if known == "request_id" or world.service.jobs:
        assert "finished" == last["state"]
        assert 1 == len(world.service.jobs)
    else:
        assert "does not list" in last["error"]
        assert "generate with submit_again" in last["error"]


def _kill_server() -> None:
    """End the server of this test without a word: the child of this process that serves."""
    if not PROC.is_dir():
        pytest.skip("without /proc the server cannot be told from other processes")
    (pid,) = (int(one.name) for one in PROC.iterdir() if one.name.isdigit() and _serves(one))
    os.kill(pid, signal.SIGKILL)


def _serves(process: Path) -> bool:
    try:
        parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        return int(parent) == os.getpid() and b"\0mcp\0" in (process / "cmdline").read_bytes()
    except OSError:
        return False
