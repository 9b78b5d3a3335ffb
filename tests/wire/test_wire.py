"""The door to HTTP: what leaves, who gets the key, what foreign errors become."""

from __future__ import annotations

import gc
import inspect
import logging
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from seedance_prep import door, patience
from seedance_prep.core.key import Key, may_carry_key
from seedance_prep.core.service import FAL, at
from seedance_prep.errors import (
    AnswerError,
    LostAnswerError,
    PrepError,
    StoppedError,
    UnreachableError,
)
from seedance_prep.patience import Retry, Timeouts
from seedance_prep.wire import MAX_ANSWER, Wire

from .rogue import QUICK, SECRET, SHORT, Action, Rogue, closed_port, cuts, drops, says

BASES = {"HTTPError", "RequestError", "TransportError", "TimeoutException", "NetworkError"}
BASES |= {"ProtocolError", "StreamError"}
NEVER = {
    "HTTPStatusError",  # raise_for_status is not used
    "CookieConflict",  # cookies are not read
    "StreamConsumed",
    "StreamClosed",
    "ResponseNotRead",
    "RequestNotRead",  # mistakes of a program, not of the world
}


def foreign() -> set[str]:
    """Names of all exception classes of httpx."""
    return {
        name
        for name, one in vars(httpx).items()
        if inspect.isclass(one) and issubclass(one, Exception)
    }


def test_every_exception_of_httpx_has_its_place() -> None:
    """A class of httpx that nobody here has thought about makes this fail."""
    placed = {one.__name__ for one in (*door.before(), *door.after())} | NEVER
    assert set() == foreign() - placed - BASES
    assert set() == (placed | BASES) - foreign()


@pytest.mark.parametrize("name", sorted(foreign() - BASES - NEVER))
def test_the_door_turns_every_foreign_error_into_ours(name: str) -> None:
    """What comes before the first byte is unreachable, everything else is a lost answer."""
    kind = getattr(httpx, name)
    expected = UnreachableError if kind in door.before() else LostAnswerError
    with pytest.raises(expected) as caught, door.door("queue.fal.run"):
        raise kind("boom")
    assert kind is type(caught.value.__cause__)
    assert "queue.fal.run" in str(caught.value)


def test_a_closed_port_is_unreachable() -> None:
    """Nobody listens: nothing was sent."""
    base = closed_port()
    with Wire(service=at(base)) as one, pytest.raises(UnreachableError):
        one.call("POST", f"{base}/x", body={})


def test_a_connection_that_ends_without_an_answer_is_a_lost_answer() -> None:
    """The bytes have left, so nobody knows."""
    with Rogue().on("POST", "/x", drops) as rogue, rogue.wire() as one:
        with pytest.raises(LostAnswerError):
            one.call("POST", f"{rogue.base}/x", body={})
        assert 1 == rogue.count("POST")


def test_silence_is_a_lost_answer() -> None:
    """A server that takes the request and says nothing."""
    with Rogue() as rogue, rogue.wire(timeouts=Timeouts(read=0.2)) as one:
        rogue.on("GET", "/x", rogue.silent)
        with pytest.raises(LostAnswerError, match="no answer in time"):
            one.call("GET", f"{rogue.base}/x")


def test_a_cut_answer_is_a_lost_answer(rogue: Rogue) -> None:
    """Half of the announced body is no answer."""
    rogue.on("GET", "/x", cuts(b'{"a": 1}', 4))
    with rogue.wire() as one, pytest.raises(LostAnswerError):
        one.call("GET", f"{rogue.base}/x")


def test_an_endless_answer_is_refused(rogue: Rogue) -> None:
    """A JSON answer above the bound is not read to its end."""
    rogue.on("GET", "/x", says(200, b" " * (MAX_ANSWER + 1)))
    with rogue.wire() as one, pytest.raises(AnswerError, match="longer than"):
        one.call("GET", f"{rogue.base}/x")


def test_json_is_sent_compact_and_in_utf_8() -> None:
    """The body is what fal's own client sends."""
    with Rogue().on("POST", "/x", says()) as rogue, rogue.wire() as one:
        one.call("POST", f"{rogue.base}/x", body={"prompt": "日本", "n": 1})
    assert '{"prompt":"日本","n":1}'.encode() == rogue.seen[0].body
    assert "application/json" == rogue.seen[0].headers["content-type"]
    assert rogue.seen[0].headers["user-agent"].startswith("seedance-prep/")


def test_a_query_is_added_to_the_one_that_is_there() -> None:
    """A URL of the service keeps its own parameters."""
    with Rogue().on("GET", "/x", says()) as rogue, rogue.wire() as one:
        one.call("GET", f"{rogue.base}/x?token=a%2Fb", query={"logs": "1"})
    assert "/x?token=a%2Fb&logs=1" == rogue.seen[0].path


def test_the_key_goes_to_the_service() -> None:
    """Signed calls to an origin of the service carry it."""
    with Rogue().on("GET", "/x", says()) as rogue, rogue.wire() as one:
        one.call("GET", f"{rogue.base}/x")
    assert f"Key {SECRET}" == rogue.seen[0].authorization


def test_the_key_does_not_go_to_another_origin() -> None:
    """Another port is another host, even for a signed call."""
    with Rogue() as ours, Rogue().on("GET", "/x", says()) as other, ours.wire() as one:
        one.call("GET", f"{other.base}/x")
    assert other.seen[0].authorization is None


def test_what_is_not_signed_carries_no_key() -> None:
    """Presigned uploads and downloads may lie on the service's own origin."""
    with Rogue().on("PUT", "/x", says()) as rogue, rogue.wire() as one:
        one.call("PUT", f"{rogue.base}/x", signed=False)
    assert rogue.seen[0].authorization is None


def test_a_signed_call_does_not_follow_a_redirect() -> None:
    """The redirect is the answer; the other host is not asked."""
    with Rogue().on("POST", "/x", says()) as other, Rogue() as rogue, rogue.wire() as one:
        rogue.on("POST", "/x", says(307, location=f"{other.base}/x"))
        answer = one.call("POST", f"{rogue.base}/x", body={})
    assert 307 == answer.status
    assert [] == other.seen


def test_a_download_follows_a_redirect_without_a_key() -> None:
    """Media may lie behind a redirect; no request on the way carries the key."""
    with Rogue().on("GET", "/y", says(200, b"video")) as other, Rogue() as rogue:
        rogue.on("GET", "/x", says(302, location=f"{other.base}/y"))
        with (
            rogue.wire() as one,
            one.open("GET", f"{rogue.base}/x", signed=False, follow=True) as got,
        ):
            assert b"video" == b"".join(got.chunks())
    assert [None, None] == [rogue.seen[0].authorization, other.seen[0].authorization]


@pytest.mark.parametrize(
    ("expected", "scheme", "host"),
    [
        (True, "https", "queue.fal.run"),
        (True, "http", "127.0.0.1"),
        (True, "http", "::1"),
        (True, "http", "localhost"),
        (False, "http", "queue.fal.run"),
        (False, "http", "127.0.0.1.example.com"),
        (False, "http", "10.0.0.1"),
        (False, "ftp", "127.0.0.1"),
    ],
)
def test_a_key_travels_encrypted_or_not_at_all(expected: bool, scheme: str, host: str) -> None:
    """Plain http is for this machine only."""
    assert expected is may_carry_key(scheme, host)


def test_no_proxy_stands_between_us_and_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment would see the key of a local service, or break it."""
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    monkeypatch.setenv("ALL_PROXY", closed_port())
    with Rogue().on("GET", "/x", says()) as rogue, rogue.wire() as one:
        assert 200 == one.call("GET", f"{rogue.base}/x").status


def test_a_key_that_comes_back_is_hidden() -> None:
    """A server that echoes the header does not get the key into an error or the ledger."""
    with Rogue() as rogue, rogue.wire() as one:
        rogue.on("GET", "/x", says(401, {"detail": f"bad key {SECRET}"}))
        answer = one.call("GET", f"{rogue.base}/x")
    assert b"bad key [key]" in answer.body
    assert SECRET.partition(":")[2].encode() not in answer.body


def test_the_key_is_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    """Not even with every logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    with Rogue().on("GET", "/x", says()) as rogue, rogue.wire() as one:
        one.call("GET", f"{rogue.base}/x")
        shown = repr(one) + str(one.key) + caplog.text
    assert "127.0.0.1" in shown
    assert SECRET.partition(":")[0] not in shown
    assert SECRET.partition(":")[2] not in shown


@pytest.mark.parametrize("wrong", [says(503), says(429, retry_after="0"), drops, cuts(b"[]", 1)])
def test_a_safe_step_is_repeated_until_it_works(wrong: Action) -> None:
    """Whatever was transient, the third answer counts."""
    with Rogue().on("GET", "/x", wrong, wrong, says(200, {})) as rogue, rogue.wire() as one:
        answer = one.safely(lambda: one.call("GET", f"{rogue.base}/x"))
    assert 200 == answer.status
    assert 3 == rogue.count("GET")


def test_a_safe_step_is_not_repeated_for_ever() -> None:
    """The last answer, or the last error, comes out after the attempts."""
    with Rogue().on("GET", "/x", says(503)).on("GET", "/y", drops) as rogue, rogue.wire() as one:
        assert 503 == one.safely(lambda: one.call("GET", f"{rogue.base}/x")).status
        with pytest.raises(LostAnswerError):
            one.safely(lambda: one.call("GET", f"{rogue.base}/y"))
    assert [3, 3] == [rogue.count("GET", "/x"), rogue.count("GET", "/y")]


def test_a_clear_no_is_not_repeated() -> None:
    """404 will be 404 again."""
    with Rogue().on("GET", "/x", says(404)) as rogue, rogue.wire() as one:
        assert 404 == one.safely(lambda: one.call("GET", f"{rogue.base}/x")).status
    assert 1 == rogue.count("GET")


def test_retry_after_is_read_and_bounded() -> None:
    """Seconds or a date; nonsense and the past are 0; nobody makes us wait for an hour."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    asked = ["7", "3600", "-1", "soon", "", past]
    assert [7.0, 60.0, 0.0, 0.0, 0.0, 0.0] == [
        patience.retry_after({"retry-after": a}) for a in asked
    ]
    assert 0 < patience.retry_after({"retry-after": soon}) <= 30


def test_delays_grow_and_stay_below_the_cap() -> None:
    """They double with jitter, one fewer than the attempts."""
    delays = list(Retry(attempts=6, base=1, cap=4).delays())
    assert 5 == len(delays)
    assert 0.7 <= delays[0] <= 1.3
    assert all(delay <= 4 * 1.3 for delay in delays)
    assert delays[0] < delays[2]


def test_a_caller_that_stops_is_not_kept_waiting() -> None:
    """A pause ends at once when the caller has given up."""
    stop = threading.Event()
    stop.set()
    token = patience.stopping.set(stop)
    try:
        with pytest.raises(StoppedError):
            patience.pause(3600)
    finally:
        patience.stopping.reset(token)


def test_something_that_is_no_url_is_unreachable() -> None:
    """A service may hand out nonsense; nothing leaves for it."""
    with Wire(service=FAL, key=Key(SECRET), retry=QUICK, timeouts=SHORT) as one:
        for url in ("http://[", "file:///etc/passwd", "nonsense"):
            with pytest.raises(UnreachableError) as caught:
                one.call("GET", url, signed=False)
            assert isinstance(caught.value, PrepError)


def test_hosts_are_named_without_paths_or_users() -> None:
    """An error names where, never a token in a path or query."""
    named = [door.host_of(u) for u in ("https://u:p@a.b:8/c?d", "http://a.b?x=1", "")]
    assert ["a.b:8", "a.b", "the service"] == named


def test_a_wire_can_be_used_again_after_its_close() -> None:
    """Closing drops the connections, not the wire."""
    with Rogue().on("GET", "/x", says()) as rogue, rogue.wire() as one:
        one.call("GET", f"{rogue.base}/x")
        one.close()
        one.close()
        assert 200 == one.call("GET", f"{rogue.base}/x").status


def test_a_closed_wire_keeps_no_connection() -> None:
    """What is sent after the close, or is on its way then, leaves nothing open behind it."""
    with Rogue().on("GET", "/x", says(200, b"x")) as rogue:
        one = rogue.wire()
        with one.open("GET", f"{rogue.base}/x") as incoming:
            one.close()
            assert incoming.status == one.call("GET", f"{rogue.base}/x").status
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            del one, incoming
            gc.collect()
    assert [] == [str(one.message) for one in told if one.category is ResourceWarning]


@contextmanager
def crowded() -> Iterator[tuple[socket.socket, ExitStack]]:
    """A server with no room for another connection, and those that wait before its door."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        while True:
            one = waiting.enter_context(socket.socket())
            one.settimeout(0.2)
            try:
                one.connect(server.getsockname())
            except TimeoutError:
                break
        yield server, waiting


def answered(server: socket.socket) -> None:
    """Take connections until one of them asks for something; answer that."""
    while True:
        with server.accept()[0] as one:
            if one.recv(1000):
                one.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                one.recv(1)
                return


def test_a_wire_that_closes_under_a_connect_forgets_no_socket() -> None:
    """Another thread connects when the wire closes: its request ends well, its socket is closed."""
    with crowded() as (server, waiting), ThreadPoolExecutor(2) as pool:
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        one = Wire(service=at(base))
        asked = pool.submit(one.call, "GET", base)
        time.sleep(0.1)  # in the midst of its connect
        one.close()
        waiting.close()
        answer = pool.submit(answered, server)
        assert 200 == asked.result(20).status
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            del one, asked
            gc.collect()
        answer.result(20)
    assert [] == [str(one.message) for one in told if one.category is ResourceWarning]


def test_a_base_without_tls_on_another_machine_gets_no_key() -> None:
    """Even when it is the service itself."""
    request = httpx.Request("GET", "http://192.0.2.1/x")
    with Wire(service=replace(at("http://192.0.2.1")), key=Key(SECRET)) as one:
        one._sign(request)
    assert "authorization" not in request.headers
