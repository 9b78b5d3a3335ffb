"""The platform API: what was requested, what it costs; and the keys of webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from . import rules
from .answers import Answer, Outcome, answer, plain
from .call import Call, OutcomeError
from .house import House
from .jobs import Job

PAGE_MAX = 100


def jwks(house: House, _call: Call) -> Outcome:
    """The public key that deliveries are signed with."""
    return answer(200, house.herald.jwks())


def record(house: House, _call: Call) -> Outcome:
    """What came in, for whoever runs the service as a process of its own."""
    posts = [
        {"input": json.loads(text), "posts": count}
        for text, count in house.record.submissions().items()
    ]
    jobs = [
        {"request_id": job.request_id, "endpoint_id": job.order.endpoint, "status": job.state}
        for job in house.queue.all()
    ]
    return answer(200, {"submissions": posts, "jobs": jobs, "files": len(house.store.files())})


def pricing(house: House, call: Call) -> Outcome:
    """Unit prices of the endpoints asked for."""
    house.need_key(call)
    wanted = [value for name, value in call.query if name == "endpoint_id"]
    unknown = [one for one in wanted if one not in rules.UNIT_PRICES]
    if unknown or not wanted:
        return plain(404, f"Endpoint {unknown[0] if unknown else '(none)'} not found")
    prices = [
        {
            "endpoint_id": one,
            "unit_price": rules.UNIT_PRICES[one],
            "unit": "1000 tokens",
            "currency": "USD",
        }
        for one in wanted
    ]
    return answer(200, {"prices": prices, "next_cursor": None, "has_more": False})


def listing(house: House, call: Call) -> Outcome:
    """Jobs of one endpoint, newest first: how a lost submit is found again.

    Whether fal lists jobs that still run is not known; this service does unless told otherwise.
    """
    house.need_key(call)
    if call.param("endpoint_id") is None:
        return plain(422, "endpoint_id is required")
    hidden = house.mischief.take("listing_hides_running")
    found = [job for job in _wanted(house, call) if job.ending or not hidden]
    found.sort(key=lambda job: job.sent_at, reverse=True)
    start = _whole(call, "cursor", 0)
    end = start + min(_whole(call, "limit", PAGE_MAX), PAGE_MAX)
    payloads = "payloads" in dict(call.query).get("expand", "")
    more = end < len(found)
    body = {
        "items": [_item(job, payloads=payloads) for job in found[start:end]],
        "next_cursor": str(end) if more else None,
        "has_more": more,
    }
    return answer(200, body)


def _wanted(house: House, call: Call) -> Iterator[Job]:
    endpoints = {value for name, value in call.query if name == "endpoint_id"}
    yesterday = datetime.now(UTC) - timedelta(days=1)
    start, end = _time(call, "start") or yesterday, _time(call, "end")
    for job in house.queue.all():
        sent = datetime.fromisoformat(job.sent_at)
        if job.order.endpoint not in endpoints or sent < start or (end and sent > end):
            continue
        if call.param("request_id") not in (None, job.request_id):
            continue
        if call.param("status") in (None, _outcome(job)):
            yield job


def _outcome(job: Job) -> str | None:
    if job.ending is None:
        return None
    status = job.ending.answer.status
    return "success" if status < 400 else "user_error" if status < 500 else "error"


def _item(job: Job, *, payloads: bool) -> dict[str, Any]:
    given: Answer | None = job.ending.answer if job.ending else None
    shown = payloads and job.order.keep_payloads
    item: dict[str, Any] = {
        "request_id": job.request_id,
        "endpoint_id": job.order.endpoint,
        "sent_at": job.sent_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "status_code": given.status if given else None,
        "duration": job.took if given else None,
    }
    if payloads:
        item["json_input"] = job.order.arguments if shown else None
        item["json_output"] = json.loads(given.content) if given and shown else None
    return item


def _time(call: Call, name: str) -> datetime | None:
    text = call.param(name)
    if text is None:
        return None
    try:
        # A plus sign in a query that was not escaped arrives as a space.
        time = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise OutcomeError(plain(422, f"{name} is not an ISO 8601 time")) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _whole(call: Call, name: str, default: int) -> int:
    text = call.param(name) or ""
    return int(text) if text.isdecimal() else default
