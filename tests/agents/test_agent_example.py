"""The example for agents runs as it stands, against a real server process and a real service."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from examples import agent

from .conftest import World


@pytest.mark.slow
def test_agent(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a HEIC picture to a video in the folder that was opened, told in a few lines."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    base = world.service.base
    made = agent.make(world.root, 4.0, "hero=beach.heic", "{hero} wakes up", base)
    path = Path(asyncio.run(made))
    assert b"ftyp" == path.read_bytes()[4:8]
    assert path.is_relative_to(world.root)
    lines = capsys.readouterr().out.splitlines()
    assert ["check", "price", "generate", "run_status"] == [one.split(":")[0] for one in lines[:4]]


@pytest.mark.slow
def test_refusal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too small a budget ends it with the price, before anything was sent."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    made = agent.make(world.root, 0.01, "beach.heic", "@Image1 wakes up", world.service.base)
    with pytest.raises(BaseExceptionGroup) as caught:
        asyncio.run(made)
    assert "more than the $0.01" in str(caught.value.exceptions)
    assert () == world.service.jobs
