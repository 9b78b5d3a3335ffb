"""Where files are put, and what is put there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from ..core.job import Parts, Upload
from ..core.outcome import Output
from ..core.refs import sent_name
from ..errors import MachineError, UsageError

CHUNK = 1 << 18
"""Bytes per read, and between two reports of progress."""

TYPES = {
    "jpeg": ("image/jpeg", "jpg"),
    "png": ("image/png", "png"),
    "webp": ("image/webp", "webp"),
    "mp4": ("video/mp4", "mp4"),
    "mov": ("video/quicktime", "mov"),
    "mp3": ("audio/mpeg", "mp3"),
    "wav": ("audio/wav", "wav"),
}
"""MIME type and file extension of what the endpoints take, by what the bytes say."""

OnBytes = Callable[[int], None]
"""Told the bytes sent so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One file as it goes out: nothing of the user's name or folders is in what is sent."""

    ref: str
    path: Path
    file_name: str
    content_type: str
    bytes: int
    sha256: str


def parcel(output: Output) -> Parcel:
    """What is sent of an output: type from its bytes, name from its reference.

    Raises ``UsageError`` for a container that no endpoint takes.
    """
    known = TYPES.get(output.facts.container)
    if known is None:
        raise UsageError(
            f"{output.ref} {output.shown} is {output.facts.container}, which no endpoint takes;"
            " run fix on it first"
        )
    content_type, extension = known
    return Parcel(
        ref=output.ref,
        path=output.path,
        file_name=sent_name(output.ref, extension),
        content_type=content_type,
        bytes=output.facts.bytes,
        sha256=output.sha256,
    )


class Store(Protocol):
    """A place whose files the service can read by URL."""

    @property
    def name(self) -> str:
        """Which store this is; an upload to another one is of no use here."""
        ...

    def put(self, item: Parcel, on_bytes: OnBytes, memory: UploadCache | None = None) -> Upload:
        """Send the file and give its URL. ``memory`` is for a store that takes files in parts.

        Raises ``MachineError`` when the file cannot be read or is no longer the one that was
        checked, ``ServiceError`` when it did not arrive whole.
        """
        ...

    def length(self, url: str) -> int | None:
        """Bytes stored under a URL of this store; ``None`` when it is gone or will not say."""
        ...


class UploadCache(Protocol):
    """What is known to be in a store already, by what its bytes hash to."""

    def find_upload(self, store: str, sha256: str) -> Upload | None:
        """An upload of these bytes that will still be there when a job reads it."""
        ...

    def keep_upload(self, store: str, upload: Upload) -> None:
        """Remember an upload; its parts are of no use any more."""
        ...

    def find_parts(self, store: str, sha256: str) -> Parts | None:
        """How far an upload of these bytes had come."""
        ...

    def keep_parts(self, store: str, parts: Parts) -> None:
        """Remember how far an upload has come."""
        ...


@dataclass
class MemoryStore:
    """A store in a dict, for tests of code that uses this package."""

    name: str = "memory"
    files: dict[str, bytes] = field(default_factory=dict)

    def put(self, item: Parcel, on_bytes: OnBytes, memory: UploadCache | None = None) -> Upload:
        """Keep a copy of the bytes; one that is cut short is worth nothing."""
        del memory
        with opened(item) as reading:
            content = b"".join(reading.chunks(on_bytes))
            reading.verify()
        url = f"https://{self.name}.invalid/{item.sha256[:16]}/{item.file_name}"
        self.files[url] = content
        return uploaded(item, url)

    def length(self, url: str) -> int | None:
        """Bytes kept under the URL."""
        kept = self.files.get(url)
        return None if kept is None else len(kept)


def uploaded(item: Parcel, url: str, expires: datetime | None = None) -> Upload:
    """The parcel at its URL, and until when it is there."""
    return Upload(
        ref=item.ref,
        sha256=item.sha256,
        url=url,
        bytes=item.bytes,
        content_type=item.content_type,
        file_name=item.file_name,
        expires=expires,
    )


def standing(output: Output) -> Upload | None:
    """An output that can be read where it came from; ``None`` when it must be sent."""
    return uploaded(parcel(output), output.address) if output.address else None


class Reading:
    """A file on its way out: its bytes once, and whether they were the ones that were checked."""

    def __init__(self, item: Parcel, file: IO[bytes]) -> None:
        """Begin; ``file`` is open for reading at its start."""
        self._item = item
        self._file = file
        self._digest = hashlib.sha256()

    def chunks(self, on_bytes: OnBytes) -> Iterator[bytes]:
        """The bytes that were announced and no more: a file may grow while it is sent."""
        sent, size = 0, self._item.bytes
        while sent < size and (chunk := self._file.read(min(CHUNK, size - sent))):
            self._digest.update(chunk)
            yield chunk
            sent += len(chunk)
            on_bytes(sent)

    def verify(self) -> None:
        """Raise ``MachineError`` when what was sent is not what was checked."""
        if self._digest.hexdigest() != self._item.sha256:
            raise _changed(self._item)


@contextmanager
def opened(item: Parcel, part: Parcel | None = None, start: int = 0) -> Iterator[Reading]:
    """The file of a parcel, or the part of it that begins at byte ``start``.

    Raises ``MachineError`` when the file is gone or has another size.
    """
    try:
        with item.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != item.bytes:
                raise _changed(item, f" ({size} bytes now, {item.bytes} then)")
            file.seek(start)
            yield Reading(part or item, file)
    except OSError as error:
        raise MachineError(f"{item.ref} cannot be read for its upload: {error.strerror}") from error


def _changed(item: Parcel, how: str = "") -> MachineError:
    return MachineError(f"{item.ref} changed after it was checked{how}; run fix again")
