"""The unmodified fal-client 1.0.3 against the service."""

from __future__ import annotations

import asyncio
import gc
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest

from seedance_prep.local import ALWAYS, Faults, Pace

from .conftest import ENDPOINT, Caller, Media, Serve, aim

CHEAP = {"prompt": "x", "resolution": "480p", "duration": "4", "generate_audio": False}
pytestmark = [  # it leaves the connections of its uploads to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LONG = Pace(queued=60, running=60)


@pytest.fixture
def lost() -> Iterator[Any]:
    """``lost(service)``: a fal-client for a service that misbehaves."""
    made: list[fal_client.SyncClient] = []

    def client(caller: Caller) -> fal_client.SyncClient:
        aim(caller.service)
        made.append(fal_client.SyncClient(key="id:secret"))
        return made[-1]

    yield client
    while made:
        made.pop()._client.close()
    gc.collect()


def test_subscribe_follows_a_job_to_its_video(
    fal: fal_client.SyncClient, standing: Caller, media: Media
) -> None:
    """Upload by path, submit, poll with logs, result: every field of the output."""
    seen: list[Any] = []
    url = fal.upload_file(media.still())
    output = fal.subscribe(
        ENDPOINT,
        CHEAP | {"image_urls": [url]},
        with_logs=True,
        on_queue_update=seen.append,
        interval=0.02,
    )
    assert isinstance(seen[-1], fal_client.Completed)
    assert "Making the video" in [line["message"] for line in seen[-1].logs or ()]
    assert "video/mp4" == output["video"]["content_type"]
    assert output["video"]["file_size"] == len(standing.http.get(output["video"]["url"]).content)


def test_the_async_client_works_too(standing: Caller, media: Media) -> None:
    """Upload, subscribe, status and cancel of the async client."""
    aim(standing.service)

    async def work() -> tuple[Any, Any, int]:
        client = fal_client.AsyncClient(key="id:secret")
        url = await client.upload(media.still().read_bytes(), "image/png", "image1.png")
        output = await client.subscribe(ENDPOINT, CHEAP | {"image_urls": [url]}, interval=0.02)
        handle = await client.submit(ENDPOINT, CHEAP | {"duration": "3"})
        with pytest.raises(fal_client.FalClientHTTPError) as refusal:
            await handle.get()
        status = await handle.status()
        await (await client._client).aclose()
        return output, status, refusal.value.status_code

    output, status, code = asyncio.run(work())
    gc.collect()
    assert {"video", "seed"} == set(output)
    assert isinstance(status, fal_client.Completed)
    assert 422 == code


def test_events_are_iterated(fal: fal_client.SyncClient) -> None:
    """Every state of a job as it is polled, the last one with its logs."""
    handle = fal.submit(ENDPOINT, CHEAP | {"duration": "3"})
    seen = list(handle.iter_events(with_logs=True, interval=0.01))
    assert isinstance(seen[-1], fal_client.Completed)
    assert "Checking the inputs" in [line["message"] for line in seen[-1].logs or ()]


def test_the_async_client_iterates_and_cancels(serve: Serve) -> None:
    """Events of one job to its end; another that waits is cancelled and answers 499."""
    caller = serve(pace=Pace(queued=0.05, running=0))
    aim(caller.service)

    async def work() -> tuple[Any, int]:
        client = fal_client.AsyncClient(key="id:secret")
        handle = await client.submit(ENDPOINT, CHEAP | {"duration": "3"})
        seen = [event async for event in handle.iter_events(with_logs=True, interval=0.01)]
        waiting = await client.submit(ENDPOINT, CHEAP)
        await waiting.cancel()
        with pytest.raises(fal_client.FalClientHTTPError) as refusal:
            await waiting.get()
        await (await client._client).aclose()
        return seen[-1], refusal.value.status_code

    last, code = asyncio.run(work())
    gc.collect()
    assert isinstance(last, fal_client.Completed)
    assert 499 == code


def test_the_async_client_uploads_in_parts(standing: Caller, tmp_path: Path) -> None:
    """From a file of more than 100 MiB, which arrives whole."""
    path = tmp_path / "big.bin"
    with path.open("wb") as file:
        for number in range(101):
            file.write(number.to_bytes(4, "big") * (1 << 18))
    aim(standing.service)

    async def work() -> str:
        client = fal_client.AsyncClient(key="id:secret")
        url: str = await client.upload_file(path)
        await (await client._client).aclose()
        return url

    url = asyncio.run(work())
    gc.collect()
    stored = next(one for one in standing.service.uploads if url.endswith(one.place))
    with path.open("rb") as sent:
        assert hashlib.file_digest(sent, "sha256").hexdigest() == stored.sha256
    parts = [one for one in standing.service.received if "/multipart/" in one.path]
    assert 12 <= len(parts)
    standing.service.expire(url)


def test_a_handle_reads_status_and_cancels(lost: Any, serve: Serve) -> None:
    """Queued with its position, then cancelled; a second cancel is an error of one attempt."""
    caller = serve(pace=LONG)
    client = lost(caller)
    handle = client.submit(ENDPOINT, CHEAP)
    assert 0 == handle.status().position
    handle.cancel()
    with pytest.raises(fal_client.FalClientHTTPError) as refusal:
        handle.get()
    assert 499 == refusal.value.status_code
    with pytest.raises(fal_client.FalClientHTTPError) as late:
        handle.cancel()
    assert 400 == late.value.status_code


def test_a_running_job_can_be_polled(lost: Any, serve: Serve) -> None:
    """IN_PROGRESS has the key ``logs`` that the client needs."""
    caller = serve(Faults(job_never_ends=1))
    handle = lost(caller).submit(ENDPOINT, CHEAP)
    while isinstance(status := handle.status(), fal_client.Queued):
        pass
    assert isinstance(status, fal_client.InProgress)
    assert isinstance(handle.status(with_logs=True).logs, list)


@pytest.mark.parametrize(
    ("fault", "posts", "jobs"),
    [
        ("submit_dropped_after", 10, 10),
        ("submit_dropped_before", 10, 0),
        ("submit_429", 10, 0),
        ("submit_409", 10, 0),
        ("submit_504_nginx", 10, 0),
        ("submit_502_nginx", 10, 0),
        ("submit_500", 1, 0),
        ("submit_502", 1, 0),
        ("submit_503", 1, 0),
        ("submit_401", 1, 0),
        ("submit_403", 1, 0),
        ("submit_422", 1, 0),
        ("submit_422_text", 1, 0),
        ("submit_504_deadline", 1, 0),
    ],
)
def test_how_often_a_submit_is_sent_again(
    lost: Any, serve: Serve, fault: str, posts: int, jobs: int
) -> None:
    """The client's own retries are counted: a dropped paid submit arrives ten times."""
    caller = serve(Faults(**{fault: ALWAYS}), LONG)
    with pytest.raises((fal_client.FalClientHTTPError, httpx.HTTPError)):
        lost(caller).submit(ENDPOINT, CHEAP)
    assert [posts] == list(caller.service.submissions.values())
    assert jobs == len(caller.service.jobs)


def test_a_submit_dropped_twice_looks_like_a_success(lost: Any, serve: Serve) -> None:
    """Three POSTs, three jobs, one handle."""
    caller = serve(Faults(submit_dropped_after=2), LONG)
    handle = lost(caller).submit(ENDPOINT, CHEAP)
    assert [3] == list(caller.service.submissions.values())
    assert caller.service.jobs[-1].request_id == handle.request_id


def test_an_upload_above_the_threshold_goes_in_parts(
    fal: fal_client.SyncClient, standing: Caller
) -> None:
    """A file of more than 100 MiB is sent in parts, several at once, and arrives whole."""
    data = b"".join(number.to_bytes(4, "big") * (1 << 18) for number in range(101))
    url = fal.upload(data, "application/octet-stream", "big.bin")
    assert data == standing.http.get(url).content
    standing.service.expire(url)


def test_a_failed_upload_falls_back(lost: Any, serve: Serve, media: Media) -> None:
    """When the CDN path fails, the client initiates elsewhere and puts the file there."""
    caller = serve(Faults(upload_500=1))
    url = lost(caller).upload_file(media.still())
    assert media.still().read_bytes() == caller.http.get(url).content
    puts = [one for one in caller.service.received if one.method == "PUT"]
    assert ["Key"] == [one.auth for one in puts]  # its known leak, seen and not kept


def test_lifecycle_wishes_are_taken(fal: fal_client.SyncClient, standing: Caller) -> None:
    """The client's storage settings arrive and set the file's end."""
    url = fal.upload(b"x", "text/plain", lifecycle=fal_client.StorageSettings(expires_in="1h"))
    stored = next(one for one in standing.service.uploads if url.endswith(one.place))
    assert stored.expires is not None
