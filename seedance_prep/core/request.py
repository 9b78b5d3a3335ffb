"""What the caller wants: assets in order, a prompt, parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Any, TypeVar
from urllib.parse import unquote

from ..errors import UsageError

DEFAULT_ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"


class Kind(StrEnum):
    """The three kinds of reference."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Keep(StrEnum):
    """Which part of a clip stays when it must become shorter."""

    FIRST = "first"
    LAST = "last"
    BEST = "best"


class Fill(StrEnum):
    """How a clip that is too short gets longer."""

    HOLD = "hold"
    """Its last picture stays, in silence."""
    LOOP = "loop"
    """It is played again."""


class Metadata(StrEnum):
    """What becomes of all that a file tells besides its picture and sound."""

    KEEP = "keep"
    """A picture that is made anew carries its EXIF and XMP on."""
    STRIP = "strip"
    """Pictures and videos that need nothing else lose it, too; their streams stay as they are."""


class Framing(StrEnum):
    """How a picture gets another ratio."""

    CROP = "crop"
    PAD = "pad"


Source = str | PurePath
STORES = ("s3", "gs", "gcs", "az", "abfs", "abfss", "sftp", "memory")
"""Protocols of stores that files are read from, and put to."""

LOUDNESS = (-40.0, -9.0)
"""LUFS that may be asked for: quieter is near silence, louder cannot be had below full scale."""
PARAMETERS = (
    "resolution",
    "duration",
    "aspect_ratio",
    "generate_audio",
    "seed",
    "end_user_id",
    "bitrate_mode",
)
"""Names of the endpoint's parameters besides the prompt and the media."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the request.

    ``start`` and ``end`` are seconds on the clip's own clock (0 is its first frame); ``weight``
    is the clip's share of the seconds and bytes that all clips have together. ``kind`` is what
    it must be read as (a GIF as a video, the sound of a video as audio); ``None`` leaves that
    to the bytes.
    """

    source: str
    name: str | None = None
    start: float | None = None
    end: float | None = None
    keep: Keep | None = None
    weight: float = 1.0
    frame: Framing | None = None
    kind: Kind | None = None
    fill: Fill | None = None
    loudness: float | None = None
    """LUFS to which a sound is brought; ``None`` leaves it as loud as it is."""

    def __post_init__(self) -> None:
        """Refuse what no file could satisfy."""
        if not self.source:
            raise UsageError("an asset has an empty path")
        if self.start is not None and self.start < 0:
            raise UsageError(f"{self.shown}: the window starts before 0 s")
        if self.end is not None and self.end <= (self.start or 0.0):
            raise UsageError(
                f"{self.shown}: the window t={_window(self)} ends before it starts;"
                f" {_swapped(self)}"
            )
        if not 0 < self.weight <= 1000:
            raise UsageError(f"{self.shown}: weight={self.weight:g} is not between 0 and 1000")
        if self.loudness is not None and not LOUDNESS[0] <= self.loudness <= LOUDNESS[1]:
            raise UsageError(
                f"{self.shown}: loudness={self.loudness:g} is not between"
                f" {LOUDNESS[0]:g} and {LOUDNESS[1]:g} LUFS"
            )

    @property
    def windowed(self) -> bool:
        """Whether the caller chose the seconds to keep."""
        return self.start is not None or self.end is not None

    def whole(self) -> Asset:
        """The same asset without wishes: for the output, in which they were met."""
        return replace(self, start=None, end=None, loudness=None)

    @property
    def remote(self) -> bool:
        """Whether the bytes must be fetched: over http(s), or from a store."""
        return self._at(("http", "https")) or self.stored

    @property
    def stored(self) -> bool:
        """Whether the bytes are in a store."""
        return self._at(STORES)

    def _at(self, protocols: Collection[str]) -> bool:
        head, mark, _ = self.source.partition("://")
        return bool(mark) and head.lower() in protocols

    @property
    def address(self) -> str | None:
        """The URL, when it may be sent to others: without a login, and without a query.

        A query may be a signature, which is secret and soon of no use.
        """
        sendable = self._at(("http", "https")) and not set("?@#") & set(self.source)
        return self.source if sendable else None

    @property
    def shown(self) -> str:
        """The source as people and files may see it.

        Of a URL neither login nor query, of a file given inline only the head.
        """
        head, comma, _ = self.source.partition(",")
        inline = comma and head[:5].lower() == "data:"
        return f"{head},…" if inline else without_secrets(self.source)


def _window(asset: Asset) -> str:
    return f"{asset.start or 0:g},{asset.end:g}"


def _swapped(asset: Asset) -> str:
    if asset.start is None or not asset.end or asset.end == asset.start:
        return "write t=START,END in seconds"
    return f"write t={asset.end:g},{asset.start:g}"


def Image(  # noqa: N802 - a noun where it is used: prep.Image("beach.heic")
    source: Source, *, name: str | None = None, frame: Framing | str | None = None
) -> Asset:
    """A still picture for ``Request.images``."""
    return Asset(str(source), name, frame=member(Framing, "frame", frame), kind=Kind.IMAGE)


def Clip(  # noqa: N802
    source: Source,
    *,
    start: float | None = None,
    end: float | None = None,
    keep: Keep | str | None = None,
    weight: float = 1.0,
    frame: Framing | str | None = None,
    fill: Fill | str | None = None,
    name: str | None = None,
) -> Asset:
    """A video for ``Request.videos``, with the seconds to keep."""
    return Asset(
        str(source),
        name,
        start,
        end,
        member(Keep, "keep", keep),
        weight,
        member(Framing, "frame", frame),
        Kind.VIDEO,
        member(Fill, "fill", fill),
    )


def Sound(  # noqa: N802
    source: Source,
    *,
    start: float | None = None,
    end: float | None = None,
    keep: Keep | str | None = None,
    weight: float = 1.0,
    loudness: float | None = None,
    name: str | None = None,
) -> Asset:
    """A sound for ``Request.audio``, with the seconds to keep and the LUFS to bring it to."""
    kept = member(Keep, "keep", keep)
    asset = Asset(str(source), name, start, end, kept, weight, None, Kind.AUDIO)
    return replace(asset, loudness=loudness)


E = TypeVar("E", bound=StrEnum)


def member(choices: type[E], field_name: str, value: str | None) -> E | None:
    """The member of an enumeration by its word; ``UsageError`` lists the words."""
    if value is None:
        return None
    try:
        return choices(value)
    except ValueError:
        raise UsageError(f"{field_name}={value} is not one of {', '.join(choices)}") from None


_URL = re.compile(r"([a-z][a-z0-9+.-]*://)(?:[^/?#]*@)?([^?]*)", re.IGNORECASE)


def without_secrets(url: str) -> str:
    """``https://host/path?…``: a URL without login and query, which may hold a key or signature.

    What is no URL stays as it is.
    """
    found = _URL.match(url)
    if found is None:
        return url
    return f"{found[1]}{found[2]}{'?…' if found.end() < len(url) else ''}"


def bare_address(text: str) -> str:
    """A wrong address for a message about it: at most 80 signs, and none of a login or a query."""
    return text.partition("?")[0].partition("#")[0].rpartition("@")[2][:80]


_NAME = re.compile(r"^([^\W\d][\w-]*)=(.+)$", re.DOTALL)


def parse_asset(text: str, exists: Callable[[str], bool]) -> Asset:
    """Read ``[NAME=]PATH-or-URL[#FRAGMENT]``; a file of that literal name wins.

    Raises ``UsageError`` with one sentence for an unknown or malformed field.
    """
    if text == "-" or exists(text):
        return Asset(text)
    name, rest = None, text
    if (match := _NAME.match(text)) and not text.lower().startswith(("http://", "https://")):
        name, rest = match.group(1), match.group(2)
        if exists(rest):
            return Asset(rest, name)
    source, mark, fragment = rest.rpartition("#")
    if not mark:
        return Asset(rest, name)
    if not source or "=" not in fragment:  # a hash that belongs to the path, or nothing to keep
        return Asset(rest, name)
    return replace(Asset(source, name), **dict(_fields(source, fragment)))


def _fields(source: str, fragment: str) -> Iterator[tuple[str, Any]]:
    for part in fragment.split("&"):
        key, _, value = unquote(part).partition("=")
        try:
            yield from _field(key, value)
        except (UsageError, ValueError) as error:
            raise UsageError(f"{without_secrets(source)}#{fragment}: {error}") from None


def _field(key: str, value: str) -> Iterator[tuple[str, Any]]:
    match key:
        case "t":
            start, _, end = value.removeprefix("npt:").partition(",")
            yield "start", _clock(start) if start else None
            yield "end", _clock(end) if end else None
        case "keep":
            yield "keep", member(Keep, "keep", value)
        case "weight":
            yield "weight", _number("weight", value)
        case "frame":
            yield "frame", member(Framing, "frame", value)
        case "fill":
            yield "fill", member(Fill, "fill", value)
        case "loudness":
            yield "loudness", -_number("loudness", value.removeprefix("-"))
        case "as":
            yield "kind", member(Kind, "as", value)
        case _:
            raise UsageError(
                f"unknown field {key!r}; the fields are t, keep, weight, frame, fill, loudness, as"
            )


def _clock(text: str) -> float:
    """Seconds from ``9.5``, ``1:02.5`` or ``0:01:02`` (W3C media fragments, normal play time)."""
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + _number("t", part)
    return total


def _number(name: str, text: str) -> float:
    if not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)", text):
        raise UsageError(f"{name}={text} is not a number")
    if text.startswith("-"):
        raise UsageError(f"{name}={text} is negative")
    return float(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of the endpoint: what is said, what is shown, how it shall come out.

    ``images``, ``videos`` and ``audio`` fix the kind; ``assets`` leaves it to the bytes. Values
    that the endpoint does not take are findings of ``check``, not exceptions.
    """

    prompt: str | None = None
    images: Sequence[Asset | Source] = ()
    videos: Sequence[Asset | Source] = ()
    audio: Sequence[Asset | Source] = ()
    assets: Sequence[Asset | Source] = ()
    endpoint: str = DEFAULT_ENDPOINT
    resolution: str | None = None
    duration: str | int | None = None
    """``"auto"``, 4 … 15 or ``"4"`` … ``"15"`` seconds."""
    aspect_ratio: str | None = None
    generate_audio: bool | None = None
    seed: int | None = None
    end_user_id: str | None = None
    bitrate_mode: str | None = None
    metadata: Metadata | str | None = None
    """``None``: what is made anew tells nothing, what stays as it is tells what it did."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that the endpoint does not know; each becomes a finding."""

    def __post_init__(self) -> None:
        """Read words where enumerations are meant."""
        object.__setattr__(self, "metadata", member(Metadata, "metadata", self.metadata))

    def entries(self) -> tuple[Asset, ...]:
        """All assets in order: images, videos, audio, then those whose bytes decide."""
        listed = (
            (self.images, Kind.IMAGE),
            (self.videos, Kind.VIDEO),
            (self.audio, Kind.AUDIO),
            (self.assets, None),
        )
        return tuple(_entry(item, kind) for items, kind in listed for item in items)

    def parameters(self) -> dict[str, Any]:
        """The parameters that the caller set, by the endpoint's names, as given."""
        values = {name: getattr(self, name) for name in PARAMETERS}
        given = {name: value for name, value in values.items() if value is not None}
        return given | dict(self.extra)


def _entry(item: Asset | Source, kind: Kind | None) -> Asset:
    asset = item if isinstance(item, Asset) else Asset(str(item))
    return asset if asset.kind or kind is None else replace(asset, kind=kind)
