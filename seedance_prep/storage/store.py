"""One object of a store: look, read a range, put."""

from __future__ import annotations

import hashlib
import importlib.util
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.media import Fault
from .faults import StoreError, door
from .urls import EXTRAS, Place, place_of

CHUNK = 8 << 20
"""Bytes that are asked for at a time."""
CONNECT, SILENCE = 10, 30
"""Seconds until a connection stands, and in which something must come."""
NEEDED = {"s3": "s3fs", "sftp": "paramiko", "gs": "gcsfs", "gcs": "gcsfs"}
NEEDED |= {"az": "adlfs", "abfs": "adlfs", "abfss": "adlfs"}

Vetted = Callable[[str], str]
"""The address to reach a host by; may refuse it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a store says of an object."""

    bytes: int
    version: str
    """Another one when its content was replaced, as far as the store tells."""


@contextmanager
def opened(url: str, vetted: Vetted | None = None) -> Iterator[Store]:
    """The object at an address; its connection is closed after the block.

    ``vetted`` judges hosts that the address itself names. Raises ``StoreError``, also from the
    block, for whatever the store does wrong.
    """
    place = place_of(url)
    _require(place.protocol)
    with door(place.protocol, place.shown):
        system = _sftp(place, vetted or _as_named) if place.protocol == "sftp" else _system(place)
    try:
        yield Store(place, system)
    finally:
        if place.protocol == "sftp":
            with suppress(OSError, EOFError):
                system.client.close()


def ready_for(folder: str) -> None:
    """Raise ``StoreError`` when nothing could ever be put there."""
    _require(place_of(f"{folder}/any").protocol)


def put_there(url: str, source: Path, sha256: str) -> None:
    """Put a file at an address, and read it back. Raises ``StoreError`` unless it is the same."""
    with opened(url) as store:
        store.put(source)
        found, size = hashlib.sha256(), source.stat().st_size
        for at in range(0, size, CHUNK):
            found.update(store.read(at, min(size, at + CHUNK)))
        if store.look().bytes != size or found.hexdigest() != sha256:
            raise StoreError(f"was not kept as it was put: {store.shown} gives other bytes")


class Store:
    """Where one object is. Every method raises ``StoreError``."""

    def __init__(self, place: Place, system: Any) -> None:  # noqa: ANN401 - fsspec has no types
        """Take an open file system of fsspec's."""
        self.place = place
        self._system = system

    @property
    def shown(self) -> str:
        """For people."""
        return self.place.shown

    def look(self) -> Seen:
        """Its size and version."""
        with self._door():
            found = self._system.info(self.place.key)
            if found.get("type") == "directory":
                raise IsADirectoryError
            size = int(found["size"])
        told = (found.get(name) for name in ("ETag", "etag", "generation", "mtime", "created"))
        return Seen(bytes=size, version=f"{size} {[str(one) for one in told]}")

    def read(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` up to ``end``. A store that gives fewer is at fault."""
        with self._door():
            data: bytes = self._system.cat_file(self.place.key, start=start, end=end)
        if len(data) != end - start:
            raise StoreError(
                f"was not read whole: {self.shown} gave {len(data)} of {end - start} bytes",
                fault=Fault.DAMAGED,
            )
        return data

    def put(self, source: Path) -> None:
        """Make a file the object's content; nobody sees half of it, nor is anything left over."""
        with self._door("written"):
            if self.place.protocol != "sftp":  # an object appears when it is whole
                self._system.put_file(str(source), self.place.key)
                return
            aside = f"{self.place.key}.{secrets.token_hex(4)}.part"
            self._system.makedirs(self.place.key.rpartition("/")[0], exist_ok=True)
            try:
                self._system.ftp.put(str(source), aside)
                self._system.ftp.posix_rename(aside, self.place.key)
            except BaseException:
                with suppress(OSError):
                    self._system.ftp.remove(aside)
                raise

    @contextmanager
    def _door(self, verb: str = "read") -> Iterator[None]:
        with door(self.place.protocol, self.shown, verb):
            yield


def _as_named(host: str) -> str:
    return host


def _require(protocol: str) -> None:
    for module in ("fsspec", NEEDED.get(protocol, "fsspec")):
        if importlib.util.find_spec(module) is None:
            extra = EXTRAS[protocol]
            raise StoreError(
                f"is in a store that this installation cannot open ({module} is missing)",
                f"pip install 'seedance_prep[{extra}]'",
            )


def _system(place: Place) -> Any:  # noqa: ANN401
    import fsspec

    options: dict[str, Any] = {}
    if place.protocol == "s3":
        options["config_kwargs"] = {"connect_timeout": CONNECT, "read_timeout": SILENCE}
        options["use_listings_cache"] = False
    return fsspec.filesystem(place.protocol, **options)


def _sftp(place: Place, vetted: Vetted) -> Any:  # noqa: ANN401
    """Only of servers whose keys the user knows: fsspec itself would take any on first sight."""
    from .sftp import Sftp

    return Sftp(place, vetted(place.host))
