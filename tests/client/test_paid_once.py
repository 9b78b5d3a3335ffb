"""The very same request: on its way it is not paid for again, unless the caller says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedance_prep.client import Client
from seedance_prep.core.job import State
from seedance_prep.core.outcome import Ready
from seedance_prep.errors import PrepError, UncertainError, UsageError
from seedance_prep.local import Faults, LocalService, Pace
from seedance_prep.sending import Settings
from seedance_prep.submit.fal import Pace as Polls
from seedance_prep.submit.ledger import Ledger, open_ledger

from ..upload.ready import output, ready
from ..wire.rogue import QUICK, SHORT

SETTINGS = Settings(retry=QUICK, timeouts=SHORT, pace=Polls(first=0.01, longest=0.05, silence=5))
Serve = Callable[..., tuple[LocalService, Client]]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A fresh one."""
    return open_ledger(tmp_path / "home")


@pytest.fixture
def serve(ledger: Ledger) -> Iterator[Serve]:
    """``serve(Faults(…), Pace(…))``: a local service and a client of it."""
    held: list[LocalService | Client] = []

    def start(
        faults: Faults | None = None,
        pace: Pace = Pace(queued=0, running=0),  # noqa: B008
    ) -> tuple[LocalService, Client]:
        service = LocalService(0, faults, pace).start()
        client = Client(service.base, ledger=ledger, settings=SETTINGS)
        held.extend([service, client])
        return service, client

    yield start
    for one in reversed(held):
        one.stop() if isinstance(one, LocalService) else one.close()


@pytest.fixture
def request_ready(ffmpeg_make: Callable[..., Path]) -> Ready:
    """One picture, the shortest and smallest video."""
    picture = ffmpeg_make("a.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")
    return ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")


SLOW = Pace(queued=0, running=60)


def test_a_request_on_its_way_is_not_sent_again(
    serve: Serve, request_ready: Ready, ledger: Ledger
) -> None:
    """The sentence names the run to resume; ``submit_again`` pays for another one."""
    service, client = serve(pace=SLOW)
    job = client.submit(request_ready)
    with pytest.raises(UsageError, match=f"seedance-prep resume {job.run}"):
        client.submit(request_ready)
    assert [State.FAILED, State.SUBMITTED] == [run.state for run in ledger.runs()]
    other = client.submit(request_ready, submit_again=True)
    assert [2] == list(service.submissions.values())
    assert other.run != job.run


def test_another_request_is_another_one(serve: Serve, request_ready: Ready) -> None:
    """Other words, other numbers or other bytes are no repetition."""
    service, client = serve(pace=SLOW)
    client.submit(request_ready)
    client.submit(ready(request_ready.outputs, resolution="480p", duration=5))
    client.submit(ready(request_ready.outputs, prompt="something else"))
    assert 3 == len(service.jobs)


def test_a_request_that_is_over_may_be_sent_again(serve: Serve, request_ready: Ready) -> None:
    """A second take of what is finished, or was refused, is what people want; it is known."""
    service, client = serve(Faults(submit_500=1))
    with pytest.raises(PrepError):
        client.generate(request_ready)
    assert (first := client.generate(request_ready).run)
    earlier = client.earlier(request_ready)
    assert earlier
    assert first == earlier.id
    client.generate(request_ready)
    assert 2 == len(service.jobs)


def test_two_that_start_at_once_pay_once(serve: Serve, request_ready: Ready) -> None:
    """Whoever claims first sends; the others learn of it, however quick the service is."""
    service, client = serve()
    ends: list[str] = []
    together = threading.Barrier(6)

    def call() -> None:
        together.wait()
        with Client(service.base, ledger=client.ledger, settings=SETTINGS) as own:
            try:
                own.generate(request_ready)
                ends.append("paid")
            except UsageError as error:
                ends.append("on its way" if "on its way" in str(error) else str(error))

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["on its way"] * 5 + ["paid"] == sorted(ends)
    assert [1] == list(service.submissions.values())


def test_what_the_service_does_not_list_is_sent_again_on_demand(
    serve: Serve, request_ready: Ready, ledger: Ledger, tmp_path: Path
) -> None:
    """The first run is given up, the second is one of its own, with the very same body."""
    service, client = serve(Faults(submit_dropped_before=1))
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    assert caught.value.run
    with pytest.raises(UncertainError, match="--submit-again"):
        client.resume(caught.value.run)
    result = client.resume(caught.value.run, tmp_path / "out.mp4", submit_again=True)
    assert [2] == list(service.submissions.values())
    assert 1 == len(service.jobs)
    old, new = ledger.run(caught.value.run), ledger.run(str(result.run))
    assert (State.FAILED, State.FINISHED) == (old.state, new.state)
    assert new.id in str(old.error)
    assert old.payload == new.payload
    with pytest.raises(PrepError, match="sent again as"):
        client.resume(old.id, submit_again=True)
    assert 1 == len(service.jobs)


def test_what_the_service_lists_is_adopted_not_sent_again(
    serve: Serve, request_ready: Ready
) -> None:
    """``submit_again`` pays only when the look into the list finds nothing."""
    service, client = serve(Faults(submit_dropped_after=1))
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    assert caught.value.run == client.resume(str(caught.value.run), submit_again=True).run
    assert [1] == list(service.submissions.values())


def test_a_submit_that_may_still_be_answered_is_not_given_up(
    serve: Serve, request_ready: Ready, ledger: Ledger
) -> None:
    """Another process may be waiting for the answer of what was claimed a moment ago."""
    service, client = serve(Faults(submit_dropped_before=1))
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    run = str(caught.value.run)
    ledger.ended(run, State.SUBMITTING, "")
    with pytest.raises(UsageError, match="may still get its answer"):
        client.resume(run, submit_again=True)
    assert [1] == list(service.submissions.values())


def test_expired_files_are_not_paid_for(serve: Serve, request_ready: Ready) -> None:
    """A job whose inputs are gone would fail: said before the second POST."""
    service, client = serve(Faults(submit_dropped_before=1))
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    for stored in service.uploads:
        service.expire(service.base + stored.place)
    with pytest.raises(UsageError, match=r"@Image1 of run .* is no longer stored"):
        client.resume(str(caught.value.run), submit_again=True)
    assert [1] == list(service.submissions.values())


def test_a_start_deadline_goes_along(serve: Serve, request_ready: Ready) -> None:
    """A job that waits too long ends by itself, uncharged; a deadline that is none is refused."""
    _, client = serve(pace=Pace(queued=60, running=0))
    with pytest.raises(PrepError, match="had not started within --start-timeout"):
        client.generate(request_ready, start_timeout=1.1)
    with pytest.raises(UsageError, match="more than 1 s"):
        client.submit(request_ready, start_timeout=1)


def test_two_that_send_again_at_once_pay_once_more(serve: Serve, request_ready: Ready) -> None:
    """Whoever gives the first run up sends; the others learn of it."""
    service, client = serve(Faults(submit_dropped_before=1), SLOW)
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    run = str(caught.value.run)
    together = threading.Barrier(4)
    ends: list[str] = []

    def call() -> None:
        together.wait()
        with Client(service.base, ledger=client.ledger, settings=SETTINGS) as own:
            try:
                own.job_of_run(run, submit_again=True)
                ends.append("paid")
            except PrepError:
                ends.append("refused")

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (["paid"], 3) == ([one for one in ends if one == "paid"], ends.count("refused"))
    assert (1, [2]) == (len(service.jobs), list(service.submissions.values()))


def test_a_job_that_was_given_up_is_had_by_its_id(
    serve: Serve, request_ready: Ready, ledger: Ledger, tmp_path: Path
) -> None:
    """It was listed too late, so another was paid: its video is not lost, either."""
    faults = Faults(submit_dropped_after=1, listing_hides_running=1)
    service, client = serve(faults, Pace(queued=0, running=0.5))
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    old = str(caught.value.run)
    client.job_of_run(old, submit_again=True)
    first, second = service.jobs
    with pytest.raises(UsageError, match=f"the job {second.request_id} is of run"):
        client.resume(old, request_id=second.request_id)
    result = client.resume(old, tmp_path / "out.mp4", request_id=first.request_id)
    assert (old, first.request_id) == (result.run, result.request_id)
    assert State.FINISHED is ledger.run(old).state
    with pytest.raises(UsageError, match="never submitted"):
        client.resume(
            ledger.begin(endpoint="a/b", service="x", base=service.base, request={}),
            request_id="abc",
        )
