"""The finished video: to a temporary name beside the target, whole, decoded, then renamed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..core.key import is_loopback
from ..door import host_of
from ..errors import (
    AnswerError,
    LostAnswerError,
    OutputError,
    RefusedError,
    ToolFailedError,
    UnreachableError,
)
from ..patience import pause
from ..wire import TRANSIENT, Incoming, Wire
from .partial import Partial, partial

PROGRESS = 1 << 16
"""Bytes that a try must bring so that it does not count among those that failed."""
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

Proof = Callable[[Path], None]
"""Raises ``ToolFailedError`` for a file that cannot be played."""


def download(
    wire: Wire, url: str, target: Path, *, size: int | None = None, proof: Proof | None = None
) -> Path:
    """Fetch ``url`` without a key and put it at ``target``, replacing what was there.

    ``size`` in bytes, when the service told it. A download that is cut is taken up again, here and
    by the next call, also of another process. Raises ``LostAnswerError`` or ``UnreachableError``
    when it does not arrive whole, ``RefusedError`` when it is gone, ``AnswerError`` when ``proof``
    refuses it twice, ``OutputError`` when it cannot be written; then no target is made.
    """
    check_target(target)
    with partial(target, url) as draft:
        arriving = _Arriving(wire, url, draft, size)
        arriving.complete()
        if proof and _fault(proof, draft):
            draft.restart()  # pieces that do not belong together, perhaps
            arriving.complete()
            if fault := _fault(proof, draft):
                raise AnswerError(
                    f"{host_of(url)} sent all {draft.size} bytes of the video, twice, but it"
                    f" cannot be played: {fault}"
                ) from fault
    return target


def check_target(target: Path, keep: Iterable[Path] = ()) -> None:
    """Raise ``OutputError`` when no video can be put at ``target``.

    Worth asking before a video is paid for. ``keep`` are files that must not be replaced.
    """
    try:
        taken = target.exists()
        if taken and not target.is_file():
            kind = "folder" if target.is_dir() else "device"
            raise OutputError(f"{target} is a {kind}; give the video a file name")
        if taken and any(one.exists() and target.samefile(one) for one in keep):
            raise OutputError(f"{target} is a file of the request; give the video another name")
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error


def _fault(proof: Proof, draft: Partial) -> ToolFailedError | None:
    try:
        proof(draft.synced())
    except ToolFailedError as error:
        return error
    return None


@dataclass
class _Arriving:
    """A file that comes in one or more pieces."""

    wire: Wire
    url: str
    draft: Partial
    size: int | None

    def complete(self) -> None:
        """Fetch until all of it is there; only tries that bring next to nothing are counted."""
        delays = self.wire.retry.delays()
        while True:
            have = self.draft.size
            try:
                return self._fetch()
            except (LostAnswerError, UnreachableError):
                if self.draft.size >= have + PROGRESS:
                    delays = self.wire.retry.delays()
                delay = next(delays, None)
                if delay is None:
                    raise
                pause(delay)

    def _fetch(self) -> None:
        with self.wire.open(
            "GET", self.url, headers=self._wanted(), signed=False, follow=True
        ) as incoming:
            if incoming.status == 416 and self._complete_before(incoming):
                return
            self._accept(incoming)
            total = self._position(incoming)
            for chunk in incoming.chunks():
                self.draft.write(chunk)
                pause(0)
        self._whole(total)

    def _wanted(self) -> dict[str, str]:
        """What is still missing; from the start when nothing ties the rest to what is here."""
        if not self.draft.size or self.draft.tag is None:
            return {}
        return {"range": f"bytes={self.draft.size}-", "if-range": self.draft.tag}

    def _complete_before(self, incoming: Incoming) -> bool:
        """Whether nothing was missing: the range begins where this very version ends."""
        return incoming.headers.get("content-range") == f"bytes */{self.draft.size}"

    def _accept(self, incoming: Incoming) -> None:
        host, status = host_of(self.url), incoming.status
        if status in {404, 410}:
            raise RefusedError(
                f"{host} no longer has the video ({status}); files are kept for some days only",
                http_status=status,
                kind="media_expired",
            )
        if status == 416:
            self.draft.restart()
        if status in TRANSIENT or status == 416:
            raise LostAnswerError(f"{host} answered {status} instead of the video")
        if status not in {200, 206}:
            raise RefusedError(f"{host} refused the download ({status})", http_status=status)
        if incoming.headers.get("content-encoding", "identity") != "identity":
            raise AnswerError(f"{host} sent the video compressed, which nobody asked for")
        if self.url.startswith("https:") and not _still_private(incoming.url):
            raise AnswerError(f"{host} led the download to a place without encryption")

    def _position(self, incoming: Incoming) -> int | None:
        """Go to where this piece begins; gives the bytes of the whole file as announced."""
        match = _RANGE.match(incoming.headers.get("content-range", ""))
        if incoming.status == 206 and match and int(match.group(1)) == self.draft.size:
            return int(match.group(2)) if match.group(2) != "*" else None
        self.draft.restart(incoming.headers.get("etag") if incoming.status == 200 else None)
        if incoming.status == 206:
            raise LostAnswerError(f"{host_of(self.url)} sent another part than the one asked for")
        return incoming.length

    def _whole(self, total: int | None) -> None:
        have = self.draft.size
        wrong = [one for one in (total, self.size) if one is not None and one != have]
        if wrong or not have:
            raise LostAnswerError(
                f"{host_of(self.url)} sent {have} of {wrong[0] if wrong else 'some'} bytes"
            )


def _still_private(url: str) -> bool:
    return url.startswith("https:") or is_loopback(host_of(url).rpartition(":")[0])
