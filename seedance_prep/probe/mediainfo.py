"""MediaInfo's view of a file, in typed getters. It is handed bytes, never a name.

Without a name it can neither be misled by an extension nor look for neighbours of the file, and
what it may read is counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from ..errors import ToolMissingError
from .files import reading
from .parts import MissingError, go_on

BYTES_MAX = 96 << 20
"""Bytes that MediaInfo may read of one file."""
SECONDS_MAX = 10.0
PARSE_SPEED = 0.2
"""MediaInfo's own scale from 0 to 1; above 0.3 it reads whole transport streams."""


@dataclass(frozen=True, slots=True)
class Section:
    """One track (or the file itself, as ``General``)."""

    fields: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """The field as text; ``None`` when absent or empty."""
        value = self.fields.get(name)
        return value if isinstance(value, str) and value else None

    def number(self, name: str) -> float | None:
        """The field as a number; several values joined by `` / `` count by the first."""
        text = self.text(name)
        try:
            value = float(text.split(" / ")[0]) if text else None
        except ValueError:
            return None
        return value if value is not None and abs(value) < 1e15 else None

    def whole(self, name: str) -> int | None:
        """The field as an integer."""
        value = self.number(name)
        return None if value is None else round(value)

    def positive(self, name: str) -> int | None:
        """The field as an integer above 0."""
        value = self.whole(name)
        return value if value and value > 0 else None

    def more(self, name: str) -> str | None:
        """A field of the codec's own, outside MediaInfo's common names."""
        extra = self.fields.get("extra")
        value = extra.get(name) if isinstance(extra, dict) else None
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All sections of one file, in the file's order within each kind."""

    general: Section
    video: tuple[Section, ...] = ()
    audio: tuple[Section, ...] = ()
    image: tuple[Section, ...] = ()


NOTHING = Report(general=Section({}))


class _Counted:
    """A file from some offset on, which ends early once enough of it was read."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        self._left = BYTES_MAX

    def read(self, count: int) -> bytes:
        self._left -= count
        return self._file.read(count) if self._left >= 0 else b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset if whence else offset + self._start, whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start


def inspect(path: Path, start: int = 0) -> Report:
    """Ask MediaInfo; an empty report when it knows nothing of the file or takes too long.

    ``start`` skips what stands in front, such as an ID3 tag with a large picture in it.

    It runs in a thread of its own: a table that lies about its length can keep it busy for
    minutes, and nothing can stop it from outside. What is left behind then ends with the program.
    """
    _require()
    answers: SimpleQueue[str] = SimpleQueue()
    ask = partial(copy_context().run, _ask, path, start, answers)
    Thread(target=ask, daemon=True).start()
    try:
        told = answers.get(timeout=SECONDS_MAX)
        go_on()
        media = json.loads(told, strict=False).get("media")
    except (Empty, ValueError):
        return NOTHING
    tracks = media.get("track", []) if isinstance(media, dict) else []
    return Report(
        general=next(iter(_of(tracks, "General")), Section({})),
        video=_of(tracks, "Video"),
        audio=_of(tracks, "Audio"),
        image=_of(tracks, "Image"),
    )


@cache
def _require() -> None:
    from pymediainfo import MediaInfo

    if not MediaInfo.can_parse():
        raise ToolMissingError("MediaInfo's library cannot be loaded; reinstall pymediainfo")


def _ask(path: Path, start: int, answers: SimpleQueue[str]) -> None:
    from pymediainfo import MediaInfo

    try:
        with reading(path) as file:
            counted = _Counted(file, start)
            answers.put(MediaInfo.parse(counted, output="JSON", parse_speed=PARSE_SPEED))
    except (OSError, OverflowError, RuntimeError, ValueError, MissingError):  # seeks past any file
        answers.put("{}")


def _of(tracks: list[dict[str, Any]], kind: str) -> tuple[Section, ...]:
    return tuple(Section(track) for track in tracks if track.get("@type") == kind)
