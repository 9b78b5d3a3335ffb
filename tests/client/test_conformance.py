"""What leaves us beside what leaves the unmodified fal-client: each difference is meant.

The newest fal-client (pinned in the group ``dev``) is pointed at the local service by its address
constants; nothing else of it is touched. ``tests/local/test_local_fal_client.py`` holds that the
service serves it.
"""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fal_client
import pytest

from seedance_prep.client import Client
from seedance_prep.core.key import Key
from seedance_prep.core.service import at
from seedance_prep.local import LocalService, Received
from seedance_prep.sending import Settings
from seedance_prep.submit.fal import Pace
from seedance_prep.submit.ledger import open_ledger
from seedance_prep.upload import Parcel
from seedance_prep.upload.fal import FalStore
from seedance_prep.wire import Wire

from ..local.conftest import ENDPOINT, aim
from ..upload.ready import output, ready
from ..wire.rogue import QUICK, SECRET, SHORT, Rogue, Seen, says

pytestmark = [  # it leaves the connections of its uploads to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
JOB = "/bytedance/seedance-2.0/requests/abc"
PART = 100_000

MEANT = {
    ("*", "user-agent"): "each says its own name",
    ("*", "accept-encoding"): "identity: a length that was announced can be checked",
    ("put", "auth"): "fal-client shows the account's key to the presigned URL, whosever it is",
    ("initiate", "storage_type"): "fal-client falls back to gcs; ours asks for the storage that"
    " fal's documents and its client for JavaScript ask for",
    ("status", "logs"): "1, as in fal's documents, for true",
    ("stream", "asked"): "we follow a job by its events, which fal-client does not know",
    ("look", "asked"): "we look whether the file lies there as it was sent",
    ("end", "asked"): "and read its end back",
    ("direct", "asked"): "fal-client's own way for small files, which needs a token and all bytes"
    " in memory; ours is the way of fal's documents, which it keeps as its fallback",
}
"""Step and what differs (``auth``, a field of the query, a header, or whether it is asked at all):
why. ``*`` is every step.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, without what must differ from call to call."""

    step: str
    says: dict[str, str]
    """Method, authorization, fields of the query, headers, body."""


@dataclass
class Both:
    """The requests of fal-client, and ours for the same work."""

    theirs: dict[str, dict[str, str]] = field(default_factory=dict)
    ours: dict[str, dict[str, str]] = field(default_factory=dict)

    def differences(self) -> set[tuple[str, str]]:
        """Step and what differs there."""
        found = {(step, "asked") for step in self.theirs.keys() ^ self.ours.keys()}
        for step in self.theirs.keys() & self.ours.keys():
            mine, fals = self.ours[step], self.theirs[step]
            found |= {
                (step, name)
                for name in mine.keys() | fals.keys()
                if mine.get(name) != fals.get(name)
            }
        return found


def unexplained(differences: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those that the table does not know."""
    return {one for one in differences if one not in MEANT and ("*", one[1]) not in MEANT}


STEPS = (
    ("POST", r"/storage/auth/token", "token"),
    ("POST", r"/storage/upload/initiate", "initiate"),
    ("POST", r"/files/upload", "direct"),
    ("POST", r"/files/upload/multipart", "begin"),
    ("PUT", r".*/multipart/\w+/(\d+)", "part"),
    ("POST", r".*/complete", "complete"),
    ("PUT", r"/files/b/[^/]+/[^/]+", "put"),
    ("HEAD", r"/files/b/.*", "look"),
    ("GET", r"/files/b/.*", "end"),
    ("POST", rf"/{ENDPOINT}", "submit"),
    ("GET", rf"{JOB}/status", "status"),
    ("GET", rf"{JOB}/status/stream", "stream"),
    ("GET", JOB, "result"),
    ("PUT", rf"{JOB}/cancel", "cancel"),
)


def read(method: str, target: str, auth: str, headers: Any, body: bytes = b"") -> Asked:
    """A request by its step."""
    path, _, query = target.partition("?")
    name, match = next(
        (name, match)
        for verb, pattern, name in STEPS
        if verb == method and (match := re.fullmatch(pattern, path))
    )
    fields = dict(one.partition("=")[::2] for one in query.split("&") if one)
    number = "".join(match.groups())
    told = {n: v for n, v in headers.items() if n not in ("host", "authorization")}
    return Asked(name + number, {"auth": auth, "body": body.decode()} | fields | told)


def of_service(came: Sequence[Received]) -> dict[str, dict[str, str]]:
    """What came in at a local service, which keeps no bodies."""
    found = [read(one.method, one.path, one.auth, one.headers) for one in came]
    return {one.step: one.says for one in found}


def of_rogue(seen: list[Seen]) -> dict[str, dict[str, str]]:
    """What came in at a rogue, with bodies."""
    found = [
        read(
            one.method, one.path, (one.authorization or "").partition(" ")[0], one.headers, one.body
        )
        for one in seen
        if one.path.startswith("/bytedance")
    ]
    return {one.step: one.says for one in found}


@pytest.fixture
def job(rogue: Rogue) -> Rogue:
    """Answers one job as fal does."""
    urls = {"status_url": f"{JOB}/status", "response_url": JOB, "cancel_url": f"{JOB}/cancel"}
    taken: dict[str, Any] = {name: rogue.base + path for name, path in urls.items()}
    place = {"upload_url": f"{rogue.base}/put", "file_url": f"{rogue.base}/a.jpg"}
    rogue.on("POST", "/storage/upload/initiate", says(200, place)).on("PUT", "/put", says(200))
    rogue.on("POST", f"/{ENDPOINT}", says(200, taken | {"request_id": "abc"}))
    rogue.on("GET", f"{JOB}/status", says(200, {"status": "COMPLETED", "logs": []}))
    rogue.on("GET", JOB, says(200, {"video": {"url": f"{rogue.base}/v.mp4"}}))
    return rogue.on("PUT", f"{JOB}/cancel", says(202, {"status": "CANCELLATION_REQUESTED"}))


def of_the_queue(rogue: Rogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    """Submit, status, result and cancel by both."""
    for name in ("QUEUE_URL_FORMAT", "RUN_URL_FORMAT"):
        monkeypatch.setattr(fal_client.client, name, f"{rogue.base}/")
    client = fal_client.SyncClient(key=SECRET)
    handle = client.submit(ENDPOINT, {"prompt": "x", "image_urls": [f"{rogue.base}/a.jpg"]})
    handle.status(with_logs=True)
    handle.get()
    handle.cancel()
    client._client.close()
    theirs = of_rogue(rogue.seen)
    rogue.seen.clear()
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"bytes")
    settings = Settings(retry=QUICK, timeouts=SHORT, pace=Pace(first=0.01))
    with Client(rogue.base, SECRET, open_ledger(tmp_path / "home"), settings=settings) as mine:
        ours = mine.submit(ready([output(picture)], prompt="x"))
        ours.result()
        ours.cancel()
    return Both(theirs, of_rogue(rogue.seen))


def of_the_storage(item: Parcel) -> Both:
    """A small file and one in parts by both; fal-client's fallback, too."""
    with LocalService() as service:
        aim(service)
        client = fal_client.SyncClient(key=SECRET)
        client.upload_file(item.path)
        client.upload_file(item.path, repository="fal", fallback_repository=[])
        fal_client.client.MultipartUpload.save_file(
            client=client._get_cdn_client(),
            token_manager=client._token_manager,
            file_path=str(item.path),
            chunk_size=PART,
            content_type=item.content_type,
        )
        client._client.close()
        del client
        gc.collect()
        since = len(service.received)
        with Wire(service=at(service.base), key=Key(SECRET)) as wire:
            FalStore(wire=wire).put(item, lambda _: None)
            FalStore(wire=wire, threshold=PART, part=PART).put(item, lambda _: None)
        came = service.received
    return Both(of_service(came[:since]), of_service(came[since:]))


@pytest.fixture
def item(tmp_path: Path) -> Parcel:
    """A clip of three parts."""
    path = tmp_path / "video1.mp4"
    path.write_bytes(bytes(2 * PART + 50_000))
    return Parcel(
        ref="@Video1",
        path=path,
        file_name=path.name,
        content_type="video/mp4",
        bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def test_our_requests_to_the_queue_are_those_of_the_fal_client(
    job: Rogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same methods, paths, queries, bodies and headers, but for what the table explains."""
    both = of_the_queue(job, tmp_path, monkeypatch)
    assert {"submit", "status", "result", "cancel"} == set(both.theirs)
    assert set() == unexplained(both.differences())


def test_our_uploads_are_those_of_the_fal_client(item: Parcel) -> None:
    """Whole and in parts, but for what the table explains."""
    both = of_the_storage(item)
    parts = {"token", "begin", "part1", "part2", "part3", "complete"}
    assert {"initiate", "put", "direct", *parts} == set(both.theirs)
    assert {"initiate", "put", "look", "end", *parts} == set(both.ours)
    assert set() == unexplained(both.differences())


def test_every_explanation_is_needed(
    job: Rogue, item: Parcel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not differ any more leaves the table."""
    found = of_the_queue(job, tmp_path, monkeypatch).differences()
    found |= of_the_storage(item).differences()
    needed = {(step if (step, name) in MEANT else "*", name) for step, name in found}
    assert set(MEANT) == needed
