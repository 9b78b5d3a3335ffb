"""Finding the job of a submit whose answer was lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.core.job import Handle, State
from seedance_prep.errors import (
    LostAnswerError,
    RefusedError,
    ServiceError,
    UncertainError,
    UsageError,
)
from seedance_prep.submit.fal import FalQueue
from seedance_prep.submit.ledger import Ledger, open_ledger
from seedance_prep.submit.recover import adopted, looked_up, lost_job, may_be_pending
from seedance_prep.wire import Wire

from ..wire.rogue import Rogue, says

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"
LIST = "/v1/models/requests/by-endpoint"
PAYLOAD = {"prompt": "a calm sea", "image_urls": ["https://x.invalid/1"], "duration": "4"}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A fresh one."""
    return open_ledger(tmp_path)


@pytest.fixture
def run(ledger: Ledger) -> str:
    """A run of which nobody knows whether the service took it."""
    run = ledger.begin(endpoint=ENDPOINT, service="x", base="x", request={})
    ledger.claim(run, PAYLOAD)
    ledger.ended(run, State.UNCERTAIN, "lost")
    return run


def item(request_id: str, sent: object = PAYLOAD) -> dict[str, Any]:
    """One request of the list."""
    return {"request_id": request_id, "endpoint_id": ENDPOINT, "json_input": sent}


def page(*items: dict[str, Any], cursor: str | None = None) -> dict[str, Any]:
    """One page of the list."""
    return {"items": list(items), "next_cursor": cursor, "has_more": bool(cursor)}


def test_the_one_request_with_the_same_input_is_the_job(
    rogue: Rogue, wire: Wire, ledger: Ledger, run: str
) -> None:
    """Value for value, whatever the order; then the run has a handle again."""
    same = dict(reversed(PAYLOAD.items()))
    others = [
        item("a", PAYLOAD | {"duration": "5"}),
        item("b", None),
        item("c", PAYLOAD | {"x": 1}),
    ]
    rogue.on("GET", LIST, says(200, page(*others, item("mine", same))))
    row = looked_up(wire, FalQueue(wire=wire), ledger, ledger.run(run))
    assert row
    assert (State.SUBMITTED, "mine") == (row.state, row.handle and row.handle.request_id)
    asked = rogue.seen[0].path
    assert "endpoint_id=bytedance%2Fseedance-2.0%2Ffast%2Freference-to-video" in asked
    assert "expand=payloads" in asked
    assert "start=" in asked


def test_all_pages_are_read(rogue: Rogue, wire: Wire, ledger: Ledger, run: str) -> None:
    """The match may be on the second one."""
    rogue.on("GET", LIST, says(200, page(cursor="n2")), says(200, page(item("mine"))))
    assert "mine" == lost_job(wire, ledger, ledger.run(run))
    assert "cursor=n2" in rogue.seen[1].path


def test_several_matches_are_not_guessed_at(
    rogue: Rogue, wire: Wire, ledger: Ledger, run: str
) -> None:
    """Two requests with the same input: a person must look."""
    rogue.on("GET", LIST, says(200, page(item("one"), item("two"))))
    with pytest.raises(UncertainError, match="one, two"):
        lost_job(wire, ledger, ledger.run(run))


def test_the_job_of_another_run_is_not_taken(
    rogue: Rogue, wire: Wire, ledger: Ledger, run: str
) -> None:
    """The same content sent twice on purpose: what belongs to another run does not count."""
    other = ledger.begin(endpoint=ENDPOINT, service="x", base="x", request={})
    ledger.submitted(
        other, Handle(request_id="theirs", status_url="s", response_url="r", cancel_url="c")
    )
    rogue.on("GET", LIST, says(200, page(item("theirs"), item("mine"))))
    assert "mine" == lost_job(wire, ledger, ledger.run(run))


def test_a_job_that_is_not_listed_stays_uncertain(
    rogue: Rogue, wire: Wire, ledger: Ledger, run: str
) -> None:
    """Fal does not say how soon a job is listed; nothing is sent again."""
    rogue.on("GET", LIST, says(200, page()))
    assert looked_up(wire, FalQueue(wire=wire), ledger, ledger.run(run)) is None
    assert State.UNCERTAIN is ledger.run(run).state
    assert 0 == rogue.count("POST")


@pytest.mark.parametrize(
    ("expected", "status"), [(LostAnswerError, 503), (RefusedError, 403), (RefusedError, 401)]
)
def test_a_list_that_cannot_be_had_is_an_error(
    rogue: Rogue,
    wire: Wire,
    ledger: Ledger,
    run: str,
    expected: type[ServiceError],
    status: int,
) -> None:
    """No list is not an empty list."""
    rogue.on("GET", LIST, says(status, {"detail": "no"}))
    with pytest.raises(expected):
        lost_job(wire, ledger, ledger.run(run))


def test_a_run_that_was_never_sent_is_not_looked_for(ledger: Ledger) -> None:
    """Nothing was charged; generate again."""
    run = ledger.begin(endpoint=ENDPOINT, service="x", base="x", request={})
    with pytest.raises(UsageError, match="nothing was charged"):
        may_be_pending(ledger.run(run))


def test_a_run_that_was_refused_says_why(ledger: Ledger) -> None:
    """The reason is in the ledger."""
    run = ledger.begin(endpoint=ENDPOINT, service="x", base="x", request={})
    ledger.ended(run, State.FAILED, "the balance is used up")
    with pytest.raises(ServiceError, match="the balance is used up"):
        may_be_pending(ledger.run(run))


@pytest.mark.parametrize("status", [401, 500])
def test_a_list_that_cannot_be_had_leaves_it_unknown(
    rogue: Rogue, wire: Wire, ledger: Ledger, run: str, status: int
) -> None:
    """Status 5 with the command to ask again: the job may be pending, so 4 would be a lie."""
    rogue.on("GET", LIST, says(status, {"detail": "no"}))
    with pytest.raises(UncertainError, match=f"seedance-prep resume {run}") as caught:
        looked_up(wire, FalQueue(wire=wire), ledger, ledger.run(run))
    assert 5 == caught.value.status


def test_what_is_of_another_endpoint_or_time_is_not_the_job(
    rogue: Rogue, wire: Wire, ledger: Ledger, run: str
) -> None:
    """The same input a day ago, or sent to another endpoint: the list's filter is not trusted."""
    sent = ledger.run(run).sent_at
    assert sent
    other = item("other") | {"endpoint_id": "bytedance/seedance-2.0/reference-to-video"}
    early = item("early") | {"sent_at": (sent - timedelta(days=1)).isoformat()}
    rogue.on("GET", LIST, says(200, page(other, early)))
    assert lost_job(wire, ledger, ledger.run(run)) is None
    mine = item("mine") | {"sent_at": (sent + timedelta(seconds=2)).isoformat()}
    odd = [mine | {"sent_at": text} for text in ("soon", "2026-11-22T10:00:00", None)]
    for one in (mine, *odd):
        rogue.on("GET", LIST, says(200, page(other, early, one)))
        assert "mine" == lost_job(wire, ledger, ledger.run(run))


def test_several_matches_can_be_told_apart_by_hand(
    rogue: Rogue, wire: Wire, ledger: Ledger, run: str
) -> None:
    """The one that the caller names is taken; one that the service does not know is not."""
    queue = FalQueue(wire=wire)
    place = "/bytedance/seedance-2.0/requests"
    rogue.on("GET", f"{place}/two/status", says(202, {"status": "IN_PROGRESS"}))
    rogue.on("GET", f"{place}/three/status", says(404, {"status": "NOT_FOUND"}))
    with pytest.raises(RefusedError, match="does not know it"):
        adopted(queue, ledger, ledger.run(run), "three")
    assert State.UNCERTAIN is ledger.run(run).state
    row = adopted(queue, ledger, ledger.run(run), "two")
    assert (State.SUBMITTED, "two") == (row.state, row.handle and row.handle.request_id)
    assert row == adopted(queue, ledger, row, "two")
    with pytest.raises(UsageError, match=r"run .* is two"):
        adopted(queue, ledger, row, "one")
