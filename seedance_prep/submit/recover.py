"""Find the job of a submit whose answer was lost, in the service's own list of requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..core.foreign import Json
from ..core.job import State
from ..core.run import Run
from ..errors import LostAnswerError, ServiceError, UncertainError, UsageError
from ..wire import Wire, transient
from .advice import refusal
from .ledger import UNSENT, Ledger
from .queue import Queue

BEFORE = timedelta(minutes=5)
"""How much the two clocks may differ."""
AFTER = timedelta(hours=1)
PAGES = 20


def may_be_pending(row: Run) -> None:
    """Raise for a run that no job of the service can belong to."""
    if row.handle is not None:
        return
    if row.state in UNSENT:
        raise UsageError(
            f"run {row.id} ended before it was submitted, so nothing was charged; generate again"
        )
    if row.state is State.FAILED:
        raise ServiceError(f"run {row.id} has failed: {row.error}")


def not_listed(row: Run) -> UncertainError:
    """What to say of a run whose answer was lost, and which the service does not list."""
    return UncertainError(
        f"the service does not list the job of run {row.id} (yet); ask again in some minutes."
        " When fal's dashboard has it, --request-id ID names it; when it has no such request"
        f" either, it was not taken: `seedance-prep resume {row.id} --submit-again` sends it, and"
        " pays, once more",
        row.id,
    )


def looked_up(wire: Wire, queue: Queue, ledger: Ledger, row: Run) -> Run | None:
    """The run with a handle of its job, which is looked for when the answer was lost.

    ``None`` when the service does not list it (yet). Raises ``UncertainError`` when it cannot be
    asked.
    """
    if row.handle is not None:
        return row
    try:
        request_id = lost_job(wire, ledger, row)
    except ServiceError as error:  # nothing is known now that was not known before
        raise UncertainError(
            f"it is still unknown whether the service took run {row.id} ({error});"
            f" `seedance-prep resume {row.id}` asks again, with --request-id ID for one that"
            " fal's dashboard shows",
            row.id,
        ) from error
    if request_id is None:
        return None
    ledger.submitted(row.id, queue.handle(row.endpoint, request_id))
    return ledger.run(row.id)


def adopted(queue: Queue, ledger: Ledger, row: Run, request_id: str) -> Run:
    """The run with the job that the caller knows to be its own, from fal's dashboard.

    Also of a run that was given up as not taken. Raises ``UsageError`` when the run was never sent
    or has another one, or that job belongs to another run, and ``RefusedError`` when the service
    does not know it.
    """
    if row.sent_at is None:
        raise UsageError(f"run {row.id} was never submitted, so no job is its own")
    owner = ledger.of_request(request_id)
    if owner is not None and owner.id == row.id:
        return row
    if owner is not None or row.handle is not None:
        whose = f"run {owner.id}" if owner else "no run here"
        has = f"run {row.id} is {row.handle.request_id}" if row.handle else f"not of run {row.id}"
        raise UsageError(f"the job {request_id} is of {whose}; {has}")
    handle = queue.handle(row.endpoint, request_id)
    queue.status(handle)
    ledger.submitted(row.id, handle)
    return ledger.run(row.id)


def lost_job(wire: Wire, ledger: Ledger, run: Run) -> str | None:
    """The id of the one request of that endpoint and time whose input is exactly what was sent.

    ``None`` when none is listed; fal does not say how soon a job is. Jobs of other runs do not
    count. Raises ``UncertainError`` when several match, ``RefusedError`` when the list is denied.
    """
    if run.payload is None or run.sent_at is None:
        return None
    found = [
        request_id
        for request_id, sent in _listed(wire, run.endpoint, run.sent_at)
        if sent == run.payload and ledger.of_request(request_id) is None
    ]
    if len(found) > 1:
        raise UncertainError(
            f"{len(found)} jobs match run {run.id} ({', '.join(found[:5])}); look at them in"
            f" fal's dashboard, then `seedance-prep resume {run.id} --request-id ID`",
            run.id,
        )
    return found[0] if found else None


def _listed(wire: Wire, endpoint: str, sent_at: datetime) -> Iterator[tuple[str, object]]:
    start, end = sent_at - BEFORE, sent_at + AFTER
    query = {
        "endpoint_id": endpoint,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "expand": "payloads",
        "limit": "100",
    }
    for _ in range(PAGES):
        page = _page(wire, query)
        for item in page.maybe_items("items"):
            if item.maybe_text("endpoint_id") in {None, endpoint} and _within(item, start, end):
                yield item.text("request_id"), item.at("json_input").value
        cursor = page.maybe_text("next_cursor")
        if not cursor:
            return
        query["cursor"] = cursor


def _within(item: Json, start: datetime, end: datetime) -> bool:
    """Whether it was sent then, as far as the list says: its filter is not taken on trust."""
    said = item.maybe_text("sent_at")
    try:
        sent = datetime.fromisoformat(said) if said else None
    except ValueError:
        return True
    return sent is None or sent.tzinfo is None or start <= sent <= end


def _page(wire: Wire, query: dict[str, str]) -> Json:
    url = f"{wire.service.api}/models/requests/by-endpoint"
    answer = wire.safely(lambda: wire.call("GET", url, query=query))
    if transient(answer):
        raise LostAnswerError(f"{answer.host} answered {answer.status} instead of the list")
    if not answer.ok:
        raise refusal(answer.status, answer.json("requests").value, answer.headers)
    return answer.json("requests")
