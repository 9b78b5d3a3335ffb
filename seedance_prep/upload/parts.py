"""A large file goes out in parts, several at once, and goes on with those that are missing.

The way of fal's Python client: a token, a begin, one PUT for each part, a complete that names the
tags of all. Unlike it, each part is read in small pieces, may be sent again, and is written down
when it has arrived: another process goes on where this one ended.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ..core.job import Parts
from ..errors import AnswerError, RefusedError, StoppedError
from ..patience import pause
from ..wire import Answer, Wire, transient
from .store import OnBytes, Parcel, UploadCache, opened
from .token import Token, Tokens
from .told import checked, refused, siblings

THRESHOLD = 20 << 20
"""Bytes above which a file goes in parts. fal's clients begin at 90 and 100 MiB, which no file
that the endpoint takes ever has; its server SDK lets the caller choose.
"""
PART = 10 << 20
"""Bytes of a part, as with fal's clients."""
AT_ONCE = 4
"""Parts of one file on their way; fal's client sends 10."""
RESUMABLE = timedelta(days=1)
"""What was begun longer ago is begun anew: nobody says how long the storage keeps parts."""
UNOFFERED = frozenset({404, 405, 501})
"""Statuses of a begin that say that there is no such way."""
FORGOTTEN = frozenset({400, 404, 409, 410, 412})
"""Statuses after which an upload that was taken up is begun anew."""


@dataclass(frozen=True, kw_only=True)
class InParts:
    """How one store takes parts."""

    wire: Wire
    tokens: Tokens
    store: str
    memory: UploadCache | None
    lifecycle: Mapping[str, str]
    length: Callable[[str], int | None]
    """Bytes under a URL of the store."""
    size: int = PART

    def send(self, item: Parcel, on_bytes: OnBytes) -> Parts | None:
        """Send what is missing and have it joined; ``None`` when the store takes no parts."""
        digests = tuple(part_digests(item, self.size))
        if kept := self._kept(item):
            try:
                return self._finish(item, kept, digests, on_bytes)
            except RefusedError as error:
                if error.http_status not in FORGOTTEN:
                    raise
        begun = self._begin(item)
        return begun and self._finish(item, begun, digests, on_bytes)

    def keep(self, parts: Parts) -> None:
        """Write down how far it has come."""
        if self.memory is not None:
            self.memory.keep_parts(self.store, parts)

    def put(self, item: Parcel, part: Parcel, number: int, parts: Parts, told: OnBytes) -> str:
        """Send one part, as often as needed, and give its tag."""
        place = f"{parts.url}/multipart/{parts.upload_id}/{number}"
        headers = {"content-type": item.content_type, "content-length": str(part.bytes)}

        def attempt(token: Token) -> Answer:
            with opened(item, part, (number - 1) * parts.size) as reading:
                with self.wire.open(
                    "PUT",
                    place,
                    headers=headers | {"authorization": token.header},
                    content=reading.chunks(told),
                    signed=False,
                ) as incoming:
                    answer = incoming.answer(self.wire.timeouts.total)
                if answer.ok:
                    reading.verify()
            return answer

        answer = self._safely(item, parts.url, attempt)
        if not answer.ok:
            raise refused(item, answer)
        return _tag(answer, number)

    def _kept(self, item: Parcel) -> Parts | None:
        kept = self.memory.find_parts(self.store, item.sha256) if self.memory else None
        if kept is None or kept.size != self.size or datetime.now(UTC) - kept.begun > RESUMABLE:
            return None
        return kept

    def _begin(self, item: Parcel) -> Parts | None:
        now = datetime.now(UTC)
        headers = {
            "accept": "application/json",
            "content-type": item.content_type,
            "x-fal-file-name": item.file_name,
        } | dict(self.lifecycle)

        def attempt(token: Token) -> Answer:
            url = f"{token.base}/files/upload/multipart"
            return self._call("POST", url, token, headers)

        answer = self._safely(item, None, attempt)
        if answer.status in UNOFFERED:
            return None
        if not answer.ok:
            raise refused(item, answer)
        said = answer.json("multipart")
        url = checked("multipart.access_url", said.text("access_url"))
        parts = Parts(
            sha256=item.sha256, url=url, upload_id=said.text("uploadId"), size=self.size, begun=now
        )
        self.keep(parts)
        return parts

    def _finish(
        self, item: Parcel, parts: Parts, digests: tuple[str, ...], on_bytes: OnBytes
    ) -> Parts:
        whole = _Sending(self, item, parts, digests, on_bytes).all()
        listed = [{"partNumber": n, "etag": tag} for n, tag in sorted(whole.tags.items())]

        def attempt(token: Token) -> Answer:
            url = f"{parts.url}/multipart/{parts.upload_id}/complete"
            return self._call("POST", url, token, {}, {"parts": listed})

        answer = self._safely(item, parts.url, attempt)
        # One whose answer was lost has joined the parts, and knows nothing of them any more.
        if not answer.ok and self.length(parts.url) != item.bytes:
            raise refused(item, answer)
        return whole

    def _call(
        self, method: str, url: str, token: Token, headers: Mapping[str, str], body: object = None
    ) -> Answer:
        """With the token in place of the key."""
        signed = dict(headers) | {"authorization": token.header}
        return self.wire.call(method, url, headers=signed, body=body, signed=False)

    def _safely(self, item: Parcel, url: str | None, attempt: Callable[[Token], Answer]) -> Answer:
        """As often as the wire's patience allows; a token that has ended is replaced."""

        def tried() -> Answer:
            token = self.tokens.current(item)
            if isinstance(token, Answer):
                return token
            if url is not None and not siblings(token.base, url):
                raise AnswerError("the parts are to go where the token does not belong")
            answer = attempt(token)
            if answer.status == 401:
                self.tokens.drop(token)
            return answer

        return self.wire.safely(tried, lambda answer: transient(answer) or answer.status == 401)


@dataclass
class _Sending:
    """The parts of one file that are still missing."""

    way: InParts
    item: Parcel
    parts: Parts
    digests: tuple[str, ...]
    on_bytes: OnBytes
    _sent: dict[int, int] = field(default_factory=dict)
    _most: int = 0
    _failed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self) -> Parts:
        """Send them, several at once. Raises the first error; the others then end soon."""
        pieces = self._pieces()
        self._sent = {number: pieces[number].bytes for number in self.parts.tags}
        missing = [number for number in pieces if number not in self.parts.tags]
        self._told(0, 0)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload-part") as pool:
            try:
                futures = [
                    pool.submit(copy_context().run, self._one, number, pieces[number])
                    for number in missing
                ]
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self._failed.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return self.parts

    def _pieces(self) -> dict[int, Parcel]:
        size, left = self.parts.size, self.item.bytes
        return {
            index + 1: replace(self.item, bytes=min(size, left - index * size), sha256=digest)
            for index, digest in enumerate(self.digests)
        }

    def _one(self, number: int, piece: Parcel) -> None:
        tag = self.way.put(
            self.item, piece, number, self.parts, lambda sent: self._told(number, sent)
        )
        with self._lock:
            self.parts = replace(self.parts, tags={**self.parts.tags, number: tag})
            self.way.keep(self.parts)

    def _told(self, number: int, sent: int) -> None:
        """The sum of all parts, which never falls: one that is sent again counts once."""
        if self._failed.is_set():
            raise StoppedError("another part failed")
        with self._lock:
            self._sent[number] = sent
            self._most = max(self._most, sum(self._sent.values()))
            self.on_bytes(self._most)


def part_digests(item: Parcel, size: int) -> Iterator[str]:
    """SHA-256 of each part. Raises ``MachineError`` when the whole is not what was checked."""
    part, room = hashlib.sha256(), size
    with opened(item) as reading:
        for chunk in reading.chunks(lambda _: pause(0)):
            rest = memoryview(chunk)
            while len(rest) >= room:
                part.update(rest[:room])
                yield part.hexdigest()
                rest, part, room = rest[room:], hashlib.sha256(), size
            part.update(rest)
            room -= len(rest)
        reading.verify()
    if room < size:
        yield part.hexdigest()


def _tag(answer: Answer, number: int) -> str:
    """The part's tag: a header with fal's Python client, JSON with the one for JavaScript."""
    tag = answer.headers.get("etag")
    if tag is None and answer.body:
        tag = answer.json(f"part {number}").maybe_text("etag")
    if not tag:
        raise AnswerError(f"the storage gave part {number} no tag")
    return tag
