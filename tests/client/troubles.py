"""One fault at one step, met by what a caller does there: what comes of it.

``faults.txt`` holds what is expected of each; the README's table is made of it.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from seedance_prep import webhook
from seedance_prep.client import Client, Job
from seedance_prep.core.job import State
from seedance_prep.core.outcome import Ready
from seedance_prep.errors import PrepError, UncertainError
from seedance_prep.local import ALWAYS, Faults, LocalService, MoreFaults, Pace
from seedance_prep.patience import Retry, Timeouts
from seedance_prep.sending import Link, Settings
from seedance_prep.submit import fal
from seedance_prep.submit.ledger import open_ledger
from seedance_prep.upload import Parcel, parcel

from ..upload.ready import output, ready

GRID = Path(__file__).with_name("faults.txt")
Act = Callable[[], object]
READ = 0.5
LATE = 2 * READ
"""Seconds: later than anybody waits here."""
SETTINGS = Settings(
    retry=Retry(attempts=3, base=0.001, cap=0.002),
    timeouts=Timeouts(connect=2, read=READ, total=2),
    pace=fal.Pace(first=0.005, longest=0.01, silence=READ),
)
PART = 50_000


@dataclass
class Scene:
    """A service, a caller, a picture, a clip of several parts, and a job that has ended."""

    service: LocalService
    client: Client
    ready: Ready
    clip: Parcel
    ended: Job
    folder: Path
    patience: float = 0
    """Seconds that the service may be out of reach."""

    @property
    def link(self) -> Link:
        """The client's own way to the service."""
        return self.client._link()

    def other(self) -> Ready:
        """A request that was not sent before."""
        request = replace(self.ready.request, prompt=f"@Image1 {uuid.uuid4()}")
        return replace(self.ready, request=request, prompt=request.prompt)


@contextmanager
def scene(folder: Path, picture: Path) -> Iterator[Scene]:
    """Everything that the steps need."""
    clip = folder / "clip.mp4"
    clip.write_bytes(b"".join(hashlib.sha512(b"%d" % n).digest() for n in range(3000)))
    small = ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")
    with (
        LocalService(pace=Pace(queued=0, running=0)) as service,
        Client(service.base, ledger=open_ledger(folder / "home"), settings=SETTINGS) as client,
    ):
        job = client.submit(small)
        for _ in job.events():
            pass
        yield Scene(service, client, small, parcel(output(clip, "@Video1", "mp4")), job, folder)


def upload_whole(at: Scene) -> Act:
    """A small file: initiate, PUT, look."""
    store, item = at.link.store, parcel(at.ready.outputs[0])
    return lambda: store.put(item, lambda _: None)


def upload_parts(at: Scene) -> Act:
    """A large file: token, begin, parts, complete, look."""
    store = replace(at.link.store, threshold=PART, part=PART)
    return lambda: store.put(at.clip, lambda _: None)


def submit(at: Scene) -> Act:
    """The paid request."""
    return lambda: at.client.submit(at.other())


def follow(at: Scene) -> Act:
    """The end of a job, as another process asks for it."""
    pace = replace(SETTINGS.pace, patience=at.patience)
    job = Job(handle=at.ended.handle, queue=replace(at.link.queue, pace=pace))
    return job.result


def cancel(at: Scene) -> Act:
    """A job that has ended: too late is an answer, too."""
    job = Job(handle=at.ended.handle, queue=at.link.queue)
    return job.cancel


def look_up(at: Scene) -> Act:
    """The job of a submit whose answer was lost."""
    at.service.misbehave(Faults(submit_dropped_after=1, job_422_text=ALWAYS))
    with suppress(UncertainError):
        at.client.submit(at.other())
    run = at.client.ledger.runs(1)[0]
    assert State.UNCERTAIN is run.state
    return lambda: at.client.job_of_run(run.id)


def download(at: Scene) -> Act:
    """The video."""
    video = at.ended.result().video
    return lambda: video.save(at.folder / "out.mp4")


def verify(at: Scene) -> Act:
    """A genuine delivery, by keys that were not had before."""
    service = at.link.wire.service
    webhook._known[service.rest] = webhook.Keys(service, SETTINGS.retry)
    house = at.service._house
    assert house is not None
    body = b'{"status": "OK"}'
    headers = house.herald.headers(str(uuid.uuid4()), body, int(time.time()))
    return lambda: webhook.verify(headers, body, service=service)


def whole_job(at: Scene) -> Act:
    """Submit and wait."""
    return lambda: at.client.submit(at.other()).result(timeout=20)


def endless(at: Scene) -> Act:
    """Submit, and wait no longer than this."""
    return lambda: at.client.submit(at.other()).result(timeout=0.1)


STEPS: Mapping[str, Callable[[Scene], Act]] = {
    "token": upload_parts,
    "initiate": upload_whole,
    "begin": upload_parts,
    "upload": upload_parts,
    "complete": upload_parts,
    "submit": submit,
    "listing": look_up,
    "stream": follow,
    "status": follow,
    "result": follow,
    "cancel": cancel,
    "media": download,
    "keys": verify,
}
"""What is done where a fault befalls; each prepares first."""
ALONE: Mapping[str, Callable[[Scene], Act]] = {
    "stream_broken": follow,
    "stream_repeated": follow,
    "slow": follow,
    "result_expired": follow,
    "media_expired": download,
    "job_fails": whole_job,
    "job_download_error": whole_job,
    "job_policy": whole_job,
    "job_output_policy": whole_job,
    "job_422_text": whole_job,
    "job_never_ends": endless,
}
"""Faults of one place only."""
SHORT_JOBS = Faults(job_422_text=ALWAYS)
"""Nobody waits for their videos, so none are made."""
UNHEARD = {"status": {"stream_500": ALWAYS}}
"""What must fail besides, so that a step is taken at all."""


def outcome(at: Scene, fault: str, step: Callable[[Scene], Act], times: int) -> str:
    """``ok``, or the exit status that the command line would end with."""
    at.patience = 20 if times == 1 else 0.05
    at.service.misbehave(SHORT_JOBS)
    act = step(at)
    place = fault.partition("_")[0]
    others = UNHEARD.get(place, {}) | {fault: times}
    if place != "job":
        others["job_422_text"] = ALWAYS
    at.service.misbehave(
        MoreFaults(others=others, late_seconds=LATE, slow_seconds=0.05, retry_after=0)
    )
    before = at.service.submissions
    try:
        act()
    except PrepError as error:
        return str(error.status)
    finally:
        at.service.misbehave()
        counted = Counter(at.service.submissions)
        counted.subtract(before)
        assert all(count <= 1 for count in counted.values())
    return "ok"


def expected() -> dict[str, tuple[str, str]]:
    """By fault: what comes of it when it happens once, and when it stays."""
    found: dict[str, tuple[str, str]] = {}
    for line in filter(None, GRID.read_text(encoding="utf-8").splitlines()):
        name, *cells = line.split()
        if name == "places":
            places = cells
        elif len(cells) == 1:
            found[name] = _pair(cells[0])
        else:
            found |= {f"{p}_{name}": _pair(c) for p, c in zip(places, cells, strict=True)}
    return found


def _pair(cell: str) -> tuple[str, str]:
    once, _, always = cell.partition("/")
    return once, always
