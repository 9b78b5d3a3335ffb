"""Tokens, uploads whole and in parts, and the files that come of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from .conftest import Caller, Serve

DATA = bytes(range(256)) * 64


def token(caller: Caller) -> dict[str, str]:
    """Headers with a storage token."""
    given = caller.http.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}).json()
    return {"Authorization": f"{given['token_type']} {given['token']}"}


def test_a_token_says_when_it_ends_with_a_timezone(standing: Caller) -> None:
    """``expires_at`` has a timezone and ``base_url`` is the service's own."""
    given = standing.http.post("/storage/auth/token", json={}).json()
    assert datetime.fromisoformat(given["expires_at"]).tzinfo is not None
    assert standing.service.base == given["base_url"]


def test_a_direct_upload_is_served_again(standing: Caller) -> None:
    """What was uploaded with a token is served to anyone, byte for byte, with its type."""
    headers = token(standing) | {"Content-Type": "image/png", "X-Fal-File-Name": "image1.png"}
    url = httpx.post(f"{standing.service.base}/files/upload", content=DATA, headers=headers).json()[
        "access_url"
    ]
    got = httpx.get(url)
    assert url.endswith("/image1.png")
    assert ("image/png", DATA) == (got.headers["content-type"], got.content)
    assert str(len(DATA)) == httpx.head(url).headers["content-length"]


def test_a_chunked_upload_is_taken_too(standing: Caller) -> None:
    """A body of unknown length arrives whole."""
    pieces = (DATA[at : at + 1000] for at in range(0, len(DATA), 1000))
    url = f"{standing.service.base}/files/upload"
    found = httpx.post(url, content=pieces, headers=token(standing)).json()["access_url"]
    assert DATA == httpx.get(found).content


def test_a_direct_upload_needs_a_token(standing: Caller) -> None:
    """An API key or a made-up token is no token."""
    for header in ("Key test", "Bearer nonsense", ""):
        answer = httpx.post(
            f"{standing.service.base}/files/upload",
            content=DATA,
            headers={"Authorization": header},
        )
        assert 401 == answer.status_code


def test_an_initiated_upload_needs_no_credentials(standing: Caller) -> None:
    """The URL that initiate hands out takes a plain PUT; another signature does not do."""
    fields = {"file_name": "video1.mp4", "content_type": "video/mp4"}
    given = standing.http.post("/storage/upload/initiate", json=fields).json()
    wrong = httpx.put(given["file_url"] + "?signature=wrong", content=DATA)
    before = httpx.get(given["file_url"])
    right = httpx.put(given["upload_url"], content=DATA)
    assert (403, 404, 200) == (wrong.status_code, before.status_code, right.status_code)
    assert "authorization" not in standing.service.received[-1].headers
    assert "" == standing.service.received[-1].auth
    assert DATA == httpx.get(given["file_url"]).content


@pytest.mark.parametrize("way", ["cdn", "initiate"])
def test_parts_come_in_any_order_and_are_joined_in_theirs(standing: Caller, way: str) -> None:
    """Each part is answered with its tag as header and JSON; the file is sorted by number."""
    parts, answers = {1: b"one" * 9, 2: b"two" * 9, 3: b"three"}, []
    put, complete, url, headers = begin(standing, way)
    for number in (3, 1, 2):
        answer = httpx.put(put(number), content=parts[number], headers=headers)
        assert {"partNumber": number, "etag": answer.headers["etag"]} == answer.json()
        answers.append(answer.json())
    assert 200 == httpx.post(complete, json={"parts": answers}, headers=headers).status_code
    assert b"".join(parts.values()) == httpx.get(url).content


def test_parts_that_are_missing_or_differ_make_no_file(standing: Caller) -> None:
    """Completing with a part that never came, a false tag, or none at all is 400."""
    put, complete, url, headers = begin(standing, "initiate")
    tag = httpx.put(put(1), content=b"one", headers=headers).headers["etag"]
    lists: list[Any] = [[], [{"partNumber": 1, "etag": "x"}], [{"partNumber": 2, "etag": tag}]]
    for parts in lists:
        assert 400 == httpx.post(complete, json={"parts": parts}).status_code
    assert 422 == httpx.post(complete, json={"parts": "all"}).status_code
    assert 404 == httpx.get(url).status_code


def begin(caller: Caller, way: str) -> Any:
    """How parts are put and completed, and where the file will be."""
    if way == "cdn":
        headers = token(caller) | {"X-Fal-File-Name": "big.mp4"}
        base = f"{caller.service.base}/files/upload/multipart"
        given = httpx.post(base, headers=headers, json={}).json()
        place = f"{given['access_url']}/multipart/{given['uploadId']}"
        return lambda n: f"{place}/{n}", f"{place}/complete", given["access_url"], headers
    fields = {"file_name": "big.mp4", "content_type": "video/mp4"}
    given = caller.http.post("/storage/upload/initiate-multipart", json=fields).json()
    place, _, query = given["upload_url"].partition("?")
    return lambda n: f"{place}/{n}?{query}", f"{place}/complete?{query}", given["file_url"], {}


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b.mp4", "ü%2f.png", "", "...", "x" * 400])
def test_no_name_leads_out_of_the_store(standing: Caller, name: str) -> None:
    """Whatever the name, the file has one segment of a URL, and is found under it."""
    fields = {"file_name": name, "content_type": "text/plain"}
    given = standing.http.post("/storage/upload/initiate", json=fields).json()
    httpx.put(given["upload_url"], content=DATA)
    assert 4 == given["file_url"].removeprefix(standing.service.base).count("/")
    assert DATA == httpx.get(given["file_url"]).content


@pytest.mark.parametrize("path", ["/files", "/files/b", "/files/b/", "/files/b/x/../../..", "/v1"])
def test_folders_are_never_listed(standing: Caller, path: str) -> None:
    """A path that is no file is not found."""
    assert 404 == standing.http.get(path).status_code


def test_a_lifetime_of_nothing_expires_at_once(standing: Caller) -> None:
    """The lifecycle header is honoured: an expired upload is 404."""
    wish = {"X-Fal-Object-Lifecycle": '{"expiration_duration_seconds": -1}'}
    answer = httpx.post(
        f"{standing.service.base}/files/upload", content=DATA, headers=token(standing) | wish
    )
    assert 404 == httpx.get(answer.json()["access_url"]).status_code


def test_the_store_is_bounded(serve: Serve) -> None:
    """A file past the bound is refused with 413, and room is not lost by it."""
    caller = serve(store_bound=20_000)
    url, headers = f"{caller.service.base}/files/upload", token(caller)
    sizes = [15_000, 15_000, 5_000]
    codes = [httpx.post(url, content=bytes(n), headers=headers).status_code for n in sizes]
    assert [200, 413, 200] == codes


def test_nothing_is_left_after_the_stop(serve: Serve) -> None:
    """The private folder is gone, and the address is silent."""
    caller = serve()
    url = httpx.post(
        f"{caller.service.base}/files/upload", content=DATA, headers=token(caller)
    ).json()["access_url"]
    folder = caller.service.uploads[0].path.parent
    assert 0 == folder.stat().st_mode & 0o077
    caller.service.stop()
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_file_can_be_expired_by_hand(serve: Serve) -> None:
    """After ``expire`` the URL is 404 and an input of that URL cannot be downloaded."""
    caller = serve()
    headers = token(caller)
    url = httpx.post(f"{caller.service.base}/files/upload", content=DATA, headers=headers).json()[
        "access_url"
    ]
    caller.service.expire(url)
    refused = caller.result({"prompt": "x", "image_urls": [url]})
    assert 404 == httpx.get(url).status_code
    assert "file_download_error" == refused.json()["detail"][0]["type"]
