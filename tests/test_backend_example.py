"""The back end of ``examples/`` takes files from strangers, and keeps and tells nothing."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed")
pytest.importorskip("python_multipart", reason="FastAPI cannot read forms")

from examples import backend_fastapi as backend

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def posted(
    path: str, *names: str, field: str = "files", most: int = 10**7, **form: str
) -> httpx.Response:
    """The answer to files, sent under a name that leads out of every folder."""
    files = [(field, (f"../../{name}", (FIXTURES / name).read_bytes())) for name in names]

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(backend.application(most))
        async with httpx.AsyncClient(transport=transport, base_url="http://back.end") as client:
            return await client.post(path, files=files, data=form, timeout=60)

    return asyncio.run(ask())


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary files lie in a folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_check(room: Path) -> None:
    """Findings and price come back in words, without a path; nothing is left."""
    answer = posted("/check", "beach.heic", "photo.jpg", prompt="{file1} and @Image2")
    assert 200 == answer.status_code
    assert {"IMG001"} == {one["code"] for one in answer.json()["findings"]
                          if one["level"] == "error"}  # fmt: skip
    assert 0 < answer.json()["usd"][0]
    assert str(room) not in answer.text
    assert [] == list(room.iterdir())


def test_fix(room: Path) -> None:
    """A file that can be mended comes back as the endpoint takes it; nothing is left."""
    answer = posted("/fix", "beach.heic", field="file")
    assert ("image/jpeg", b"\xff\xd8") == (answer.headers["content-type"], answer.content[:2])
    assert [] == list(room.iterdir())


def test_refused(room: Path) -> None:
    """What is no media is 422 with its findings, what is too large 413; nothing is left."""
    answer = posted("/fix", "MANIFEST.toml", field="file")
    assert 422 == answer.status_code
    assert "FIL005" == answer.json()["detail"][0]["code"]
    assert str(room) not in answer.text
    assert 413 == posted("/check", "photo.jpg", most=1000).status_code
    assert [] == list(room.iterdir())
