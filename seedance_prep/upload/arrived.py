"""Whether a file lies in the store as it was sent: by length, and by digest where one is told."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..door import host_of
from ..errors import LostAnswerError, UnreachableError
from ..patience import pause
from ..wire import Wire
from .store import Parcel, opened

TAIL = 1 << 14
"""Bytes of the end that are read back where the store tells no digest."""
_SHA = re.compile(r"sha-256=:?([A-Za-z0-9+/=]+):?", re.IGNORECASE)
_MD5 = re.compile(r"(?:^|,|\s)md5=([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store says of one of its files."""

    bytes: int | None
    headers: Mapping[str, str]


def stored(wire: Wire, url: str) -> Stored | None:
    """By HEAD, or by the first byte where HEAD is not taken; ``None`` when there is nothing."""
    with wire.open("HEAD", url, signed=False, follow=True) as incoming:
        if incoming.status == 200 and incoming.length is not None:
            return Stored(incoming.length, incoming.headers)
        if incoming.status in {404, 410}:
            return None
    ranged = {"range": "bytes=0-0"}
    with wire.open("GET", url, headers=ranged, signed=False, follow=True) as incoming:
        total = incoming.headers.get("content-range", "").rpartition("/")[2]
        if incoming.status == 206:
            return Stored(int(total) if total.isdigit() else None, incoming.headers)
        return Stored(incoming.length, incoming.headers) if incoming.status == 200 else None


def confirm(wire: Wire, item: Parcel, url: str) -> None:
    """Raise ``LostAnswerError`` when the store holds something other than what was sent.

    A store that says nothing is believed: its answer to the upload was a yes.
    """
    for delay in wire.retry.delays():
        try:
            wrong = _difference(wire, item, url)
        except (UnreachableError, LostAnswerError):  # nothing is wrong with the file for that
            pause(delay)
        else:
            if wrong:
                raise LostAnswerError(f"{host_of(url)} holds {wrong} of {item.ref}")
            return


def _difference(wire: Wire, item: Parcel, url: str) -> str:
    """How what is stored differs from what was sent; empty when nothing is known against it."""
    found = stored(wire, url)
    if found is None:
        return ""
    if found.bytes is not None and found.bytes != item.bytes:
        return f"{found.bytes} of the {item.bytes} bytes"
    matches = tuple(_matches(item, found.headers))
    fits = all(matches) and (matches or _same_end(wire, item, url))
    return "" if fits else "other bytes than those"


def _matches(item: Parcel, headers: Mapping[str, str]) -> Iterator[bool]:
    """Of each digest that is told: RFC 9530, its forerunner RFC 3230, and Google's storage."""
    for name in ("repr-digest", "content-digest", "digest"):
        for told in _SHA.findall(headers.get(name, "")):
            yield _raw(told) == bytes.fromhex(item.sha256)
    for told in _MD5.findall(headers.get("x-goog-hash", "")):
        yield _raw(told) == _md5(item)


def _same_end(wire: Wire, item: Parcel, url: str) -> bool:
    """Read the end back; a store without ranges is believed."""
    start = max(0, item.bytes - TAIL)
    ranged = {"range": f"bytes={start}-"}
    with wire.open("GET", url, headers=ranged, signed=False, follow=True) as incoming:
        if incoming.status != 206:
            return True
        told = incoming.answer(wire.timeouts.total).body
    with item.path.open("rb") as file:
        file.seek(start)
        return told == file.read(item.bytes - start)


def _md5(item: Parcel) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    with opened(item) as reading:
        for chunk in reading.chunks(lambda _: None):
            digest.update(chunk)
    return digest.digest()


def _raw(told: str) -> bytes | None:
    try:
        return base64.b64decode(told, validate=True)
    except binascii.Error:
        return None
