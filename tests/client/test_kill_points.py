"""SIGKILL before and after every write to the ledger and every request: paid once, nothing lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from seedance_prep.client import Client
from seedance_prep.core.job import State
from seedance_prep.core.run import Run
from seedance_prep.errors import PrepError, UncertainError, UsageError
from seedance_prep.local import ALWAYS, Faults, MoreFaults, Pace
from seedance_prep.submit.ledger import Ledger, open_ledger

from .killer import POINTS, Callers, Killer, callers
from .killing import HASTE
from .test_random_faults import TROUBLE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")

QUICK = {"after claim", "before submitted", "after submitted", "before finished",
         "answer to submit"}  # fmt: skip
ON_THE_WAY = tuple(one for one in POINTS if one not in {f"{a} {b}" for a in
                   ("arrival of", "answer to") for b in ("status", "listing")})  # fmt: skip
"""Points that a call without faults comes by."""
UNPAID = {State.PREPARED, State.UPLOADING}
TRIES = 60
"""Times that a run is taken up before its end must have come."""
INSTANT = Pace(queued=0, running=0)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small, and compliant as it is."""
    from PIL import Image

    path = tmp_path_factory.mktemp("picture") / "a.jpg"
    Image.new("RGB", (400, 400), (0, 128, 128)).save(path)
    return path


@pytest.fixture(scope="module")
def calls() -> Iterator[Callers]:
    """The program that makes the calls."""
    with callers() as program:
        yield program


def whole(ledger: Ledger) -> bool:
    """Whether sqlite finds no fault with the file."""
    with closing(sqlite3.connect(ledger.path)) as db:
        return [("ok",)] == db.execute("PRAGMA integrity_check").fetchall()


def ended(service: Killer, ledger: Ledger, run: Run, target: Path) -> PrepError | None:
    """Resume without being killed; the error that it ends with."""
    with Client(service.base, ledger=ledger, settings=HASTE) as client:
        try:
            client.resume(run.id, target)
        except PrepError as error:
            return error
    return None


@pytest.mark.parametrize(
    "point",
    [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in ON_THE_WAY],
)
def test_killed_at_a_point_a_run_is_paid_once(
    calls: Callers, picture: Path, tmp_path: Path, point: str
) -> None:
    """At most one POST; what was taken is found and saved; what was not is known to be unpaid."""
    ledger, target = open_ledger(tmp_path), tmp_path / "back.mp4"
    service = Killer(pace=Pace(queued=0.02, running=0.02))
    with service:
        status = calls.call(service, point, home=str(tmp_path), picture=str(picture))
        assert -signal.SIGKILL == status
        assert whole(ledger)
        runs = ledger.runs()
        assert runs or point == "before begin"
        for run in runs:
            error = ended(service, ledger, run, target)
            if service.jobs:
                assert error is None
                assert State.FINISHED is ledger.run(run.id).state
                assert b"ftyp" == target.read_bytes()[4:8]
            else:
                expected = UsageError if run.state in UNPAID else UncertainError
                assert expected is type(error)
        assert len(service.jobs) == sum(service.submissions.values()) <= 1


def survive(
    calls: Callers, picture: Path, folder: Path, faults: Faults, points: list[str]
) -> State | None:
    """One schedule: faults all the way, and a call that is killed for each point in turn.

    First ``generate``, then ``resume`` until there is an end; gives the state that it ended in.
    """
    ledger = open_ledger(folder)
    service = Killer(0, faults, INSTANT)
    with service:
        seen: list[str] = []
        for turn in range(TRIES):
            point = points[turn] if turn < len(points) else ""
            run = next(iter(ledger.runs()), None)
            status = calls.call(
                service, point, home=str(folder), picture=str(picture), run=run and run.id
            )
            (row,) = ledger.runs() or (None,)
            assert whole(ledger)
            assert sum(service.submissions.values()) <= 1
            seen.append(f"{point or 'no kill'}: {status}, {row and row.state}")
            if status == -signal.SIGKILL or row is None:
                continue
            if status == 0:
                assert (State.FINISHED, str(folder / "out.mp4")) == (row.state, row.saved), seen
                break
            if not service.jobs and turn >= len(points):
                break  # refused, or never taken: nothing more will come of it
        assert len(service.jobs) <= 1, seen
        row = next(iter(ledger.runs()), None)
        if service.jobs:
            assert row is not None
            assert State.FINISHED is row.state, seen
            made = service.uploads[-1].path.read_bytes()
            assert made == (folder / "out.mp4").read_bytes(), seen
        assert not list(folder.glob(".*"))
        return row.state if row else None


schedules = st.tuples(
    st.integers(0, 1 << 30),
    st.sets(st.sampled_from(TROUBLE), max_size=8),
    st.lists(st.sampled_from(POINTS), min_size=1, max_size=4),
)
"""The seed of the faults, which faults there are, and where each call is killed."""


def held(calls: Callers, picture: Path, schedule: tuple[int, set[str], list[str]]) -> State | None:
    """One schedule in a folder of its own."""
    number, trouble, points = schedule
    faults = MoreFaults(others=dict.fromkeys(sorted(trouble), ALWAYS), chance=0.3, seed=number)
    with tempfile.TemporaryDirectory() as folder:
        return survive(calls, picture, Path(folder), faults, points)


KEPT = settings(
    database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
)


def test_killed_again_and_again_a_run_is_paid_once(calls: Callers, picture: Path) -> None:
    """A few schedules of kills and faults, quickly."""

    @seed(20261122)
    @settings(KEPT, max_examples=8)
    @given(schedules)
    def holds(schedule: tuple[int, set[str], list[str]]) -> None:
        held(calls, picture, schedule)

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_schedules_of_kills(calls: Callers, picture: Path, block: int) -> None:
    """Sixty in each block: no run has two paid jobs, no result is lost, no ledger is corrupt."""
    ends: list[State | None] = []

    @seed(1000 + block)
    @settings(KEPT, max_examples=60)
    @given(schedules)
    def holds(schedule: tuple[int, set[str], list[str]]) -> None:
        ends.append(held(calls, picture, schedule))

    holds()
    assert ends.count(State.FINISHED) >= 15, ends
