"""Following a job over fal's protocol: status, stream, result, cancel."""

from __future__ import annotations

import time
from typing import Any

import pytest

from seedance_prep.core.job import Handle, Status
from seedance_prep.errors import (
    AnswerError,
    JobFailedError,
    LostAnswerError,
    RefusedError,
    UsageError,
)
from seedance_prep.submit.fal import FalQueue, Pace, app_of
from seedance_prep.submit.queue import Cancellation
from seedance_prep.wire import Wire

from ..wire.rogue import SECRET, Action, Rogue, drops, says, streams

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"
PLACE = "/bytedance/seedance-2.0/requests/abc"
STATUS, STREAM, CANCEL = f"{PLACE}/status", f"{PLACE}/status/stream", f"{PLACE}/cancel"
OUTPUT = {"video": {"url": "https://v3.fal.media/files/x.mp4"}, "seed": 7}


@pytest.fixture
def queue(wire: Wire) -> FalQueue:
    """A queue that does not wait."""
    return FalQueue(wire=wire, pace=Pace(first=0.005, longest=0.01, silence=1))


@pytest.fixture
def handle(queue: FalQueue) -> Handle:
    """The job that all of this is about."""
    return queue.handle(ENDPOINT, "abc")


def queued(position: int) -> dict[str, Any]:
    """Waiting behind so many."""
    return {"status": "IN_QUEUE", "queue_position": position, "logs": None}


def running(*messages: str) -> dict[str, Any]:
    """Working, with these log lines."""
    logs = [{"message": m, "timestamp": "2026-11-22T00:00:00.000Z"} for m in messages]
    return {"status": "IN_PROGRESS", "logs": logs or None}


COMPLETED = {"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 3.5}}


@pytest.mark.parametrize(
    ("expected", "endpoint"),
    [
        ("bytedance/seedance-2.0", ENDPOINT),
        ("owner/alias", "owner/alias"),
        ("workflows/owner/alias", "workflows/owner/alias/path"),
        ("comfy/owner/alias", "comfy/owner/alias"),
    ],
)
def test_urls_are_cut_to_owner_and_alias(expected: str, endpoint: str) -> None:
    """GET on the whole path is answered 405."""
    assert expected == app_of(endpoint)


@pytest.mark.parametrize("endpoint", ["", "one", "workflows/a", "a//b", "/a/b"])
def test_something_that_is_no_endpoint_is_a_wrong_call(endpoint: str) -> None:
    """No URL is built of it."""
    with pytest.raises(UsageError, match="endpoint"):
        app_of(endpoint)


@pytest.mark.parametrize("request_id", ["", "../x", "a/b", "a?b", "a" * 101])
def test_something_that_is_no_request_id_is_a_wrong_call(queue: FalQueue, request_id: str) -> None:
    """No URL is built of it."""
    with pytest.raises(UsageError, match="request id"):
        queue.handle(ENDPOINT, request_id)


@pytest.mark.parametrize(
    ("expected", "http", "body"),
    [
        (Status(state="IN_QUEUE", queue_position=3), 202, queued(3)),
        (Status(state="IN_PROGRESS"), 202, running()),
        (Status(state="COMPLETED", metrics={"inference_time": 3.5}), 200, COMPLETED),
        (
            Status(state="COMPLETED", error="boom", error_type="runner_server_error"),
            200,
            {"status": "COMPLETED", "error": "boom", "error_type": "runner_server_error"},
        ),
    ],
)
def test_a_status_is_read(
    rogue: Rogue, queue: FalQueue, handle: Handle, expected: Status, http: int, body: Any
) -> None:
    """202 while it waits or works, 200 when it has ended; only the body counts."""
    rogue.on("GET", STATUS, says(http, body))
    assert expected == queue.status(handle)
    assert f"{STATUS}?logs=0" == rogue.seen[0].path
    assert f"Key {SECRET}" == rogue.seen[0].authorization


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("status.status is 'FAILED', not one of", {"status": "FAILED"}),
        ("status.status is missing, not text", {}),
        ("status is [], not an object", []),
        ("status.queue_position is 'x', not a whole number", queued(0) | {"queue_position": "x"}),
        ("status.logs[0] is 'x', not an object", running() | {"logs": ["x"]}),
    ],
)
def test_a_status_that_the_protocol_does_not_know_names_the_place(
    rogue: Rogue, queue: FalQueue, handle: Handle, expected: str, body: Any
) -> None:
    """The error grows a path into the answer."""
    rogue.on("GET", STATUS, says(200, body))
    with pytest.raises(AnswerError) as caught:
        queue.status(handle)
    assert expected in str(caught.value)


def test_polling_gets_over_what_is_transient(rogue: Rogue, queue: FalQueue, handle: Handle) -> None:
    """429, a gateway's page and a dropped connection are no end of the job."""
    rogue.on("GET", STATUS, says(429, retry_after="0"), drops, says(200, COMPLETED))
    assert "COMPLETED" == queue.status(handle).state


def test_a_status_that_cannot_be_had_is_no_refusal(
    rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """The job goes on; only we cannot see it."""
    rogue.on("GET", STATUS, says(503))
    with pytest.raises(LostAnswerError, match="503"):
        queue.status(handle)


def test_an_unknown_job_is_a_refusal(rogue: Rogue, queue: FalQueue, handle: Handle) -> None:
    """404 NOT_FOUND."""
    rogue.on("GET", STATUS, says(404, {"status": "NOT_FOUND"}))
    with pytest.raises(RefusedError) as caught:
        queue.status(handle)
    assert 404 == caught.value.http_status


def test_the_stream_is_followed_to_its_end(rogue: Rogue, queue: FalQueue, handle: Handle) -> None:
    """Each event is a status; comments are skipped; nothing is polled."""
    rogue.on("GET", STREAM, streams(queued(1), running("hello"), COMPLETED))
    seen = list(queue.watch(handle))
    assert ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"] == [status.state for status in seen]
    assert "hello" == seen[1].logs[0]["message"]
    assert 0 == rogue.count("GET", f"{STATUS}?")
    assert f"{STREAM}?logs=1" == rogue.seen[0].path


BROKEN: dict[str, Action] = {
    "not there": says(404),
    "not taken": says(405),
    "not a stream": says(200, queued(1)),
    "dropped": drops,
    "ends early": streams(queued(1)),
    "not a status": streams({"status": "WHATEVER"}),
    "server error": says(500),
}


@pytest.mark.parametrize("name", BROKEN)
def test_polling_takes_over_from_a_stream_that_breaks(
    name: str, rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """Whatever is wrong with the stream, the job is followed to its end."""
    rogue.on("GET", STREAM, BROKEN[name])
    rogue.on("GET", STATUS, says(202, queued(0)), says(202, running("a")), says(200, COMPLETED))
    assert ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"] == [
        status.state for status in queue.watch(handle)
    ][-3:]


def test_a_silent_stream_is_left(rogue: Rogue, wire: Wire, handle: Handle) -> None:
    """A stream without a word gives way to polling."""
    queue = FalQueue(wire=wire, pace=Pace(first=0.005, longest=0.01, silence=0.2))
    rogue.on("GET", STREAM, rogue.silent).on("GET", STATUS, says(200, COMPLETED))
    assert ["COMPLETED"] == [status.state for status in queue.watch(handle)]


def test_a_deadline_ends_the_watching(rogue: Rogue, queue: FalQueue, handle: Handle) -> None:
    """The iterator ends without COMPLETED."""
    rogue.on("GET", STREAM, says(404)).on("GET", STATUS, says(202, running()))
    seen = list(queue.watch(handle, deadline=time.monotonic() + 0.1))
    assert {"IN_PROGRESS"} == {status.state for status in seen}


def test_an_outage_is_waited_out(rogue: Rogue, queue: FalQueue, handle: Handle) -> None:
    """More failures than one poll's retries bear: the following goes on."""
    rogue.on("GET", STREAM, says(404))
    rogue.on("GET", STATUS, *[drops] * 4, *[says(503)] * 4, says(200, COMPLETED))
    assert ["COMPLETED"] == [status.state for status in queue.watch(handle)]


def test_a_stream_of_keep_alives_does_not_outlast_the_deadline(
    rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """Comments are words, too, so silence never comes; the deadline does."""

    def chatters(handler: Any, _seen: Any) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        while not rogue.released.wait(0.02):
            handler.wfile.write(b": ping\n\n")

    rogue.on("GET", STREAM, chatters).on("GET", STATUS, says(202, running()))
    seen = list(queue.watch(handle, deadline=time.monotonic() + 0.3))
    assert {"IN_PROGRESS"} == {status.state for status in seen}


def test_a_result_is_the_service_s_own_output(
    rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """Untouched."""
    rogue.on("GET", PLACE, says(200, OUTPUT))
    assert OUTPUT == queue.result(handle)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("content_policy_violation", 422, {"detail": [{"type": "content_policy_violation"}]}),
        ("runner_server_error", 500, {"detail": "x", "error_type": "runner_server_error"}),
        ("client_cancelled", 499, {"detail": "x", "error_type": "client_cancelled"}),
        ("result_expired", 404, {"status": "NOT_FOUND"}),
        ("result_expired", 410, None),
        ("no_media_generated", 200, {"detail": [{"type": "no_media_generated"}]}),
        (None, 200, {"video": None}),
        (None, 200, []),
    ],
)
def test_a_job_that_ended_without_a_video_has_failed(
    rogue: Rogue, queue: FalQueue, handle: Handle, kind: str | None, status: int, body: Any
) -> None:
    """Failures replay the model's answer; a 200 with an error in it is none the less one."""
    rogue.on("GET", PLACE, says(status, body, x_fal_request_id="abc"))
    with pytest.raises(JobFailedError) as caught:
        queue.result(handle)
    assert kind == caught.value.kind


def test_a_gateway_between_is_no_failure_of_the_job(
    rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """502 without a request id is asked again; if it stays, the result is just not here yet."""
    rogue.on("GET", PLACE, says(502, b"<nginx>"), drops, says(200, OUTPUT))
    assert OUTPUT == queue.result(handle)
    rogue.on("GET", PLACE, says(502, b"<nginx>"))
    with pytest.raises(LostAnswerError):
        queue.result(handle)


def test_a_result_that_went_well_is_asked_for_again(
    rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """A 500 with a request id is no failed job when the status named no error: it was paid for."""
    hiccup = says(500, {"detail": "x"}, x_fal_request_id="abc")
    early = says(400, {"detail": "Request is still in progress"}, x_fal_request_id="abc")
    rogue.on("GET", PLACE, hiccup, early, says(200, OUTPUT))
    assert OUTPUT == queue.result(handle, went_well=True)
    rogue.on("GET", PLACE, early)
    with pytest.raises(LostAnswerError, match="answered 400 instead of the result"):
        queue.result(handle, went_well=True)


def test_a_bad_key_is_no_failure_of_the_job(rogue: Rogue, queue: FalQueue, handle: Handle) -> None:
    """401 on the result speaks of the key."""
    rogue.on("GET", PLACE, says(401, {"detail": "invalid key credentials"}))
    with pytest.raises(RefusedError) as caught:
        queue.result(handle)
    assert not isinstance(caught.value, JobFailedError)


@pytest.mark.parametrize(
    ("expected", "status", "body"),
    [
        (Cancellation.REQUESTED, 202, {"status": "CANCELLATION_REQUESTED"}),
        (Cancellation.REQUESTED, 200, {"status": "OK"}),
        (Cancellation.TOO_LATE, 400, {"status": "ALREADY_COMPLETED"}),
        (Cancellation.REQUESTED, 200, {"success": True}),
        (Cancellation.TOO_LATE, 200, {"success": False}),
    ],
)
def test_a_cancel_says_what_came_of_it(
    rogue: Rogue,
    queue: FalQueue,
    handle: Handle,
    expected: Cancellation,
    status: int,
    body: Any,
) -> None:
    """An empty PUT; asked for, or too late."""
    rogue.on("PUT", CANCEL, says(status, body))
    assert expected is queue.cancel(handle)
    assert b"" == rogue.seen[0].body


def test_a_cancel_of_nothing_is_a_refusal(rogue: Rogue, queue: FalQueue, handle: Handle) -> None:
    """404 NOT_FOUND."""
    rogue.on("PUT", CANCEL, says(404, {"status": "NOT_FOUND"}))
    with pytest.raises(RefusedError):
        queue.cancel(handle)


def test_what_the_service_asks_for_is_waited_but_not_past_the_deadline(
    rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """Told to come back in a minute, it looks once more when the caller's own time is over."""
    rogue.on("GET", STREAM, says(404))
    rogue.on("GET", STATUS, says(429, retry_after="60"), says(200, COMPLETED))
    (status,) = queue.watch(handle, deadline=time.monotonic() + 0.2)
    assert ("COMPLETED", 2) == (status.state, rogue.count("GET", STATUS) - 1)


def test_the_service_is_not_asked_sooner_than_it_wants(
    rogue: Rogue, queue: FalQueue, handle: Handle
) -> None:
    """Polls of a hundredth of a second give way to ``Retry-After: 1``."""
    asked: list[float] = []

    def crowded(handler: Any, seen: Any) -> None:
        asked.append(time.monotonic())
        says(429, retry_after="1")(handler, seen)

    def at_last(handler: Any, seen: Any) -> None:
        asked.append(time.monotonic())
        says(200, COMPLETED)(handler, seen)

    rogue.on("GET", STREAM, says(404)).on("GET", STATUS, crowded, at_last)
    assert ["COMPLETED"] == [one.state for one in queue.watch(handle)]
    assert asked[1] - asked[0] >= 0.99
