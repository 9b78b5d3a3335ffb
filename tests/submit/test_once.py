"""The paid request: sent exactly once, and on the ledger before and after."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.core.job import Handle, State, Terms
from seedance_prep.core.key import Key
from seedance_prep.core.run import Run
from seedance_prep.core.service import at
from seedance_prep.errors import (
    PendingError,
    PrepError,
    RefusedError,
    StoppedError,
    UncertainError,
    UnreachableError,
    UsageError,
)
from seedance_prep.patience import Timeouts, stopping
from seedance_prep.submit.fal import FalQueue
from seedance_prep.submit.ledger import Ledger, open_ledger
from seedance_prep.submit.once import submit_once
from seedance_prep.wire import Wire

from ..wire.rogue import QUICK, SECRET, Action, Rogue, closed_port, cuts, drops, says

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"
PATH = f"/{ENDPOINT}"
APP = "/bytedance/seedance-2.0"
PAYLOAD = {"prompt": "a calm sea"}
NGINX = b"<html><head><title>502 Bad Gateway</title></head><center>nginx</center></html>"
Send = Callable[..., Handle]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A fresh one."""
    return open_ledger(tmp_path)


@pytest.fixture
def run(ledger: Ledger) -> str:
    """A run that has been prepared."""
    return ledger.begin(endpoint=ENDPOINT, service="x", base="x", request={})


@pytest.fixture
def send(rogue: Rogue, wire: Wire, ledger: Ledger, run: str) -> Send:
    """Submit the run to the rogue."""

    def sent(**other: Any) -> Handle:
        given: dict[str, Any] = {"delays": QUICK.delays()} | other
        return submit_once(FalQueue(wire=wire), ledger, run, ENDPOINT, PAYLOAD, **given)

    return sent


def taken(rogue: Rogue, **other: Any) -> Action:
    """The answer of a service that took the job."""
    place = f"{rogue.base}{APP}/requests/abc-1"
    urls = {"status_url": f"{place}/status", "response_url": place, "cancel_url": f"{place}/cancel"}
    return says(200, {"request_id": "abc-1", "status": "IN_QUEUE", **urls} | other)


def test_a_job_that_is_taken_is_written_down(
    rogue: Rogue, send: Send, ledger: Ledger, run: str
) -> None:
    """One POST with the payload and the key; then id and URLs are in the ledger."""
    rogue.on("POST", PATH, taken(rogue))
    handle = send()
    assert b'{"prompt":"a calm sea"}' == rogue.seen[0].body
    assert f"Key {SECRET}" == rogue.seen[0].authorization
    assert 1 == rogue.count("POST")
    row = ledger.run(run)
    assert (State.SUBMITTED, handle, PAYLOAD) == (row.state, row.handle, row.payload)
    assert f"{rogue.base}{APP}/requests/abc-1/status" == handle.status_url


def test_the_ledger_says_submitting_while_the_request_is_on_its_way(
    rogue: Rogue, send: Send, ledger: Ledger, run: str
) -> None:
    """What the service sees has been on disk before: state, payload and time."""
    seen: list[Run] = []

    def look(handler: Any, request: Any) -> None:
        seen.append(ledger.run(run))
        taken(rogue)(handler, request)

    rogue.on("POST", PATH, look)
    send()
    assert (State.SUBMITTING, PAYLOAD) == (seen[0].state, seen[0].payload)
    assert seen[0].sent_at is not None


UNCLEAR: dict[str, Action] = {
    "dropped": drops,
    "cut": cuts(b'{"request_id": "abc-1"}', 8),
    "gateway 502": says(502, NGINX),
    "gateway 504": says(504, NGINX),
    "empty 500": says(500),
    "408": says(408),
    "499": says(499, {"detail": "x"}),
    "redirect": says(303, location="/elsewhere"),
    "2xx without an id": says(200, {"status": "IN_QUEUE"}),
    "2xx that is a list": says(200, []),
    "2xx that is no JSON": says(200, b"<html>welcome</html>"),
    "an id that is none": says(200, {"request_id": "../../x"}),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_anything_unclear_is_sent_once_and_left_uncertain(
    name: str, rogue: Rogue, send: Send, ledger: Ledger, run: str
) -> None:
    """Bytes have left and no clear answer came: one POST, exit 5, and how to find out."""
    rogue.on("POST", PATH, UNCLEAR[name])
    with pytest.raises(UncertainError) as caught:
        send()
    assert 1 == rogue.count("POST")
    assert (5, run) == (caught.value.status, caught.value.run)
    assert f"seedance-prep resume {run}" in str(caught.value)
    assert f"seedance-prep runs {run}" in str(caught.value)
    assert State.UNCERTAIN is ledger.run(run).state


def test_an_answer_that_comes_too_late_is_uncertain(rogue: Rogue, ledger: Ledger, run: str) -> None:
    """The service may have the job; it is not asked a second time."""
    rogue.on("POST", PATH, rogue.silent)
    with rogue.wire(timeouts=Timeouts(read=0.2)) as wire, pytest.raises(UncertainError):
        submit_once(FalQueue(wire=wire), ledger, run, ENDPOINT, PAYLOAD, delays=QUICK.delays())
    assert 1 == rogue.count("POST")


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("unauthorized", 401, {"detail": "invalid key credentials"}),
        ("exhausted_balance", 403, {"detail": "User is locked. Reason: Exhausted balance."}),
        ("not_found", 404, {"detail": "Path /x not found"}),
        ("conflict", 409, {"detail": "Conflict"}),
        ("missing", 422, {"detail": [{"loc": ["body", "prompt"], "msg": "m", "type": "missing"}]}),
        ("too_many_requests", 429, {"detail": "slow down"}),
        ("internal_error", 500, {"detail": "x", "error_type": "internal_error"}),
        ("runner_scheduling_failure", 503,
         {"detail": "x", "error_type": "runner_scheduling_failure"}),
        ("too_large", 413, NGINX),
    ],
)  # fmt: skip
def test_a_clear_no_is_an_answer(
    kind: str | None, status: int, body: Any, rogue: Rogue, send: Send, ledger: Ledger, run: str
) -> None:
    """One POST, exit 4, nothing pending; not even 429 is tried again."""
    rogue.on("POST", PATH, says(status, body, retry_after="0"))
    with pytest.raises(RefusedError) as caught:
        send()
    assert 1 == rogue.count("POST")
    assert (4, status, kind) == (caught.value.status, caught.value.http_status, caught.value.kind)
    row = ledger.run(run)
    assert State.FAILED is row.state
    assert row.error is not None
    assert row.error.endswith("nothing is pending")


def test_a_refused_connection_is_tried_again_and_nothing_is_pending(
    ledger: Ledger, run: str
) -> None:
    """Not a byte could leave: safe, exit 4."""
    with (
        Wire(service=at(closed_port()), key=Key(SECRET)) as wire,
        pytest.raises(UnreachableError) as caught,
    ):
        submit_once(FalQueue(wire=wire), ledger, run, ENDPOINT, PAYLOAD, delays=QUICK.delays())
    assert 4 == caught.value.status
    assert State.FAILED is ledger.run(run).state


def test_a_service_that_comes_up_late_gets_one_request(ledger: Ledger, run: str) -> None:
    """Connecting may be tried again; the POST that got through is the only one."""
    with Rogue() as rogue, rogue.wire() as wire:
        rogue.on("POST", PATH, taken(rogue))
        gone = replace(wire, service=at(closed_port()))

        class Flaky(FalQueue):
            """Unreachable at first."""

            def submit(self, *args: Any, **kwargs: Any) -> Handle:
                """Give the second try the real address."""
                tries.append(1)
                return FalQueue(wire=gone if len(tries) == 1 else wire).submit(*args, **kwargs)

        tries: list[int] = []
        submit_once(Flaky(wire=wire), ledger, run, ENDPOINT, PAYLOAD, delays=QUICK.delays())
        gone.close()
    assert 1 == rogue.count("POST")
    assert State.SUBMITTED is ledger.run(run).state


def test_a_run_is_not_sent_twice(rogue: Rogue, send: Send) -> None:
    """The second call is refused before a byte leaves."""
    rogue.on("POST", PATH, taken(rogue))
    send()
    with pytest.raises(UsageError, match="was sent before"):
        send()
    assert 1 == rogue.count("POST")


def test_two_threads_with_one_run_send_once(rogue: Rogue, send: Send) -> None:
    """Whoever claims the run first sends it."""
    rogue.on("POST", PATH, taken(rogue))
    ends: list[object] = []

    def attempt() -> None:
        try:
            ends.append(send())
        except PrepError as error:
            ends.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == rogue.count("POST")
    assert 1 == sum(isinstance(end, Handle) for end in ends)


@pytest.mark.parametrize("answered", ["http://192.0.2.1/x", "https://evil.invalid/x", 7, None])
def test_urls_that_lead_elsewhere_are_not_used(answered: object, rogue: Rogue, send: Send) -> None:
    """The key does not follow a URL to another host; ours are built by fal's form."""
    rogue.on("POST", PATH, taken(rogue, status_url=answered))
    assert f"{rogue.base}{APP}/requests/abc-1/status" == send().status_url


def test_a_webhook_is_sent_in_the_query(rogue: Rogue, send: Send) -> None:
    """Escaped, beside the body."""
    rogue.on("POST", PATH, taken(rogue))
    send(terms=Terms(webhook="https://me.invalid/hook?a=1&b=2"))
    assert (
        f"{PATH}?fal_webhook=https%3A%2F%2Fme.invalid%2Fhook%3Fa%3D1%26b%3D2" == rogue.seen[0].path
    )


@pytest.mark.parametrize("webhook", ["ftp://x", "nonsense", "https://", "file:///etc/passwd"])
def test_a_webhook_that_is_no_url_is_a_wrong_call(
    webhook: str, rogue: Rogue, send: Send, ledger: Ledger, run: str
) -> None:
    """Nothing is sent, and the run can still be."""
    with pytest.raises(UsageError, match="webhook"):
        send(terms=Terms(webhook=webhook))
    assert [] == rogue.seen
    assert State.PREPARED is ledger.run(run).state


def test_a_stop_between_two_tries_leaves_nothing_pending(ledger: Ledger, run: str) -> None:
    """The caller gave up while nothing could be reached."""
    stop = threading.Event()
    stop.set()
    token = stopping.set(stop)
    try:
        with Wire(service=at(closed_port())) as wire, pytest.raises(StoppedError):
            submit_once(FalQueue(wire=wire), ledger, run, ENDPOINT, PAYLOAD, delays=[60])
    finally:
        stopping.reset(token)
    assert State.FAILED is ledger.run(run).state


def test_a_ledger_that_breaks_after_the_answer_still_tells_the_id(
    rogue: Rogue, send: Send, ledger: Ledger
) -> None:
    """The job is taken and paid for: the id must not be lost with the disk."""

    def breaks(handler: Any, request: Any) -> None:
        ledger.path.write_bytes(b"damaged" * 1000)
        for beside in ledger.path.parent.glob("ledger.sqlite-*"):
            beside.unlink()
        taken(rogue)(handler, request)

    rogue.on("POST", PATH, breaks)
    with pytest.raises(PendingError, match="abc-1"):
        send()


def test_the_key_is_not_in_the_ledger(rogue: Rogue, send: Send, ledger: Ledger, run: str) -> None:
    """Not even when the service sends it back."""
    rogue.on("POST", PATH, says(400, {"detail": f"bad: {SECRET}"}))
    with pytest.raises(RefusedError) as caught:
        send()
    written = b"".join(one.read_bytes() for one in ledger.path.parent.iterdir())
    for part in (SECRET, *SECRET.split(":")):
        assert part not in str(caught.value)
        assert part.encode() not in written
    assert "[key]" in str(ledger.run(run).error)


KILLED = """
import sys
from pathlib import Path
from seedance_prep.core.service import at
from seedance_prep.submit.fal import FalQueue
from seedance_prep.submit.ledger import open_ledger
from seedance_prep.submit.once import submit_once
from seedance_prep.wire import Wire
folder, base, run, endpoint = sys.argv[1:]
with Wire(service=at(base)) as wire:
    submit_once(FalQueue(wire=wire), open_ledger(Path(folder)), run, endpoint, {"prompt": "p"})
"""


def test_a_process_that_is_killed_leaves_its_run_in_the_ledger(
    rogue: Rogue, ledger: Ledger, run: str
) -> None:
    """Killed while it waited for the answer: the row says what may have happened."""
    arrived = threading.Event()

    def hold(handler: Any, request: Any) -> None:
        arrived.set()
        rogue.silent(handler, request)

    rogue.on("POST", PATH, hold)
    argv = [sys.executable, "-c", KILLED, str(ledger.path.parent), rogue.base, run, ENDPOINT]
    child = subprocess.Popen(argv, cwd=Path(__file__).resolve().parents[2])
    assert arrived.wait(30)
    child.send_signal(signal.SIGKILL)
    child.wait()
    row = ledger.run(run)
    assert (State.SUBMITTING, {"prompt": "p"}) == (row.state, row.payload)
    with pytest.raises(UsageError, match="was sent before"):
        ledger.claim(run, {})
