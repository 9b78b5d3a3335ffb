"""What leaves us beside what leaves the unmodified fal-client: each difference is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fal_client
import pytest

from seedance_prep.client import Client
from seedance_prep.sending import Settings
from seedance_prep.submit.fal import Pace
from seedance_prep.submit.ledger import open_ledger

from ..local.conftest import ENDPOINT
from ..upload.ready import output, ready
from ..wire.rogue import QUICK, SECRET, SHORT, Rogue, Seen, says

JOB = "/bytedance/seedance-2.0/requests/abc"
MEANT = {
    "user-agent": "each says its own name",
    "accept-encoding": "identity: a length that was announced can be checked",
}


@pytest.fixture
def service(rogue: Rogue) -> Rogue:
    """Answers one job as fal does."""
    urls = {"status_url": f"{JOB}/status", "response_url": JOB, "cancel_url": f"{JOB}/cancel"}
    taken: dict[str, Any] = {name: rogue.base + path for name, path in urls.items()}
    place = {"upload_url": f"{rogue.base}/put", "file_url": f"{rogue.base}/a.jpg"}
    rogue.on("POST", "/storage/upload/initiate", says(200, place)).on("PUT", "/put", says(200))
    rogue.on("POST", f"/{ENDPOINT}", says(200, taken | {"request_id": "abc"}))
    rogue.on("GET", f"{JOB}/status", says(200, {"status": "COMPLETED", "logs": []}))
    rogue.on("GET", JOB, says(200, {"video": {"url": f"{rogue.base}/v.mp4"}}))
    return rogue.on("PUT", f"{JOB}/cancel", says(202, {"status": "CANCELLATION_REQUESTED"}))


def of_the_queue(rogue: Rogue) -> dict[tuple[str, str], Seen]:
    """The last request of each method and path of the queue."""
    queued = (one for one in rogue.seen if one.path.startswith("/bytedance"))
    return {(one.method, one.path.partition("?")[0]): one for one in queued}


def test_our_requests_are_those_of_the_fal_client(
    service: Rogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Submit, status, result and cancel: same methods, paths, bodies and headers but those meant.

    We follow a job by its event stream as well, and say ``logs=1`` where it says ``logs=true``.
    """
    theirs = fal_client.client
    for name in ("QUEUE_URL_FORMAT", "RUN_URL_FORMAT"):
        monkeypatch.setattr(theirs, name, f"{service.base}/")
    client = fal_client.SyncClient(key=SECRET)
    handle = client.submit(ENDPOINT, {"prompt": "x", "image_urls": [f"{service.base}/a.jpg"]})
    handle.status(with_logs=True)
    handle.get()
    handle.cancel()
    client._client.close()
    fal = of_the_queue(service)
    service.seen.clear()

    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"bytes")
    settings = Settings(retry=QUICK, timeouts=SHORT, pace=Pace(first=0.01))
    with Client(service.base, SECRET, open_ledger(tmp_path / "home"), settings=settings) as mine:
        job = mine.submit(ready([output(picture)], prompt="x"))
        job.result()
        job.cancel()
    ours = of_the_queue(service)
    assert {("GET", f"{JOB}/status/stream")} == set(ours) - set(fal)
    assert set() == set(fal) - set(ours)
    for asked, one in fal.items():
        found = ours[asked].headers
        differ = {
            name for name in {*one.headers, *found} if one.headers.get(name) != found.get(name)
        }
        assert set(MEANT) == differ, asked
        assert one.body == ours[asked].body
