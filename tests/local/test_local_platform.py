"""The listing by which a lost submit is found again, and prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from seedance_prep.local import Faults, Pace

from .conftest import ENDPOINT, QUICK, Caller, Serve

LONG = Pace(queued=60, running=60)
LISTING = "/v1/models/requests/by-endpoint"


def listed(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    """The items of one page."""
    params = {"endpoint_id": ENDPOINT} | query
    found: list[dict[str, Any]] = caller.http.get(LISTING, params=params).json()["items"]
    return found


def test_a_lost_submit_is_found_by_its_input(serve: Serve) -> None:
    """A job whose answer was dropped is listed with the very input that was sent."""
    caller = serve(Faults(submit_dropped_after=1), LONG)
    arguments = {"prompt": "lost", "image_urls": ["http://127.0.0.1:9/one.png"]}
    with pytest.raises(httpx.RemoteProtocolError):
        caller.submit(arguments)
    items = listed(caller, expand="payloads")
    assert [arguments] == [item["json_input"] for item in items]
    assert [caller.service.jobs[0].request_id] == [item["request_id"] for item in items]


def test_a_listing_may_hide_what_still_runs(serve: Serve) -> None:
    """With the fault, a job is listed only once it has ended."""
    caller = serve(Faults(listing_hides_running=1), LONG)
    job = caller.job({"prompt": "x"})
    assert [] == listed(caller)
    assert [job["request_id"]] == [item["request_id"] for item in listed(caller)]


def test_an_ended_job_is_listed_with_its_outcome(standing: Caller) -> None:
    """Status code, times and both payloads; without ``expand`` no payload."""
    job = standing.job({"prompt": "x", "duration": "3"})
    standing.ended(job)
    only = {"request_id": job["request_id"]}
    (item,) = listed(standing, expand="payloads", **only)
    assert (422, ENDPOINT) == (item["status_code"], item["endpoint_id"])
    assert item["sent_at"] <= item["started_at"] <= item["ended_at"]
    assert "literal_error" == item["json_output"]["detail"][0]["type"]
    assert "json_input" not in listed(standing, **only)[0]
    assert [] == listed(standing, status="success", **only)
    assert 1 == len(listed(standing, status="user_error", **only))


def test_the_listing_keeps_to_its_window(standing: Caller) -> None:
    """Jobs before ``start`` or after ``end`` are left out; times may be written with an offset."""
    job = standing.job({"prompt": "x", "duration": "3"})
    only = {"request_id": job["request_id"]}
    now = datetime.now(UTC)
    before, after = (now + timedelta(hours=hours) for hours in (-1, 1))
    assert 1 == len(listed(standing, start=before.isoformat(), end=after.isoformat(), **only))
    assert [] == listed(standing, start=after.isoformat(), **only)
    assert [] == listed(standing, end=before.isoformat(), **only)


def test_pages_follow_each_other(serve: Serve) -> None:
    """The cursor leads through all jobs, newest first, each once."""
    caller = serve(pace=LONG)
    sent = [caller.job({"prompt": str(number)})["request_id"] for number in range(3)]
    found: list[str] = []
    cursor = None
    while cursor is not None or not found:
        params = {"endpoint_id": ENDPOINT, "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = caller.http.get(LISTING, params=params).json()
        found += [item["request_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
    assert sorted(sent) == sorted(found)


def test_payloads_that_were_not_kept_are_not_shown(serve: Serve) -> None:
    """``X-Fal-Store-IO: 0`` makes a job's input unfindable, as it does at fal."""
    caller = serve(pace=QUICK)
    caller.job({"prompt": "x", "duration": "3"}, headers={"X-Fal-Store-IO": "0"})
    assert [None] == [item["json_input"] for item in listed(caller, expand="payloads")]


def test_a_listing_needs_an_endpoint_and_a_key(standing: Caller) -> None:
    """422 without the endpoint or with a time that is none, 401 without a key."""
    assert 422 == standing.http.get(LISTING).status_code
    wrong = {"endpoint_id": ENDPOINT, "start": "yesterday"}
    assert 422 == standing.http.get(LISTING, params=wrong).status_code
    bare = httpx.get(standing.service.base + LISTING, params={"endpoint_id": ENDPOINT})
    assert 401 == bare.status_code


def test_prices_are_listed(standing: Caller) -> None:
    """Unit prices per 1000 tokens of every endpoint asked for; 404 for an unknown one."""
    other = "bytedance/seedance-2.0/reference-to-video"
    query = {"endpoint_id": [ENDPOINT, other]}
    prices = standing.http.get("/v1/models/pricing", params=query).json()["prices"]
    assert [0.0112, 0.014] == [price["unit_price"] for price in prices]
    assert 404 == standing.http.get("/v1/models/pricing?endpoint_id=no/such").status_code
