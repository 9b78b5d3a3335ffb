"""Each tool on its own, with the SDK's client in this process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from mcp import Client, MCPError
from mcp.types import ResourceTemplateReference, TextResourceContents

from seedance_prep.core.job import State
from seedance_prep.local import LocalService, Pace
from seedance_prep.submit.ledger import open_ledger

from .conftest import REPOSITORY, World, ended, played, refusal, said

PHOTO = {"assets": ["photo.jpg"], "prompt": "@Image1 wakes up", "duration": "4"}


def call(world: World, tool: str, arguments: dict[str, Any], **how: Any) -> Any:
    """One call of one tool."""

    async def scene() -> Any:
        async with world.inside(**how) as client:
            return await client.call_tool(tool, arguments)

    return played(scene)


def test_schemas(world: World) -> None:
    """Each tool has a title, a description, hints, and schemas of what goes in and comes out."""

    async def scene() -> Any:
        async with world.inside() as client:
            return await client.list_tools()

    tools = {tool.name: tool for tool in played(scene).tools}
    assert {"check", "fix", "price", "generate", "run_status", "cancel", "rules"} == set(tools)
    for tool in tools.values():
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.output_schema is not None
        Draft202012Validator.check_schema(tool.output_schema)
        assert tool.description
        assert tool.title
    assert ["request", "max_cost"] == tools["generate"].input_schema["required"]
    hints = {name: tool.annotations for name, tool in tools.items() if tool.annotations}
    assert {"check", "price", "rules"} == {name for name in hints if hints[name].read_only_hint}
    assert {"generate", "cancel"} == {name for name in hints if hints[name].destructive_hint}


def test_same_document(world: World) -> None:
    """check gives the very document of ``check --json``, and more."""
    found = said(call(world, "check", {"request": PHOTO}))
    assert "seedance-prep/1" == found["format"]
    assert "photo.jpg" == found["assets"][0]["source"]
    assert found["ok"]
    assert str(world.root) not in json.dumps(found)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_only_in_roots(world: World, mode: str) -> None:
    """A file elsewhere, also behind a link or dots, is refused by name; nothing is read."""
    (world.root / "link.jpg").symlink_to(world.elsewhere / "secret.jpg")
    for source in (
        str(world.elsewhere / "secret.jpg"),
        "../elsewhere/secret.jpg",
        "link.jpg",
        (world.elsewhere / "secret.jpg").as_uri(),
    ):
        words = refusal(call(world, "check", {"request": {"assets": [source]}}, mode=mode))
        assert "lies outside of the folders" in words


def test_as_it_may_be_named(world: World) -> None:
    """A file of a root may be named whole, as a URI, or from the root."""
    photo = world.root / "photo.jpg"
    for source in (str(photo), photo.as_uri(), "photo.jpg", "./photo.jpg"):
        found = said(call(world, "check", {"request": {"assets": [source]}}))
        assert source == found["assets"][0]["source"]


def test_no_roots(world: World) -> None:
    """Without roots only --allow-folder opens anything, and the refusal says so."""
    asking = {"request": {"assets": ["photo.jpg"]}}
    words = refusal(call(world, "check", asking, roots=False))
    assert "--allow-folder" in words
    assert said(call(world, "check", asking, roots=False, folders=(world.root,)))["ok"]


def test_stdin_and_data(world: World) -> None:
    """What an agent has no business with is refused in words."""
    assert "no stdin" in refusal(call(world, "check", {"request": {"assets": ["-"]}}))
    data = {"request": {"assets": ["data:image/png;base64,AAAA"]}}
    assert "data: URI" in refusal(call(world, "check", data))


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("check", {}, "request is needed"),
        ("check", {"request": {"asset": ["x"]}}, "request.asset is not a field; the fields are"),
        ("check", {"request": {"assets": [{"src": "x"}]}}, "request.assets[0].source is needed"),
        ("fix", {"request": {}, "allow": "all"}, "allow: input should be 'none', 'lossless'"),
        ("fix", {"request": {"assets": ["a#t=9,3"]}}, "write t=3,9"),
        ("check", {"request": {"assets": ["file://[x"]}}, "file://[x is no file of this machine"),
        ("run_status", {"run": "r-1", "wait": 99}, "wait: input should be less than or equal"),
        ("generate", {"request": PHOTO, "max_cost": -3}, "max_cost -3.0 is not an amount"),
    ],
)
def test_mistakes(world: World, tool: str, arguments: dict[str, Any], words: str) -> None:
    """A call that makes no sense is answered with one sentence that says where and why."""
    found = refusal(call(world, tool, arguments))
    assert words in found
    assert "\n" not in found
    assert "pydantic" not in found


def test_as_text(world: World) -> None:
    """Some clients give an object as JSON text; that is read, too."""
    assert said(call(world, "check", {"request": json.dumps(PHOTO)}))["ok"]


def test_completion(world: World) -> None:
    """Codes and names of rules are completed."""

    async def scene() -> list[str]:
        async with world.inside() as client:
            ref = ResourceTemplateReference(uri="seedance://rules/{code}")
            found = await client.complete(ref, {"name": "code", "value": "vid00"})
            return found.completion.values

    assert "VID003" in played(scene)


def test_stores(world: World) -> None:
    """A store knows whoever started the server: it is closed unless that was allowed."""
    asking = {"request": {"assets": ["s3://bucket/photo.jpg", "memory://photo.jpg"]}}
    assert "--allow-stores" in refusal(call(world, "check", asking))
    asking = {"request": {"assets": ["memory://none.jpg"]}}
    found = said(call(world, "check", asking, stores=True))
    assert ["FIL001"] == [one["code"] for one in found["findings"] if one["level"] == "error"]


def test_private_address(world: World) -> None:
    """A URL on this machine is a finding, as for the command line."""
    url = f"{world.service.base}/files/b/none.jpg"
    found = said(call(world, "check", {"request": {"assets": [url]}}))
    assert not found["ok"]
    assert "FIL" == found["findings"][0]["code"][:3]


def test_missing_file(world: World) -> None:
    """A file that is not there is a finding about it, named as the agent did."""
    found = said(call(world, "check", {"request": {"assets": ["nothing.jpg", "photo.jpg"]}}))
    assert ["nothing.jpg"] == [one["source"] for one in found["findings"]
                               if one["level"] == "error"]  # fmt: skip


def test_budget(world: World) -> None:
    """Without max_cost, or above it, the refusal names the price; nothing was sent."""
    words = refusal(call(world, "generate", {"request": PHOTO}))
    assert "max_cost" in words
    assert "$" in words
    words = refusal(call(world, "generate", {"request": PHOTO, "max_cost": 0.01}))
    assert "more than the $0.01" in words
    assert "--" not in words
    assert () == world.service.jobs


def test_unfixable(world: World) -> None:
    """What cannot comply is refused before a run is opened, with its findings."""
    request = PHOTO | {"resolution": "8k"}
    found = call(world, "generate", {"request": request, "max_cost": 9})
    assert "cannot be made to comply" in refusal(found)
    assert any(one["level"] == "error" for one in found.structured_content["findings"])
    assert () == open_ledger().runs()


def test_no_prompt(world: World) -> None:
    """generate says which field it needs."""
    asking = {"request": {"assets": ["photo.jpg"]}, "max_cost": 9}
    assert "request.prompt" in refusal(call(world, "generate", asking))


def test_cancel_before_submit(world: World) -> None:
    """A run that waits for its turn is stopped for nothing, and leaves no files."""
    clip = {"assets": ["small_848x480.mp4"], "prompt": "@Video1 on a beach"}

    async def scene() -> Any:
        async with world.inside() as client:
            order = {"request": clip, "max_cost": 9}
            run = said(await client.call_tool("generate", order | {"allow": "inventive"}))["run"]
            return said(await client.call_tool("cancel", {"run": run}))

    found = played(scene)
    assert ("cancelled", True, False) == (found["state"], found["ended"], found["charged"])
    assert () == world.service.jobs
    assert not (world.root / ".seedance-prep" / found["run"]).exists()


def test_cancel_after_submit(world: World) -> None:
    """A run that the service has is cancelled there; whether it was charged is not known."""

    async def scene(busy: World) -> Any:
        async with busy.inside() as client:
            order = {"request": PHOTO, "max_cost": 9}
            run = said(await client.call_tool("generate", order))["run"]
            while said(await client.call_tool("run_status", {"run": run}))["request_id"] is None:
                await anyio.sleep(0.05)
            first = said(await client.call_tool("cancel", {"run": run}))
            assert "was cancelled" in first["summary"]
            return await ended(client, run)

    with LocalService(pace=Pace(queued=60, running=60)) as service:
        found = played(lambda: scene(replace(world, service=service)))
        assert 1 == len(service.jobs)
    assert "cancelled" == found["state"]
    assert found["charged"] is not True


def test_cancelled_call(world: World) -> None:
    """A call of fix that the client cancels ends its children and leaves no folder."""
    clip = {"assets": ["small_848x480.mp4"]}

    async def call(client: Client) -> None:
        await client.call_tool("fix", {"request": clip, "allow": "inventive"})

    async def scene() -> None:
        async with world.inside(mode="legacy") as client:
            async with anyio.create_task_group() as group:
                group.start_soon(call, client)
                while not list(place.glob("f-*/.*")):  # an encoder has begun its draft
                    await anyio.sleep(0.01)
                group.cancel_scope.cancel()
            while list(place.glob("f-*")):
                await anyio.sleep(0.05)

    place = world.root / ".seedance-prep"
    place.mkdir()
    played(scene)


def test_cancelled_before_it_began(world: World) -> None:
    """A call of fix that is cancelled at once leaves no folder either."""

    async def scene() -> None:
        for seconds in (0.003, 0.005, 0.007, 0.01):
            async with world.inside(mode="legacy") as client:
                with anyio.move_on_after(seconds):
                    await client.call_tool("fix", {"request": PHOTO})
                    shutil.rmtree(place)  # it was quicker
            while list(place.glob("f-*")):
                await anyio.sleep(0.02)

    place = world.root / ".seedance-prep"
    played(scene)


@pytest.mark.slow
def test_paid_once_across_servers(world: World) -> None:
    """The very same request by another server is not paid for again, unless that is asked for."""

    async def scene(**more: Any) -> Any:
        async with world.inside() as client:
            order = {"request": PHOTO, "max_cost": 9}
            run = said(await client.call_tool("generate", order | more))["run"]
            return await ended(client, run)

    first = played(scene)
    second = played(scene)
    assert ("failed", False, first["run"]) == (
        second["state"],
        second["charged"],
        second["instead"],
    )
    assert 1 == len(world.service.jobs)
    assert "finished" == played(lambda: scene(submit_again=True))["state"]
    assert 2 == len(world.service.jobs)


def test_asked_twice_at_once(world: World) -> None:
    """Two calls of the same request at the same time are one run, paid once."""

    async def scene() -> list[str]:
        runs: list[str] = []

        async def one(client: Client) -> None:
            order = {"request": PHOTO, "max_cost": 9}
            runs.append(said(await client.call_tool("generate", order))["run"])

        async with world.inside() as client:
            async with anyio.create_task_group() as group:
                group.start_soon(one, client)
                group.start_soon(one, client)
            await ended(client, runs[0])
        return runs

    first, second = played(scene)
    assert first == second
    assert 1 == len(world.service.jobs)


def test_run_of_elsewhere(world: World) -> None:
    """A run whose video does not lie in an open folder is not told of."""
    ledger = open_ledger()
    run = ledger.begin(endpoint="e", service="fal", base="https://q", request={"prompt": "secret"})
    ledger.saving(run, world.elsewhere / "video.mp4")
    for tool in ("run_status", "cancel"):
        words = refusal(call(world, tool, {"run": run}))
        assert "not of the folders" in words
        assert "secret" not in words
    assert State.PREPARED is ledger.run(run).state
    assert "there is no run" in refusal(call(world, "run_status", {"run": "r-1"}))


def test_out_link(world: World) -> None:
    """A link in place of the folder for outputs is not followed."""
    (world.root / ".seedance-prep").symlink_to(world.elsewhere)
    words = refusal(call(world, "fix", {"request": {"assets": ["beach.heic"]}}))
    assert "leads elsewhere" in words
    assert ["secret.jpg"] == [one.name for one in world.elsewhere.iterdir()]


def test_out(world: World, tmp_path: Path) -> None:
    """With --out outputs go there, and nothing into the roots."""
    out = tmp_path / "ready"
    found = said(call(world, "fix", {"request": {"assets": ["beach.heic"]}}, out=out))
    path = Path(found["assets"][0]["output"]["path"])
    assert path.is_relative_to(out)
    assert not (world.root / ".seedance-prep").exists()


def test_rules(world: World) -> None:
    """A rule's page comes by tool and by resource; an unknown one is refused in words."""
    found = said(call(world, "rules", {"code": "VID003"}))
    assert "clip-too-long" == found["rules"][0]["name"]
    assert found["rules"][0]["limits"]
    listed = said(call(world, "rules", {}))["rules"]
    assert "VID003" in {one["code"] for one in listed}
    assert 20_000 > len(json.dumps(listed))
    assert "no rule" in refusal(call(world, "rules", {"code": "VID999"})).lower()

    async def scene() -> str:
        async with world.inside() as client:
            page = (await client.read_resource("seedance://rules/clip-too-long")).contents[0]
            assert isinstance(page, TextResourceContents)
            for unknown in ("seedance://rules/none", "seedance://fixes/f-1/video1.mp4"):
                with pytest.raises(MCPError):
                    await client.read_resource(unknown)
            return page.text

    assert played(scene).startswith("VID003 clip-too-long")


def test_without_the_extra() -> None:
    """Without the SDK the command says in one sentence what to install."""
    words = "import sys; sys.modules['mcp'] = None; from seedance_prep.__main__ import main as m"
    done = subprocess.run(
        [sys.executable, "-c", f"{words}; m(['mcp'])"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert (3, "") == (done.returncode, done.stdout)
    assert "seedance-prep: mcp needs an extra: pip install 'seedance_prep[mcp]'\n" == done.stderr
