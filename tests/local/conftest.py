"""A running service, a plain HTTP caller, fal's own client, and small media at the limits."""

from __future__ import annotations

import gc
import mimetypes
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest

from seedance_prep.local import Faults, LocalService, Pace

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"
APP = "bytedance/seedance-2.0"
QUICK = Pace(queued=0, running=0)


@dataclass(frozen=True, slots=True)
class Caller:
    """Plain HTTP against one service, with a key that any service of this kind takes."""

    service: LocalService
    http: httpx.Client

    def upload(self, path: Path, name: str | None = None) -> str:
        """Initiate and put: the URL of the stored file."""
        name = name or path.name
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        fields = {"file_name": name, "content_type": kind}
        given = self.http.post("/storage/upload/initiate", json=fields).raise_for_status().json()
        bare = httpx.put(given["upload_url"], content=path.read_bytes(), timeout=60)
        assert 200 == bare.status_code
        return str(given["file_url"])

    def submit(self, arguments: Mapping[str, Any], **extra: Any) -> httpx.Response:
        """The POST itself."""
        return self.http.post(f"/{ENDPOINT}", json=dict(arguments), **extra)

    def job(self, arguments: Mapping[str, Any], **extra: Any) -> dict[str, Any]:
        """An accepted job: the answer of the submit."""
        found: dict[str, Any] = self.submit(arguments, **extra).raise_for_status().json()
        return found

    def ended(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The status once the job has ended."""
        while True:
            status: dict[str, Any] = self.http.get(job["status_url"]).json()
            if status["status"] == "COMPLETED":
                return status
            time.sleep(0.01)

    def result(self, arguments: Mapping[str, Any]) -> httpx.Response:
        """What the result says once the job has ended."""
        job = self.job(arguments)
        self.ended(job)
        return self.http.get(job["response_url"])


Serve = Callable[..., Caller]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(Faults(…), Pace(…))``: a caller of a fresh service."""
    with ExitStack() as stack:

        def start(faults: Faults | None = None, pace: Pace = QUICK, **more: Any) -> Caller:
            service = stack.enter_context(LocalService(0, faults, pace, **more))
            headers = {"Authorization": "Key test"}
            client = httpx.Client(base_url=service.base, headers=headers, timeout=20)
            return Caller(service, stack.enter_context(client))

        yield start


@pytest.fixture(scope="session")
def standing() -> Iterator[Caller]:
    """One service for all tests that only ask it, without faults and waiting."""
    headers = {"Authorization": "Key test"}
    with (
        LocalService(pace=QUICK) as service,
        httpx.Client(base_url=service.base, headers=headers, timeout=60) as client,
    ):
        yield Caller(service, client)


def aim(service: LocalService) -> None:
    """Point the unmodified fal-client at a service: its address constants, and no waiting."""
    target = fal_client.client
    target.QUEUE_URL_FORMAT = target.RUN_URL_FORMAT = f"{service.base}/"
    target.REST_URL = target.CDN_URL = service.base
    target.BASE_DELAY = 0


@pytest.fixture
def fal(standing: Caller) -> Iterator[fal_client.SyncClient]:
    """The unmodified fal-client, talking to the standing service."""
    aim(standing.service)
    client = fal_client.SyncClient(key="id:secret")
    yield client
    client._client.close()
    del client
    gc.collect()  # it leaves the clients of its uploads to the collector


class Media:
    """Small files at the limits: one colour, little to encode; made once each."""

    def __init__(self, make: Callable[..., Path], folder: Path) -> None:
        self._make, self._folder = make, folder

    def clip(
        self,
        name: str = "clip.mp4",
        *,
        size: str = "640x640",
        fps: str = "25",
        seconds: str = "2",
        colour: str = "red",
        codec: str = "libx264",
    ) -> Path:
        """A video of one colour without sound."""
        source = f"color={colour}:s={size}:r={fps}:d={seconds}"
        options = ["-preset", "ultrafast"] if codec.startswith("libx26") else []
        quiet = ["-x265-params", "log-level=error"] if codec == "libx265" else []
        return self._make(name, "-f", "lavfi", "-i", source, "-c:v", codec, *options, *quiet)

    def still(self, name: str = "still.png", size: str = "300x300", colour: str = "blue") -> Path:
        """A picture of one colour."""
        return self._make(name, "-f", "lavfi", "-i", f"color={colour}:s={size}", "-frames:v", "1")

    def sound(self, name: str = "sound.mp3", seconds: str = "2", *options: str) -> Path:
        """A tone."""
        return self._make(name, "-f", "lavfi", "-i", f"sine=d={seconds}:r=44100", *options)

    def padded(self, source: Path, size: int) -> Path:
        """The same file with zeros behind it, in a box or chunk of their own: so many bytes."""
        target = self._folder / f"{size}-{source.name}"
        data = source.read_bytes()
        spare = size - len(data)
        heads = {
            ".mp4": spare.to_bytes(4, "big") + b"free",
            ".wav": b"JUNK" + (spare - 8).to_bytes(4, "little"),
        }
        head = heads.get(source.suffix, b"")
        target.write_bytes(data + head + bytes(spare - len(head)))
        return target


@pytest.fixture(scope="session")
def media(ffmpeg_make: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Media:
    """Media at the limits."""
    return Media(ffmpeg_make, tmp_path_factory.mktemp("padded"))
