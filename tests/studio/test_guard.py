"""Who may ask: the page that has the token, and nobody else."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette

from seedance_prep.studio.guard import Guard

from .desks import Caller

TABLE = "/api/desk"


def bare(page: Caller) -> httpx.Client:
    return httpx.Client(base_url=page.base, timeout=20)


def test_the_address_gives_a_cookie_and_loses_the_token(page: Caller) -> None:
    """The token becomes a cookie that no script reads and no other site sends, then it is gone."""
    with bare(page) as http:
        answer = http.get("/", params={"token": page.token})
        assert 303 == answer.status_code
        assert "/" == answer.headers["location"]
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert 200 == http.get(TABLE).status_code  # the client has kept the cookie


def test_a_ticket_opens_once() -> None:
    """What a browser is started with stands in the list of processes, and is worth nothing there
    once the browser is in."""
    guard = Guard(Starlette(routes=[]), token="t", port=80)
    ticket = guard.ticket()

    async def twice() -> list[int]:
        door = httpx.ASGITransport(app=guard)
        async with httpx.AsyncClient(transport=door, base_url="http://localhost:80") as http:
            headers = {"Host": "localhost:80"}
            asked = [await http.get("/", params={"token": ticket}, headers=headers)
                     for _ in range(2)]  # fmt: skip
            return [one.status_code for one in asked]

    assert [303, 401] == asyncio.run(twice())


@pytest.mark.parametrize("path", [TABLE, "/", "/?token=wrong", "/?x=1", "/main.js", "/api/runs",
                                  "/api/events", "/api/set.zip"])  # fmt: skip
def test_nothing_without_the_token(page: Caller, path: str) -> None:
    """Every path asks for the token, and the refusal says where it is."""
    with bare(page) as http:
        answer = http.get(path)
    assert 401 == answer.status_code
    assert "seedance-prep studio" in answer.json()["error"]
    assert page.token not in answer.text


@pytest.mark.parametrize("token", ["", "wrong", "x" * 5000])
def test_no_wrong_token(page: Caller, token: str) -> None:
    """A token that is not the right one is none."""
    with bare(page) as http:
        answer = http.get(TABLE, headers={"X-Studio-Token": token})
    assert 401 == answer.status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_other_site(page: Caller, headers: dict[str, str]) -> None:
    """A page of another site is refused, even one that had the token."""
    answer = page.http.post("/api/clear", json={}, headers=headers)
    assert 403 == answer.status_code
    assert "another site" in answer.json()["error"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost", "127.0.0.1:1",
                                  "127.0.0.1.evil.example", "[::1]", ""])  # fmt: skip
def test_no_other_name(page: Caller, host: str) -> None:
    """A name that was made to lead here (DNS rebinding) is refused, also with the token."""
    answer = page.http.get(TABLE, headers={"Host": host})
    assert 403 == answer.status_code


def test_localhost_is_here(page: Caller) -> None:
    """The other name of this machine is taken, with its own origin."""
    port = page.base.rpartition(":")[2]
    named = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    assert 200 == page.http.get(TABLE, headers=named).status_code


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_no_form_of_another_page(page: Caller, kind: str) -> None:
    """What a form of any page can send changes nothing, though a browser adds the cookie."""
    with bare(page) as http:
        http.get("/", params={"token": page.token})
        answer = http.post("/api/clear", content=b"a=b", headers={"Content-Type": kind})
        assert 415 == answer.status_code
        own = {"Content-Type": kind, "X-Studio": "1"}
        assert 200 == http.post("/api/clear", content=b"", headers=own).status_code


@pytest.mark.parametrize(
    "path",
    ["/..%2fguard.py", "/%2e%2e/guard.py", "/page/../guard.py", "/..\\guard.py", "/app.py",
     "/.", "/..", "/api/assets/..%2f..%2fdesk.json/thumb.jpg", "/api/assets/../desk.json",
     "/api/outputs/..%2f..%2fdesk.json/file", "/api/runs/..%2f..%2fledger.sqlite/video",
     "/%00", "/api/assets/%00/thumb.jpg"],
)  # fmt: skip
def test_no_path_leads_out(page: Caller, path: str) -> None:
    """No address names a file that is not the page's own."""
    port = int(page.base.rpartition(":")[2])
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Studio-Token: {page.token}\r\n"
    answer = raw(port, f"{head}Connection: close\r\n\r\n".encode())
    status = int(answer.split(b" ", 2)[1])
    assert status in {204, 400, 404}, answer[:300]
    assert b"class " not in answer


def test_answers_are_for_this_page_alone(page: Caller) -> None:
    """Every answer forbids other origins, frames, guessed types and scripts not its own."""
    for path in (TABLE, "/nothing", "/"):
        headers = page.http.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "nosniff" == headers["x-content-type-options"]
        assert "no-referrer" == headers["referrer-policy"]
        assert "access-control-allow-origin" not in headers


def test_head_of_a_request_is_bounded(page: Caller) -> None:
    """A head that does not end is refused, and the studio goes on."""
    port = int(page.base.rpartition(":")[2])
    answer = raw(port, b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"a" * 200_000)
    assert answer == b"" or b" 400 " in answer[:30] or b" 431 " in answer[:30]
    assert 200 == page.http.get(TABLE).status_code


def test_it_listens_on_loopback_alone(page: Caller) -> None:
    """No other address of this machine leads to it."""
    port = int(page.base.rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(2)
        assert 0 != other.connect_ex(("127.0.0.2", port))


def raw(port: int, data: bytes) -> bytes:
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as door:
        found = b""
        try:
            door.sendall(data)
            while part := door.recv(65536):
                found += part
        except ConnectionError:
            pass
        return found
