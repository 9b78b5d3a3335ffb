"""Stores that real servers hold, for a user who is known to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import servers


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without anything: no keys, no agent, no configuration."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("SSH_AUTH_SOCK", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """What an SFTP server serves."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    return shelf


@pytest.fixture
def sftp(shelf: Path, home: Path) -> Iterator[servers.Traffic]:
    with servers.sftp(shelf, home) as traffic:
        yield traffic


@pytest.fixture(scope="session")
def s3_server() -> Iterator[servers.Traffic]:
    with servers.s3() as traffic:
        yield traffic


@pytest.fixture
def s3(s3_server: servers.Traffic, home: Path, monkeypatch: pytest.MonkeyPatch) -> servers.Traffic:
    """The same for a user who is logged in as tools of AWS are: by the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3_server.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id-of-nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return s3_server
