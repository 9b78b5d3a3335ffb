"""The queue: submit, status, stream, result, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from . import rules
from .answers import (
    Answer,
    Dropped,
    EventStream,
    Outcome,
    answer,
    not_found,
    plain,
    platform,
)
from .call import Call, OutcomeError
from .house import House
from .jobs import COMPLETED, QUEUED, Job, Order


def submit(house: House, call: Call, endpoint: str) -> Outcome:
    """Accept a job; its faults come here in the order: before, plain answers, after."""
    if endpoint not in rules.RESOLUTIONS:
        return plain(404, f"Path /{endpoint} not found")
    house.need_key(call)
    arguments = call.fields()
    house.record.count(arguments)
    if house.mischief.take("submit_dropped_before"):
        return Dropped()
    house.may_fail("submit")
    if _crowded(house, call):
        return platform(429, "Too many requests are waiting", "concurrent_requests_limit")
    job = house.queue.submit(_order(call, endpoint, arguments))
    return _signed(job, answer(200, _status(house, job, logs=False) | {"status": QUEUED}))


def status(house: House, call: Call, app: str, request_id: str) -> Outcome:
    """202 while the job waits or works, 200 when it has ended, however it ended."""
    job = _job(house, call, app, request_id)
    body = _status(house, job, logs=_wants_logs(call))
    return _signed(job, answer(200 if body["status"] == COMPLETED else 202, body))


def stream(house: House, call: Call, app: str, request_id: str) -> Outcome:
    """Every change of the status as an event; each carries the log lines that are new."""
    job = _job(house, call, app, request_id)
    return EventStream(
        events=_events(house, job, logs=_wants_logs(call)),
        broken=house.mischief.take("stream_broken") or house.mischief.take("stream_cut"),
        repeated=house.mischief.take("stream_repeated"),
    )


def result(house: House, call: Call, app: str, request_id: str) -> Outcome:
    """What the model answered: status, headers and body."""
    job = _job(house, call, app, request_id)
    if house.mischief.take("result_expired"):
        return not_found()
    if job.ending is None:
        return _signed(job, plain(400, "Request is still in progress"))
    return _signed(job, job.ending.answer)


def cancel(house: House, call: Call, app: str, request_id: str) -> Outcome:
    """Ask for an end: a waiting job never runs, a running one may still finish."""
    job = _job(house, call, app, request_id)
    if house.queue.cancel(job):
        return _signed(job, answer(202, {"status": "CANCELLATION_REQUESTED"}))
    return _signed(job, answer(400, {"status": "ALREADY_COMPLETED"}))


def _job(house: House, call: Call, app: str, request_id: str) -> Job:
    house.need_key(call)
    job = house.queue.get(request_id)
    if job is None or job.app != app:
        raise OutcomeError(not_found())
    return job


def _order(call: Call, endpoint: str, arguments: Mapping[str, Any]) -> Order:
    deadlines = ("x-fal-request-start-timeout", "x-fal-request-timeout")
    given = next((call.headers[name] for name in deadlines if name in call.headers), None)
    return Order(
        endpoint=endpoint,
        arguments=arguments,
        webhook=call.param("fal_webhook"),
        start_seconds=_seconds(given),
        keep_payloads=call.headers.get("x-fal-store-io") != "0",
        output_expires=call.lifetime("x-fal-object-lifecycle-preference"),
    )


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        raise OutcomeError(plain(400, "The start deadline is not a number")) from None
    if not value > 0.1:
        raise OutcomeError(plain(400, "The start deadline must be above 0.1 seconds"))
    return value


def _crowded(house: House, call: Call) -> bool:
    most = call.param("fal_max_queue_length")
    return most is not None and most.isdecimal() and house.queue.waiting() > int(most)


def _signed(job: Job, given: Answer) -> Answer:
    return replace(given, headers={"x-fal-request-id": job.request_id, **given.headers})


def _wants_logs(call: Call) -> bool:
    return call.param("logs") in ("1", "true")


def _status(house: House, job: Job, *, logs: bool) -> dict[str, Any]:
    place = f"{house.base}/{job.app}/requests/{job.request_id}"
    state, ending = job.state, job.ending
    body: dict[str, Any] = {
        "status": state,
        "request_id": job.request_id,
        "response_url": place,
        "status_url": f"{place}/status",
        "cancel_url": f"{place}/cancel",
        "logs": list(job.logs) if logs else None,
        "metrics": {},
    }
    if state == QUEUED:
        body["queue_position"] = house.queue.ahead(job)
    if state == COMPLETED:
        body["metrics"] = {"inference_time": round(job.took, 3)}
    if state == COMPLETED and ending and ending.error:
        body |= {"error": ending.error, "error_type": ending.error_type}
    return body


def _events(house: House, job: Job, *, logs: bool) -> Iterator[Mapping[str, Any]]:
    for state, fresh in house.queue.follow(job):
        body = _status(house, job, logs=False)
        yield body | {"status": state, "logs": fresh if logs else None}
