"""Submit, status, stream, result, cancel, as fal answers them."""

from __future__ import annotations

import json

import httpx
import pytest

from seedance_prep.local import Faults, Pace

from .conftest import APP, ENDPOINT, Caller, Serve

LONG = Pace(queued=60, running=60)
WORKING = Pace(queued=0, running=60)
TEXT_ONLY = {"prompt": "a calm sea", "resolution": "480p", "duration": "4"}
REFUSED = {"prompt": "a calm sea", "duration": "3"}


def test_submit_answers_with_urls_cut_to_owner_and_alias(serve: Serve) -> None:
    """A submit is answered 200 with the id, three URLs under owner/alias, and the id as header."""
    caller = serve(pace=LONG)
    answer = caller.submit(TEXT_ONLY)
    job = answer.json()
    place = f"{caller.service.base}/{APP}/requests/{job['request_id']}"
    assert 200 == answer.status_code
    assert "IN_QUEUE" == job["status"]
    assert place == job["response_url"]
    assert f"{place}/status" == job["status_url"]
    assert f"{place}/cancel" == job["cancel_url"]
    assert job["request_id"] == answer.headers["x-fal-request-id"]


def test_a_waiting_job_says_how_many_are_ahead(serve: Serve) -> None:
    """In the queue the status is 202 with the number of waiting jobs that were sent before."""
    caller = serve(pace=LONG)
    caller.job(TEXT_ONLY)
    second = caller.http.get(caller.job(TEXT_ONLY)["status_url"])
    assert 202 == second.status_code
    assert ("IN_QUEUE", 1) == (second.json()["status"], second.json()["queue_position"])
    assert second.json()["logs"] is None


@pytest.mark.parametrize("asked", ["1", "true"])
def test_a_running_job_tells_its_log_only_when_asked(serve: Serve, asked: str) -> None:
    """While it runs the status is 202; ``logs`` is null unless asked for, then all lines."""
    caller = serve(Faults(job_never_ends=1), WORKING)
    job = caller.job(TEXT_ONLY)
    with caller.http.stream("GET", job["status_url"] + "/stream") as events:
        next(line for line in events.iter_lines() if "IN_PROGRESS" in line)
    quiet, told = (caller.http.get(job["status_url"], params=p) for p in ({}, {"logs": asked}))
    assert (202, 202) == (quiet.status_code, told.status_code)
    assert quiet.json()["logs"] is None
    assert isinstance(told.json()["logs"], list)
    assert "queue_position" not in told.json()


def test_a_finished_job_has_status_200_and_a_result(standing: Caller) -> None:
    """COMPLETED is 200 with metrics; the result is the bare output with its File and seed."""
    job = standing.job(TEXT_ONLY | {"seed": 7})
    ended = standing.ended(job)
    answer = standing.http.get(job["response_url"])
    assert 200 == standing.http.get(job["status_url"]).status_code
    assert "inference_time" in ended["metrics"]
    assert "error" not in ended
    assert 200 == answer.status_code
    assert {"video", "seed"} == set(answer.json())
    assert {"url", "content_type", "file_name", "file_size"} == set(answer.json()["video"])
    assert 7 == answer.json()["seed"]
    assert float(answer.headers["x-fal-billable-units"]) > 0


def test_a_refused_job_is_completed_and_its_result_is_the_422(standing: Caller) -> None:
    """What the model refuses ends as COMPLETED with an error; the result replays the 422, free."""
    job = standing.job(REFUSED)
    ended = standing.ended(job)
    answer = standing.http.get(job["response_url"])
    assert ("COMPLETED", "literal_error") == (ended["status"], ended["error_type"])
    assert 422 == answer.status_code
    assert ["body", "duration"] == answer.json()["detail"][0]["loc"]
    assert "0" == answer.headers["x-fal-billable-units"]


@pytest.mark.parametrize("tail", ["", "/", "/response", "/response/"])
def test_the_result_is_found_with_and_without_a_tail(standing: Caller, tail: str) -> None:
    """A trailing slash and ``/response`` lead to the same result."""
    job = standing.job(REFUSED)
    standing.ended(job)
    assert 422 == standing.http.get(job["response_url"] + tail).status_code
    assert 200 == standing.http.get(job["status_url"] + "/").status_code


def test_job_paths_under_the_full_endpoint_are_not_allowed(standing: Caller) -> None:
    """The status under the full endpoint id answers 405."""
    job = standing.job(REFUSED)
    for tail in ("", "/status"):
        path = f"/{ENDPOINT}/requests/{job['request_id']}{tail}"
        assert 405 == standing.http.get(path).status_code
    assert 405 == standing.http.delete(job["status_url"]).status_code


def test_an_early_result_is_refused(serve: Serve) -> None:
    """Before the end the result is 400 and says so."""
    caller = serve(pace=LONG)
    early = caller.http.get(caller.job(TEXT_ONLY)["response_url"])
    assert 400 == early.status_code
    assert {"detail": "Request is still in progress"} == early.json()


@pytest.mark.parametrize("tail", ["", "/status", "/status/stream"])
def test_an_unknown_id_is_not_found(standing: Caller, tail: str) -> None:
    """An id that nobody gave out is 404 with fal's body."""
    nobody = "00000000-0000-0000-0000-000000000000"
    answer = standing.http.get(f"/{APP}/requests/{nobody}{tail}")
    assert (404, {"status": "NOT_FOUND"}) == (answer.status_code, answer.json())


def test_a_waiting_job_can_be_cancelled(serve: Serve) -> None:
    """Cancel is 202, the job ends as COMPLETED with client_cancelled, 499 is its result."""
    caller = serve(pace=LONG)
    job = caller.job(TEXT_ONLY)
    asked = caller.http.put(job["cancel_url"])
    ended = caller.ended(job)
    assert (202, {"status": "CANCELLATION_REQUESTED"}) == (asked.status_code, asked.json())
    assert "client_cancelled" == ended["error_type"]
    assert 499 == caller.http.get(job["response_url"]).status_code


def test_a_job_that_never_ends_can_be_cancelled(serve: Serve) -> None:
    """A running job ends when it is cancelled."""
    caller = serve(Faults(job_never_ends=1))
    job = caller.job(TEXT_ONLY)
    caller.http.put(job["cancel_url"])
    assert "client_cancelled" == caller.ended(job)["error_type"]


def test_cancelling_what_has_ended_or_never_was(standing: Caller) -> None:
    """Cancel of an ended job is 400, of an unknown one 404."""
    job = standing.job(REFUSED)
    standing.ended(job)
    late = standing.http.put(job["cancel_url"])
    nobody = standing.http.put(f"/{APP}/requests/nobody/cancel")
    assert (400, {"status": "ALREADY_COMPLETED"}) == (late.status_code, late.json())
    assert (404, {"status": "NOT_FOUND"}) == (nobody.status_code, nobody.json())


def test_the_stream_tells_every_state_and_closes(serve: Serve) -> None:
    """The stream's events are status objects with new log lines only, and end with COMPLETED."""
    caller = serve(pace=Pace(queued=0.05, running=0))
    job = caller.job(TEXT_ONLY)
    with caller.http.stream("GET", job["status_url"] + "/stream?logs=1") as answer:
        lines = [line for line in answer.iter_lines() if line]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    states = [event["status"] for event in events]
    told = [line["message"] for event in events for line in event["logs"]]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert states == sorted(states, key=["IN_QUEUE", "IN_PROGRESS", "COMPLETED"].index)
    assert "COMPLETED" == states[-1]
    assert ["Checking the inputs", "Making the video"] == told


def test_a_start_deadline_that_passes_ends_the_job(serve: Serve) -> None:
    """Not started in time: COMPLETED, and the result is a 504 that names the user's deadline."""
    caller = serve(pace=LONG)
    job = caller.job(TEXT_ONLY, headers={"X-Fal-Request-Start-Timeout": "0.2"})
    assert "request_timeout" == caller.ended(job)["error_type"]
    answer = caller.http.get(job["response_url"])
    assert (504, "user") == (answer.status_code, answer.headers["x-fal-request-timeout-type"])


@pytest.mark.parametrize("header", ["", "Key", "Bearer abc"])
def test_without_a_key_nothing_is_accepted(standing: Caller, header: str) -> None:
    """Anything but ``Key …`` is 401 and makes no job."""
    before = len(standing.service.jobs)
    answer = httpx.post(
        f"{standing.service.base}/{ENDPOINT}", json=TEXT_ONLY, headers={"Authorization": header}
    )
    assert (401, "invalid key credentials") == (answer.status_code, answer.json()["detail"])
    assert before == len(standing.service.jobs)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_a_body_that_is_no_object_makes_no_video(standing: Caller, body: bytes) -> None:
    """Only a JSON object is a request; an empty body is one without fields."""
    answer = standing.http.post(f"/{ENDPOINT}", content=body)
    assert (200 if body == b"" else 422) == answer.status_code


def test_an_unknown_endpoint_is_not_found(standing: Caller) -> None:
    """The service has two endpoints and no others; nothing is listed at the root."""
    assert 404 == standing.http.post("/fal-ai/flux/dev", json={}).status_code
    assert 404 == standing.http.get("/").status_code


def test_credentials_are_not_kept(standing: Caller) -> None:
    """The record of what came in has the scheme of the credentials and nothing more."""
    standing.http.get("/", headers={"Authorization": "Key very-secret"})
    last = standing.service.received[-1]
    assert ("GET", "/", "Key") == (last.method, last.path, last.auth)
    assert "very-secret" not in repr(standing.service.received)


def test_posts_of_one_content_are_counted_together(serve: Serve) -> None:
    """The order of fields does not matter to the count of submits."""
    caller = serve(pace=LONG)
    caller.job({"prompt": "a", "duration": "4"})
    caller.job({"duration": "4", "prompt": "a"})
    caller.job({"prompt": "b"})
    assert {'{"duration":"4","prompt":"a"}': 2, '{"prompt":"b"}': 1} == caller.service.submissions


def test_a_full_queue_refuses_who_asks_for_it(serve: Serve) -> None:
    """``fal_max_queue_length`` is a 429 when more jobs wait."""
    caller = serve(pace=LONG)
    caller.job(TEXT_ONLY)
    answer = caller.submit(TEXT_ONLY, params={"fal_max_queue_length": "0"})
    assert (429, 1) == (answer.status_code, len(caller.service.jobs))
