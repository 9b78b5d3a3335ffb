"""What a job tells while it is followed, and what it writes down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seedance_prep.core.event import EventType
from seedance_prep.core.job import State, Status
from seedance_prep.errors import JobFailedError, MachineError, PendingError, RefusedError
from seedance_prep.submit.fal import FalQueue, Pace
from seedance_prep.submit.job import Job, Teller
from seedance_prep.submit.ledger import Ledger, open_ledger
from seedance_prep.submit.queue import Cancellation
from seedance_prep.wire import Wire

from ..wire.rogue import Rogue, drops, says, streams

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"
PLACE = "/bytedance/seedance-2.0/requests/abc"
STATUS, STREAM, CANCEL = f"{PLACE}/status", f"{PLACE}/status/stream", f"{PLACE}/cancel"
OUTPUT = {"video": {"url": "https://v3.fal.media/x.mp4"}, "seed": 7}
DONE = {"status": "COMPLETED"}


def log(message: str, second: int) -> dict[str, Any]:
    """A log line."""
    return {"message": message, "timestamp": f"2026-11-22T00:00:{second:02}.000Z"}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A fresh one."""
    return open_ledger(tmp_path)


@pytest.fixture
def job(wire: Wire, ledger: Ledger) -> Job:
    """A job that the service has taken."""
    queue = FalQueue(wire=wire, pace=Pace(first=0.005, longest=0.01, silence=1, patience=0))
    handle = queue.handle(ENDPOINT, "abc")
    run = ledger.begin(endpoint=ENDPOINT, service="x", base="x", request={})
    ledger.claim(run, {})
    ledger.submitted(run, handle)
    return Job(handle=handle, queue=queue, run=run, ledger=ledger, wire=wire)


def state_of(job: Job) -> State:
    """What the ledger says."""
    assert job.ledger
    assert job.run
    return job.ledger.run(job.run).state


def test_only_what_is_new_is_told() -> None:
    """A poll repeats all log lines, a stream sends each once: both come out once."""
    teller = Teller()
    lines = (log("a", 1), log("b", 2))
    told = [
        event
        for status in (
            Status(state="IN_QUEUE", queue_position=2),
            Status(state="IN_QUEUE", queue_position=2),
            Status(state="IN_QUEUE", queue_position=0),
            Status(state="IN_PROGRESS", logs=lines[:1]),
            Status(state="IN_PROGRESS", logs=lines),
            Status(state="COMPLETED", logs=(*lines, log("a", 3))),
        )
        for event in teller.tell(status)
    ]
    assert [
        ("queued", 2), ("queued", 0), ("running", None), ("log", "a"), ("log", "b"), ("log", "a"),
    ] == [(e.type.value, e.data.get("position", e.data.get("message"))) for e in told]  # fmt: skip


def test_a_job_is_followed_to_its_result(rogue: Rogue, job: Job) -> None:
    """queued, running, log, done with the service's own output; then the ledger has it."""
    progress = {"status": "IN_PROGRESS", "logs": [log("making", 1)]}
    rogue.on("GET", STREAM, streams({"status": "IN_QUEUE", "queue_position": 1}, progress, DONE))
    rogue.on("GET", PLACE, says(200, OUTPUT))
    events = list(job.events())
    assert ["queued", "running", "log", "done"] == [event.type.value for event in events]
    assert OUTPUT == events[-1].data["output"]
    assert State.FINISHED is state_of(job)
    assert 7 == job.result().seed
    assert 1 == rogue.count("GET", PLACE) - rogue.count("GET", STATUS)


def test_a_failed_job_is_told_raised_and_written(rogue: Rogue, job: Job) -> None:
    """COMPLETED, and yet failed: a last event, an error with the reason, the ledger."""
    failed = {"detail": "x", "error_type": "runner_server_error"}
    rogue.on("GET", STREAM, streams(DONE | {"error": "x", "error_type": "runner_server_error"}))
    rogue.on("GET", PLACE, says(500, failed, x_fal_request_id="abc"))
    last = list(job.events())[-1]
    assert (EventType.FAILED, "runner_server_error", False) == (
        last.type,
        last.data["kind"],
        last.data["charged"],
    )
    with pytest.raises(JobFailedError, match="the model crashed"):
        job.result()
    assert State.FAILED is state_of(job)


def test_a_cancelled_job_is_written_as_one(rogue: Rogue, job: Job) -> None:
    """First by our own word, then by the service's."""
    rogue.on("PUT", CANCEL, says(202, {"status": "CANCELLATION_REQUESTED"}))
    assert Cancellation.REQUESTED is job.cancel()
    assert State.CANCELLED is state_of(job)
    rogue.on("GET", STREAM, streams(DONE))
    rogue.on("GET", PLACE, says(499, {"detail": "x", "error_type": "client_cancelled"}))
    with pytest.raises(JobFailedError, match="cancelled"):
        job.result()
    assert State.CANCELLED is state_of(job)


def test_a_cancel_that_came_too_late_changes_nothing(rogue: Rogue, job: Job) -> None:
    """The job had ended; what it made can still be fetched."""
    rogue.on("PUT", CANCEL, says(400, {"status": "ALREADY_COMPLETED"}))
    assert Cancellation.TOO_LATE is job.cancel()
    assert State.SUBMITTED is state_of(job)


def test_a_cancelled_job_that_finished_all_the_same_has_its_result(rogue: Rogue, job: Job) -> None:
    """A cancel is only a wish; the video was made and is handed out."""
    rogue.on("PUT", CANCEL, says(202)).on("GET", STREAM, streams(DONE))
    rogue.on("GET", PLACE, says(200, OUTPUT))
    job.cancel()
    assert 7 == job.result().seed
    assert State.FINISHED is state_of(job)


def test_out_of_time_the_job_goes_on(rogue: Rogue, job: Job) -> None:
    """Exit 5 with the run to resume; nothing is cancelled, nothing is sent again."""
    rogue.on("GET", STREAM, says(404)).on("GET", STATUS, says(202, {"status": "IN_PROGRESS"}))
    with pytest.raises(PendingError, match=r"after 0\.1 s") as caught:
        job.result(timeout=0.1)
    assert (5, job.run) == (caught.value.status, caught.value.run)
    assert f"seedance-prep resume {job.run}" in str(caught.value)
    assert State.SUBMITTED is state_of(job)
    assert (0, 0) == (rogue.count("PUT"), rogue.count("POST"))


@pytest.mark.parametrize("action", [drops, says(503), says(401), says(200, {"status": "NEW"})])
def test_out_of_reach_the_job_goes_on(rogue: Rogue, job: Job, action: Any) -> None:
    """Polls that fail, a revoked key, an unknown word: never a second submit."""
    rogue.on("GET", STREAM, drops).on("GET", STATUS, action)
    with pytest.raises(PendingError, match="its end was not seen"):
        job.result()
    assert State.SUBMITTED is state_of(job)
    assert 0 == rogue.count("POST")


def test_a_ledger_that_breaks_does_not_cost_the_video(rogue: Rogue, job: Job) -> None:
    """The result is handed out even when it cannot be written down."""
    assert job.ledger
    rogue.on("GET", STREAM, streams(DONE)).on("GET", PLACE, says(200, OUTPUT))
    job.ledger.path.write_bytes(b"damaged" * 1000)
    assert 7 == job.result().seed
    with pytest.raises(MachineError):
        state_of(job)


def test_a_job_whose_result_is_known_asks_nobody(rogue: Rogue, wire: Wire, job: Job) -> None:
    """The ledger keeps the output when the service no longer does."""
    known = Job(handle=job.handle, queue=job.queue, output=OUTPUT)
    assert 7 == known.result().seed
    assert ["done"] == [event.type.value for event in known.events()]
    assert [] == rogue.seen


def test_a_job_that_the_service_does_not_know_is_refused(rogue: Rogue, job: Job) -> None:
    """404 is the end of it: nothing is pending under this id."""
    rogue.on("GET", STREAM, says(404)).on("GET", STATUS, says(404, {"status": "NOT_FOUND"}))
    with pytest.raises(RefusedError) as caught:
        job.result()
    assert (404, 4) == (caught.value.http_status, caught.value.status)


def test_why_a_job_failed_outlives_its_result(rogue: Rogue, job: Job) -> None:
    """The result is no longer kept: the status still says that it was cancelled."""
    gone = DONE | {"error": "Request was cancelled", "error_type": "client_cancelled"}
    rogue.on("GET", STREAM, streams(gone)).on("GET", PLACE, says(404, {"status": "NOT_FOUND"}))
    with pytest.raises(JobFailedError, match=r'was cancelled.*says "Request was cancelled"'):
        job.result()
    assert State.CANCELLED is state_of(job)


def test_how_a_job_failed_is_written_down(rogue: Rogue, job: Job) -> None:
    """The service's word and the bill are in the ledger."""
    refused = {"detail": [{"loc": ["body", "prompt"], "type": "content_policy_violation"}]}
    rogue.on("GET", STREAM, streams(DONE))
    rogue.on("GET", PLACE, says(422, refused, x_fal_billable_units="0"))
    with pytest.raises(JobFailedError):
        job.result()
    assert job.ledger
    row = job.ledger.run(str(job.run))
    assert (State.FAILED, "content_policy_violation", False) == (row.state, row.kind, row.charged)
