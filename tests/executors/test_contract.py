"""One contract for threads, processes and Dask."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path

import pytest

from seedance_prep.errors import MachineError, UsageError
from seedance_prep.executors import Crew, Kind, opened
from seedance_prep.executors.dask import Dask

from . import jobs

KINDS = [Kind.THREADS, Kind.PROCESSES, Kind.DASK]
A_CLUSTER = pytest.param(Kind.DASK, marks=pytest.mark.slow)
"""One of its own takes seconds to start."""
ELSEWHERE = [Kind.PROCESSES, A_CLUSTER]
"""Those whose workers can die."""


def hired(kind: Kind) -> Iterator[Crew]:
    with opened(kind, 2, workers=1 if kind is Kind.DASK else None) as crew:
        yield crew


def opened_at(scheduler: str) -> Iterator[Crew]:
    with opened(Kind.DASK, scheduler=scheduler) as crew:
        yield crew


@pytest.fixture(scope="module", params=KINDS)
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    yield from hired(request.param)


def test_work_comes_back(crew: Crew) -> None:
    """Every piece of work that is submitted gives its own value."""
    futures = [crew.submit(jobs.doubled, number) for number in range(20)]
    assert [2 * number for number in range(20)] == [one.result(30) for one in futures]


def test_memory_is_that_of_other_machines_alone(crew: Crew) -> None:
    """Workers of this machine share what it has; a cluster that is reached says its own."""
    assert crew.memory is None
    if isinstance(crew, Dask):
        limits = [one["memory_limit"] for one in crew.client.scheduler_info()["workers"].values()]
        for reached in opened_at(crew.client.scheduler.address):
            assert sum(limits) == reached.memory


def test_an_exception_travels(crew: Crew) -> None:
    """What a piece of work raises is raised where its value is asked for."""
    with pytest.raises(jobs.OwnError, match="on purpose"):
        crew.submit(jobs.raising, "on purpose").result(30)


def test_no_more_than_its_slots_run_at_a_time(crew: Crew, tmp_path: Path) -> None:
    """``slots`` is the truth, also with much more work than that."""
    assert 2 == crew.slots
    futures = [crew.submit(jobs.counted, tmp_path, number) for number in range(8)]
    assert crew.slots == max(one.result(30) for one in futures)


def test_what_waits_can_be_cancelled(crew: Crew, tmp_path: Path) -> None:
    """Of work that waits behind other work, what is cancelled never runs."""
    running = [crew.submit(jobs.slept, 0.3, tmp_path / f"{number}") for number in range(2)]
    waiting = [crew.submit(jobs.slept, 0.0, tmp_path / f"late{number}") for number in range(8)]
    assert waiting[-1].cancel()
    assert [0.3, 0.3] == [one.result(30) for one in running]
    for one in waiting[:-1]:
        one.result(30)
    assert not (tmp_path / "late7").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("kind", ELSEWHERE)
def test_lost_workers_are_told_and_replaced(kind: Kind, tmp_path: Path) -> None:
    """Work that ends its worker is told as lost, and others are done afterwards."""
    for crew in hired(kind):
        lost: Future[None] = crew.submit(jobs.ended, tmp_path / "mark")
        with pytest.raises(BrokenExecutor):
            lost.result(60)
        assert 4 == crew.submit(jobs.doubled, 2).result(60)


@pytest.mark.parametrize("kind", [Kind.THREADS, Kind.PROCESSES, A_CLUSTER])
def test_leaving_in_haste_ends_what_runs(kind: Kind, tmp_path: Path) -> None:
    """A block that is left by an exception does not wait for what has not begun."""
    with pytest.raises(RuntimeError, match="enough"):
        _left(kind, tmp_path)
    assert len(list(tmp_path.iterdir())) < 10


def _left(kind: Kind, folder: Path) -> None:
    with opened(kind, 2, workers=1 if kind is Kind.DASK else None) as crew:
        for number in range(50):
            crew.submit(jobs.slept, 0.2, folder / f"{number}")
        time.sleep(0.1)
        raise RuntimeError("enough")


@pytest.mark.slow  # waits for as long as a scheduler may take to answer
def test_a_scheduler_that_is_not_there_is_told() -> None:
    """No scheduler at the address is one sentence about this machine's surroundings."""
    with (
        pytest.raises(MachineError, match="no Dask scheduler answers at"),
        opened(Kind.DASK, scheduler="tcp://127.0.0.1:9"),
    ):
        pass


def test_the_cluster_options_belong_to_dask() -> None:
    """``--workers`` without Dask is a call that makes no sense."""
    with pytest.raises(UsageError, match="--executor dask"), opened(Kind.THREADS, workers=2):
        pass
