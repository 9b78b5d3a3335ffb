"""Whatever goes wrong in whatever order: paid at most once, and what was paid for is had."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from seedance_prep.client import Client
from seedance_prep.core.job import State
from seedance_prep.core.outcome import Ready
from seedance_prep.errors import PrepError, UncertainError
from seedance_prep.local import ALWAYS, LocalService, MoreFaults, Pace
from seedance_prep.patience import Retry, Timeouts
from seedance_prep.sending import Settings
from seedance_prep.submit.fal import Pace as Polls
from seedance_prep.submit.ledger import Ledger, open_ledger

from ..upload.ready import output, ready

TROUBLE = (
    "submit_dropped_after", "submit_dropped_before", "submit_cut", "submit_502_nginx",
    "submit_504_nginx", "submit_429", "submit_500",
    "status_dropped", "status_cut", "status_429_bare", "status_500", "status_502_nginx",
    "stream_500", "stream_broken", "stream_repeated",
    "result_dropped", "result_cut", "result_500", "result_502_nginx",
    "initiate_500", "initiate_502_nginx", "upload_cut", "upload_dropped_after", "upload_500",
    "media_cut", "media_500", "media_502_nginx", "listing_500", "listing_hides_running",
    "initiate_dropped", "initiate_409", "upload_dropped", "upload_403", "submit_dropped",
    "stream_401", "status_409", "status_dropped_after", "result_409", "result_dropped_after",
    "media_dropped", "media_409", "media_429_bare", "listing_dropped", "listing_cut",
)  # fmt: skip
"""All that may befall the way; what becomes of the job itself is another matter."""
CHANCE = 0.3
PATIENT = 60
"""Times that a run is taken up before its end must have come."""
SETTINGS = Settings(
    retry=Retry(attempts=2, base=0.001, cap=0.002),
    timeouts=Timeouts(connect=2, read=2, total=4),
    pace=Polls(first=0.005, longest=0.02, silence=2, patience=0.1),
)
UNPAID = {State.FAILED, State.UNCERTAIN}


@pytest.fixture(scope="module")
def request_ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """One picture, the shortest and smallest video."""
    from PIL import Image

    picture = tmp_path_factory.mktemp("picture") / "a.jpg"
    Image.new("RGB", (400, 400), (0, 128, 128)).save(picture)
    return ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")


def attempts(client: Client, ledger: Ledger, ready: Ready, target: Path) -> Iterator[PrepError]:
    """Generate, then resume until it is over; each error on the way."""
    for turn in count():
        try:
            if turn == 0:
                client.generate(ready, download=target)
            else:
                client.resume(ledger.runs()[0].id, target)
        except PrepError as error:
            yield error
        else:
            return


def survive(ready: Ready, folder: Path, seed: int) -> bool:
    """No schedule of faults makes two jobs of a run, or loses the video of one; tells of a job."""
    some = random.Random(seed).sample(TROUBLE, len(TROUBLE) // 3)
    faults = MoreFaults(others=dict.fromkeys(some, ALWAYS), chance=CHANCE, seed=seed)
    ledger, target = open_ledger(folder / "home"), folder / "out.mp4"
    with (
        LocalService(0, faults, Pace(queued=0, running=0)) as service,
        Client(service.base, ledger=ledger, settings=SETTINGS) as client,
    ):
        for turn, error in enumerate(attempts(client, ledger, ready, target)):
            (run,) = ledger.runs()
            assert len(service.jobs) == 1 or run.state in UNPAID, error
            if not service.jobs and (
                run.state is State.FAILED or isinstance(error, UncertainError)
            ):
                break  # refused, or never taken: nothing more will come of it
            assert turn < PATIENT, error
        (run,) = ledger.runs()
        assert sum(service.submissions.values()) <= 1
        if service.jobs:
            assert (State.FINISHED, str(target)) == (run.state, run.saved)
            assert b"ftyp" == target.read_bytes()[4:8]
        assert ["home", *(["out.mp4"] if service.jobs else [])] == sorted(
            one.name for one in folder.iterdir()
        )
    return bool(service.jobs)


@pytest.mark.parametrize("seed", range(8))
def test_a_run_is_paid_once_and_its_video_had(
    request_ready: Ready, tmp_path: Path, seed: int
) -> None:
    """A few schedules, quickly."""
    survive(request_ready, tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_schedules(request_ready: Ready, tmp_path: Path, block: int) -> None:
    """Fifty in each block; the folder's name is the seed of the one that failed."""
    paid = 0
    for seed in range(1000 + 50 * block, 1050 + 50 * block):
        folder = tmp_path / str(seed)
        folder.mkdir()
        paid += survive(request_ready, folder, seed)
    assert paid > 15
