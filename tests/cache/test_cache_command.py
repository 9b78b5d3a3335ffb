"""The cache on the command line: off unless asked for, told of, and emptied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seedance_prep.__main__ import status


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has done nothing yet."""
    home = tmp_path / "home"
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(home))
    return home


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, int]:
    capsys.readouterr()
    assert 0 == status([*words, "--json"])
    found: dict[str, int] = json.loads(capsys.readouterr().out)
    return found


def test_nothing_is_kept_unasked(home: Path, fixtures_dir: Path) -> None:
    """``check`` writes nothing at all."""
    assert 0 == status(["check", str(fixtures_dir / "photo.jpg"), "--quiet"])
    assert not home.exists()


def test_what_is_kept_is_told_and_thrown_out(
    home: Path, fixtures_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``stats`` counts it, ``clear`` says how much is free again."""
    assert 0 == status(["check", str(fixtures_dir / "photo.jpg"), "--cache", "--quiet"])
    held = told(capsys, "cache", "stats")
    assert (1, 0, 2_000_000_000) == (held["entries"], held["files"], held["max_bytes"])
    assert 0 < held["bytes"] == told(capsys, "cache", "clear")["freed"]
    assert 0 == told(capsys, "cache", "stats")["entries"]
    assert str(home) not in json.dumps(held)


def test_a_size_that_is_none_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a call that makes no sense."""
    monkeypatch.setenv("SEEDANCE_PREP_CACHE_MAX", "plenty")
    assert 2 == status(["cache", "stats"])
    assert "SEEDANCE_PREP_CACHE_MAX=plenty is no size" in capsys.readouterr().err
    assert not home.exists()
