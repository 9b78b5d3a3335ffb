"""SHA-256 of files, at once or beside other work, which large files need time for."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from .core.media import Media
from .private import regular

CHUNK = 4 << 20


def digest(path: Path, stop: threading.Event | None = None) -> str:
    """Lower-case hex; of what was read until ``stop`` was set."""
    found, room = hashlib.sha256(), memoryview(bytearray(CHUNK))
    with regular(path) as file:
        while not (stop and stop.is_set()) and (count := file.readinto(room)):
            found.update(room[:count])
    return found.hexdigest()


def hashed(media: Media, stop: threading.Event | None = None) -> Media:
    """With its digest, where there is a file that can be read."""
    if media.facts is None or media.path is None or media.partial or media.sha256:
        return media
    return replace(media, sha256=digest(media.path, stop))


@contextmanager
def hashing(media: Sequence[Media]) -> Iterator[Callable[[], tuple[Media, ...]]]:
    """Hash meanwhile; what is given waits for all. Leaving the block early ends it at once."""
    if all(source.sha256 for source in media):
        yield lambda: tuple(media)
        return
    stop = threading.Event()

    def one(source: Media) -> Media:
        try:
            return hashed(source, stop)
        except OSError:  # gone or shut meanwhile, which the proof tells of
            return source

    def work() -> tuple[Media, ...]:
        return tuple(map(one, media))

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        try:
            yield future.result
        finally:
            stop.set()
