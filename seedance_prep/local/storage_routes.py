"""Storage: tokens, direct uploads, uploads in parts, and the files themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from .answers import Answer, FileAnswer, Outcome, answer, plain
from .call import BrokenError, Call, OutcomeError
from .house import House
from .store import FullError, Slot, Stored

TOKEN_LIFETIME = timedelta(hours=1)
T = TypeVar("T")
OCTETS = "application/octet-stream"


def token(house: House, call: Call) -> Outcome:
    """Hand out a token for the CDN paths."""
    house.need_key(call)
    expires = datetime.now(UTC) + TOKEN_LIFETIME
    return answer(
        200,
        {
            "token": house.new_token(),
            "token_type": "Bearer",
            "base_url": house.base,
            "expires_at": expires.isoformat(timespec="seconds"),
        },
    )


def initiate(house: House, call: Call) -> Outcome:
    """Hand out a URL to put a file to (whole or in parts) and the URL that it will have."""
    house.need_key(call)
    fields = call.fields()
    slot = _reserve(house, call, str(fields.get("file_name", "")), fields.get("content_type"))
    place = house.base + slot.place
    return answer(200, {"upload_url": f"{place}?signature={slot.secret}", "file_url": place})


def upload(house: House, call: Call) -> Outcome:
    """Take a whole file in, with a token."""
    house.need_token(call)
    slot = _named(house, call)
    stored = _taken(lambda: house.store.put(slot, _body(house, call)))
    return _stored(house, stored)


def begin_multipart(house: House, call: Call) -> Outcome:
    """Begin an upload in parts, with a token."""
    house.need_token(call)
    slot = _named(house, call)
    return answer(200, {"access_url": house.base + slot.place, "uploadId": slot.secret})


def put_cdn_part(house: House, call: Call, key: str, secret: str, number: str) -> Outcome:
    """Take one part in; a token is needed as well."""
    house.need_token(call)
    return _put_part(house, call, _slot(house, key, secret), int(number))


def put_slot_part(house: House, call: Call, key: str, number: str) -> Outcome:
    """Take one part in; the signature of the URL is enough."""
    return _put_part(house, call, _slot(house, key, call.param("signature")), int(number))


def complete_cdn(house: House, call: Call, key: str, secret: str) -> Outcome:
    """Join the parts; a token is needed as well."""
    house.need_token(call)
    return _complete(house, call, _slot(house, key, secret))


def complete_slot(house: House, call: Call, key: str) -> Outcome:
    """Join the parts; the signature of the URL is enough."""
    return _complete(house, call, _slot(house, key, call.param("signature")))


def put_slot(house: House, call: Call, key: str) -> Outcome:
    """Take a whole file in; the signature of the URL is enough, no other credentials."""
    slot = _slot(house, key, call.param("signature"))
    stored = _taken(lambda: house.store.put(slot, _body(house, call)))
    return Answer(status=200, headers=_tag(stored.sha256))


def download(house: House, call: Call) -> Outcome:
    """A file, to anyone who knows its URL."""
    stored = house.store.at(call.path)
    if stored is None or house.mischief.take("media_expired"):
        return plain(404, "File not found")
    return FileAnswer(
        path=stored.path,
        size=stored.size,
        content_type=stored.content_type,
        etag=stored.sha256,
        start=_start(call, stored),
        cut=call.method == "GET" and house.mischief.take("media_cut"),
    )


def _start(call: Call, stored: Stored) -> int:
    """Where a caller goes on (``Range: bytes=N-``) that has the beginning of this very file."""
    match = re.fullmatch(r"bytes=(\d{1,15})-", call.headers.get("range", ""))
    same = call.headers.get("if-range", f'"{stored.sha256}"') == f'"{stored.sha256}"'
    start = int(match.group(1)) if match and same else 0
    return start if start < stored.size else 0


def _named(house: House, call: Call) -> Slot:
    name = call.headers.get("x-fal-file-name", "")
    return _reserve(house, call, name, call.headers.get("content-type"))


def _reserve(house: House, call: Call, name: str, content_type: object) -> Slot:
    kind = content_type if isinstance(content_type, str) and content_type.isprintable() else OCTETS
    return house.store.reserve(name, kind, call.lifetime())


def _slot(house: House, key: str, secret: str | None) -> Slot:
    slot = house.store.slot(key)
    if slot is None or slot.secret != secret:
        raise OutcomeError(plain(403, "The signature of this URL is not valid"))
    return slot


def _put_part(house: House, call: Call, slot: Slot, number: int) -> Outcome:
    if house.mischief.take("parts_forgotten"):
        return plain(404, "Upload not found")
    tag = _taken(lambda: house.store.put_part(slot, number, _body(house, call)))
    return answer(200, {"partNumber": number, "etag": f'"{tag}"'}, _tag(tag))


def _complete(house: House, call: Call, slot: Slot) -> Outcome:
    try:
        parts = [(int(one["partNumber"]), str(one["etag"])) for one in call.fields()["parts"]]
    except (KeyError, TypeError, ValueError):
        return plain(422, "parts must be a list of partNumber and etag")
    wanted = [(number, tag.strip('"')) for number, tag in parts]
    stored = _taken(lambda: house.store.join(slot, wanted))
    if stored is None:
        return plain(400, "A part is missing or differs")
    return _stored(house, stored)


def _stored(house: House, stored: Stored) -> Outcome:
    url = house.base + stored.place
    body: dict[str, Any] = {"access_url": url, "url": url, "file_size": stored.size}
    return answer(200, body, _tag(stored.sha256))


def _tag(digest: str) -> dict[str, str]:
    return {"ETag": f'"{digest[:32]}"'}


def _body(house: House, call: Call) -> Iterator[bytes]:
    """What is handed in; an upload that is cut ends when half of it has come."""
    end = (call.size or 0) // 2 if house.mischief.take("upload_cut") else None
    read = 0
    for chunk in call.chunks():
        read += len(chunk)
        if house.stopping.is_set() or (end is not None and read >= end):
            raise BrokenError
        yield chunk


def _taken(take: Callable[[], T]) -> T:
    try:
        return take()
    except FullError:
        raise OutcomeError(plain(413, "The storage of the local service is full")) from None
