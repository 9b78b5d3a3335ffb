"""fal's own storage: ask for a place, put the file there, see whether it arrived whole."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.foreign import compact
from ..core.job import Upload
from ..core.key import is_loopback
from ..core.refusal import account, detail_text
from ..door import host_of
from ..errors import AnswerError, LostAnswerError, RefusedError, UnreachableError
from ..wire import Answer, Wire, transient
from .store import OnBytes, Parcel, opened, uploaded

STORAGE = "fal-cdn-v3"


@dataclass(frozen=True, kw_only=True)
class FalStore:
    """Uploads over the plain REST way of fal's documents: initiate, then one PUT without a key."""

    wire: Wire
    lifetime: int | None = None
    """Seconds that the service keeps the files; ``None`` leaves that to the account."""

    @property
    def name(self) -> str:
        """Base of the service that this storage belongs to."""
        return self.wire.service.rest

    def put(self, item: Parcel, on_bytes: OnBytes) -> Upload:
        """Send the file; a place is asked for anew for every try, as places expire."""
        places: list[str] = []

        def attempt() -> Answer:
            asked = self._initiate(item)
            if not asked.ok:
                return asked
            target, url = _place(asked)
            places.append(url)
            answer = self._send(item, target, on_bytes)
            self._arrived(item, url)
            return answer

        try:
            answer = self.wire.safely(attempt)
        except (UnreachableError, LostAnswerError) as error:
            raise type(error)(f"the upload of {item.ref} did not get through: {error}") from error
        if not answer.ok:
            raise _refused(item, answer)
        return uploaded(item, places[-1])

    def length(self, url: str) -> int | None:
        """Bytes under a public URL, by HEAD, or by the first byte where HEAD is not taken."""
        with self.wire.open("HEAD", url, signed=False, follow=True) as incoming:
            if incoming.status == 200 and incoming.length is not None:
                return incoming.length
            if incoming.status in {404, 410}:
                return None
        ranged = {"range": "bytes=0-0"}
        with self.wire.open("GET", url, headers=ranged, signed=False, follow=True) as incoming:
            total = incoming.headers.get("content-range", "").rpartition("/")[2]
            if incoming.status == 206:
                return int(total) if total.isdigit() else None
            return incoming.length if incoming.status == 200 else None

    def _initiate(self, item: Parcel) -> Answer:
        return self.wire.call(
            "POST",
            f"{self.wire.service.rest}/storage/upload/initiate",
            query={"storage_type": STORAGE},
            headers=self._lifecycle(),
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

    def _arrived(self, item: Parcel, url: str) -> None:
        stored = self.length(url)
        if stored is not None and stored != item.bytes:
            raise LostAnswerError(
                f"{host_of(url)} holds {stored} of the {item.bytes} bytes of {item.ref}"
            )


def _place(asked: Answer) -> tuple[str, str]:
    """Where to put the file, and where it will be read."""
    said = asked.json("initiate")
    target, url = said.text("upload_url"), said.text("file_url")
    for name, one in (("upload_url", target), ("file_url", url)):
        if not _private(one):
            raise AnswerError(f"initiate.{name} is not an https URL, so nothing was sent there")
    return target, url


def _private(url: str) -> bool:
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2].rpartition(":")[0] or rest.partition("/")[0]
    return scheme == "https" or (scheme == "http" and is_loopback(host))


def _refused(item: Parcel, answer: Answer) -> RefusedError:
    """The refusal in words; a storage upload is never charged."""
    try:
        body = answer.json("upload").value
    except AnswerError:
        body = None
    known = account(answer.status, body)
    why = f"{known.meaning}; {known.remedy}" if known else detail_text(body)
    if transient(answer):
        why = f"{why or 'it says no more'}; run it again later"
    return RefusedError(
        f"{answer.host} refused the upload of {item.ref} ({answer.status})"
        + (f": {why}" if why else ""),
        http_status=answer.status,
        kind=known.kind if known else None,
        charged=False,
    )
