"""The finished video: to a temporary name beside the target, whole, then renamed."""

from __future__ import annotations

import errno
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..core.key import is_loopback
from ..door import host_of
from ..errors import (
    AnswerError,
    LostAnswerError,
    MachineError,
    OutputError,
    RefusedError,
    UnreachableError,
)
from ..patience import pause
from ..wire import TRANSIENT, Incoming, Wire

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def download(wire: Wire, url: str, target: Path, *, size: int | None = None) -> Path:
    """Fetch ``url`` without a key and put it at ``target``, replacing what was there.

    ``size`` in bytes, when the service told it. A download that is cut is taken up again. Raises
    ``LostAnswerError`` or ``UnreachableError`` when it does not arrive whole, ``RefusedError``
    when it is gone, ``OutputError`` when it cannot be written; then nothing is left behind.
    """
    check_target(target)
    with _draft(target) as file:
        arriving = _Arriving(wire, url, file, size)
        arriving.complete()
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


@contextmanager
def _draft(target: Path) -> Iterator[IO[bytes]]:
    """A private file beside the target that takes its place when all went well."""
    draft = target.with_name(f".seedance-prep-{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise MachineError(f"no space is left on the disk for {target.name}") from error
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@dataclass
class _Arriving:
    """A file that comes in one or more pieces."""

    wire: Wire
    url: str
    file: IO[bytes]
    size: int | None
    etag: str | None = None

    def complete(self) -> None:
        """Fetch until all of it is there, as often as the wire's retries allow."""
        for delay in self.wire.retry.delays():
            try:
                return self._fetch()
            except (LostAnswerError, UnreachableError):
                pause(delay)
        return self._fetch()

    def _fetch(self) -> None:
        with self.wire.open(
            "GET", self.url, headers=self._wanted(), signed=False, follow=True
        ) as incoming:
            self._accept(incoming)
            total = self._position(incoming)
            for chunk in incoming.chunks():
                self.file.write(chunk)
                pause(0)
        self._whole(total)

    def _wanted(self) -> dict[str, str]:
        """What is still missing; from the start when nothing ties the rest to what is here."""
        have = self.file.tell()
        if not have or self.etag is None:
            return {}
        return {"range": f"bytes={have}-", "if-range": self.etag}

    def _accept(self, incoming: Incoming) -> None:
        host, status = host_of(self.url), incoming.status
        if status in {404, 410}:
            raise RefusedError(
                f"{host} no longer has the video ({status}); files are kept for some days only",
                http_status=status,
                kind="media_expired",
            )
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
        if incoming.status == 206 and match and int(match.group(1)) == self.file.tell():
            return int(match.group(2)) if match.group(2) != "*" else None
        self.file.seek(0)
        self.file.truncate()
        if incoming.status == 206:
            self.etag = None
            raise LostAnswerError(f"{host_of(self.url)} sent another part than the one asked for")
        tag = incoming.headers.get("etag")
        self.etag = tag if tag and not tag.startswith("W/") else None
        return incoming.length

    def _whole(self, total: int | None) -> None:
        have = self.file.tell()
        wrong = [one for one in (total, self.size) if one is not None and one != have]
        if wrong or not have:
            raise LostAnswerError(
                f"{host_of(self.url)} sent {have} of {wrong[0] if wrong else 'some'} bytes"
            )


def _still_private(url: str) -> bool:
    return url.startswith("https:") or is_loopback(host_of(url).rpartition(":")[0])
