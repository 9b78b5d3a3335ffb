"""fal's own storage: a place and one PUT for a small file, parts for a large one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from ..core.foreign import compact
from ..core.job import Upload
from ..errors import LostAnswerError, UnreachableError
from ..wire import Answer, Wire, transient
from .arrived import confirm, stored
from .parts import PART, THRESHOLD, InParts
from .store import OnBytes, Parcel, UploadCache, opened, uploaded
from .token import Tokens
from .told import checked, refused

STORAGE = "fal-cdn-v3"
KEPT = timedelta(days=7)
"""How long a file is there when no lifetime is asked for: "at least 7 days" (fal's FAQ)."""


@dataclass(frozen=True, kw_only=True)
class FalStore:
    """Uploads as fal's documents and clients do: initiate and PUT without a key, or in parts."""

    wire: Wire
    lifetime: int | None = None
    """Seconds that the service keeps the files; ``None`` leaves that to the account."""
    threshold: int = THRESHOLD
    """Bytes above which a file goes in parts."""
    part: int = PART
    """Bytes of a part."""

    @property
    def name(self) -> str:
        """Base of the service that this storage belongs to."""
        return self.wire.service.rest

    def put(self, item: Parcel, on_bytes: OnBytes, memory: UploadCache | None = None) -> Upload:
        """Send the file; parts that have arrived are kept in ``memory`` and not sent again."""
        since = datetime.now(UTC)
        try:
            if item.bytes > self.threshold and (parts := self._parts(memory).send(item, on_bytes)):
                confirm(self.wire, item, parts.url)
                return uploaded(item, parts.url, parts.begun + self._life)
            return uploaded(item, self._whole(item, on_bytes), since + self._life)
        except (UnreachableError, LostAnswerError) as error:
            raise type(error)(f"the upload of {item.ref} did not get through: {error}") from error

    def length(self, url: str) -> int | None:
        """Bytes under a public URL; ``None`` when it is gone or will not say."""
        found = stored(self.wire, url)
        return found.bytes if found else None

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self.wire)

    @property
    def _life(self) -> timedelta:
        return KEPT if self.lifetime is None else timedelta(seconds=self.lifetime)

    def _parts(self, memory: UploadCache | None) -> InParts:
        return InParts(
            wire=self.wire,
            tokens=self._tokens,
            store=self.name,
            memory=memory,
            lifecycle=self._lifecycle(),
            length=self.length,
            size=self.part,
        )

    def _whole(self, item: Parcel, on_bytes: OnBytes) -> str:
        """In one PUT; a place is asked for anew for every try, as places expire."""
        places: list[str] = []

        def attempt() -> Answer:
            places.clear()
            asked = self._initiate(item)
            if not asked.ok:
                return asked
            target, url = _place(asked)
            places.append(url)
            answer = self._send(item, target, on_bytes)
            if answer.ok:
                confirm(self.wire, item, url)
            return answer

        def again(answer: Answer) -> bool:
            # No key went there, so a 403 is about the place: its time has passed.
            return transient(answer) or (answer.status == 403 and bool(places))

        answer = self.wire.safely(attempt, again)
        if not answer.ok:
            raise refused(item, answer, signed=not places)
        return places[-1]

    def _initiate(self, item: Parcel) -> Answer:
        return self.wire.call(
            "POST",
            f"{self.wire.service.rest}/storage/upload/initiate",
            query={"storage_type": STORAGE},
            headers={"accept": "application/json"} | self._lifecycle(),
            body={"file_name": item.file_name, "content_type": item.content_type},
        )

    def _lifecycle(self) -> dict[str, str]:
        """Both names of the header: fal's Python client sends the two of them."""
        if self.lifetime is None:
            return {}
        wish = compact({"expiration_duration_seconds": self.lifetime}).decode()
        return {"x-fal-object-lifecycle": wish, "x-fal-object-lifecycle-preference": wish}

    def _send(self, item: Parcel, target: str, on_bytes: OnBytes) -> Answer:
        headers = {"content-type": item.content_type, "content-length": str(item.bytes)}
        with opened(item) as reading:
            chunks = reading.chunks(on_bytes)
            with self.wire.open(
                "PUT", target, headers=headers, content=chunks, signed=False
            ) as incoming:
                answer = incoming.answer(self.wire.timeouts.total)
            if answer.ok:  # a refusal may come before all bytes were read
                reading.verify()
        return answer


def _place(asked: Answer) -> tuple[str, str]:
    """Where to put the file, and where it will be read."""
    said = asked.json("initiate")
    target, url = said.text("upload_url"), said.text("file_url")
    return checked("initiate.upload_url", target), checked("initiate.file_url", url)
