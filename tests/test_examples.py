"""The examples run as they stand, with fal's own client, against the local service."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import fal_client
import httpx
import pytest

from examples import guard, subscribe, subscribe_async
from seedance_prep.local import LocalService, Pace

from .local.conftest import aim

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PICTURE, CLIP = FIXTURES / "beach.heic", FIXTURES / "phone.mov"
pytestmark = [  # fal's client leaves its connections to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalService]:
    """A service that fal's client is pointed at; nothing else is told to the examples."""
    monkeypatch.setenv("FAL_KEY", "id:secret")
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path))
    fal_client.sync_client.__dict__.pop("_token_manager", None)  # of a service that is gone
    with LocalService(pace=Pace(queued=0, running=0)) as one:
        aim(one)
        yield one
    gc.collect()


def test_subscribe(service: LocalService) -> None:
    """A HEIC picture and a phone's video become a request that the service takes."""
    url = subscribe.make(str(PICTURE), str(CLIP), service.base)
    assert "video/mp4" == httpx.head(url).headers["content-type"]
    (job,) = service.jobs
    assert "@Image1 moves like @Video1" == job.order.arguments["prompt"]


def test_subscribe_async(service: LocalService) -> None:
    """Bytes and an open file, with coroutines."""
    url = asyncio.run(subscribe_async.make(PICTURE.read_bytes(), CLIP, service.base))
    assert 200 == httpx.head(url).status_code


def test_guard(service: LocalService) -> None:
    """A call that is there already sends what complies."""
    assert {"video", "seed"} == set(guard.make(str(PICTURE), service.base))
    (job,) = service.jobs
    (sent,) = job.order.arguments["image_urls"]
    assert sent.endswith("image1.jpg")
