"""What lies on the desk: files with the caller's wishes, and what is asked for. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ..core.finding import Level, Trust
from ..core.media import Media
from ..core.request import (
    PARAMETERS,
    Asset,
    Fill,
    Framing,
    Keep,
    Kind,
    Request,
    member,
    parse_asset,
)
from ..errors import UsageError
from .refusal import Refusal

PIECES_MAX = 24
"""Files on a desk: twice what a request takes, so that there is something to choose from."""
NAME_MAX = 120
"""Signs of a file's name that are kept; a browser may send thousands."""


class Stage(StrEnum):
    """How far a file has come."""

    UPLOADING = "uploading"
    READING = "reading"
    JUDGED = "judged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file on the desk."""

    id: str
    asset: Asset
    """What is wished; its ``source`` is the name as it was dropped."""
    bytes: int
    """As announced."""
    received: int = 0
    looks: str | None = None
    """What its first bytes say, while the rest is on its way."""
    media: Media | None = None
    """What was read; ``None`` while it arrives or is read."""

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.media is not None:
            return Stage.UNREADABLE if self.media.problem else Stage.JUDGED
        return Stage.READING if self.whole else Stage.UPLOADING

    @property
    def whole(self) -> bool:
        """Whether all bytes are here."""
        return self.received >= self.bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All of it, in the order of the request."""

    pieces: tuple[Piece, ...] = ()
    request: Request = field(default_factory=Request)
    """Without files: the prompt and the parameters."""
    allow: Trust = Trust.LOSSY
    mend: Level = Level.ERROR
    service: str = "fal"

    def piece(self, known: str) -> Piece:
        """The file of an id. Raises ``Refusal``."""
        for one in self.pieces:
            if one.id == known:
                return one
        raise Refusal(404, "there is no such file on the desk (any more)")

    def with_piece(self, piece: Piece) -> Desk:
        """The same with one file changed; unchanged when it is gone."""
        changed = tuple(piece if one.id == piece.id else one for one in self.pieces)
        return replace(self, pieces=changed)

    def without(self, known: str) -> Desk:
        """The same without one file."""
        return replace(self, pieces=tuple(one for one in self.pieces if one.id != known))

    def ordered(self, ids: Iterable[str]) -> Desk:
        """The same in another order. Raises ``UsageError`` unless each file is named once."""
        wanted = list(ids)
        if sorted(wanted) != sorted(one.id for one in self.pieces):
            raise UsageError("an order names each file of the desk once")
        return replace(self, pieces=tuple(map(self.piece, wanted)))

    @property
    def readable(self) -> tuple[Piece, ...]:
        """The files of which something is known, in order."""
        return tuple(one for one in self.pieces if one.media is not None)

    @property
    def asked(self) -> Request:
        """The request with the files of which something is known."""
        return replace(self.request, assets=tuple(one.asset for one in self.readable))


def own_name(given: str) -> str:
    """The last part of a dropped file's path, as it is shown; never a path, never empty.

    What a terminal or a page could take for a command becomes a space.
    """
    last = given.replace("\\", "/").rstrip("/").rpartition("/")[2]
    seen = "".join(sign if sign.isprintable() else " " for sign in last).strip()
    if len(seen) > NAME_MAX:  # the end tells the format, to people
        seen = f"{seen[: NAME_MAX - 20]}…{seen[-19:]}"
    return seen if seen not in {"", ".", "..", "-"} else "file"


# What a page may change ---------------------------------------------------------------------------

Read = Callable[[str, object], Any]


def _text(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UsageError(f"{name} is not text")


def _yes_no(name: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise UsageError(f"{name} is neither true nor false")


def _whole(name: str, value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise UsageError(f"{name} is not a whole number")


def _number(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise UsageError(f"{name} is not a number")
    return float(value)


def _duration(name: str, value: object) -> str | int | None:
    return value if isinstance(value, str) else _whole(name, value)


READ: Mapping[str, Read] = {
    **dict.fromkeys(PARAMETERS, _text),
    "prompt": _text,
    "endpoint": _text,
    "metadata": _text,
    "duration": _duration,
    "generate_audio": _yes_no,
    "seed": _whole,
}
"""How each field of the request is read."""


def asked(desk: Desk, patch: Mapping[str, object], services: Collection[str]) -> Desk:
    """The desk with other wishes for the request; ``null`` takes one back.

    ``services`` are those that may be chosen: a page leads no key elsewhere. Raises ``UsageError``
    for a field that is none, or a value that cannot be one. Values that the endpoint does not take
    are findings.
    """
    from ..limits import load

    known = {*READ, "allow", "mend", "service"}
    if unknown := sorted(set(patch) - known):
        raise UsageError(
            f"{unknown[0]} is no field of the request; they are {', '.join(sorted(known))}"
        )
    values = {name: READ[name](name, patch[name]) for name in READ if name in patch}
    if "endpoint" in values:
        values["endpoint"] = values["endpoint"] or Request().endpoint
        load(values["endpoint"])
    changed = replace(desk, request=replace(desk.request, **values))
    if "allow" in patch:
        changed = replace(changed, allow=_trust(patch["allow"]))
    if "mend" in patch:
        changed = replace(changed, mend=_level(patch["mend"]))
    if "service" in patch:
        service = _text("service", patch["service"]) or "fal"
        if service not in services:
            raise UsageError(f"the service is one of {', '.join(services)}; --service adds another")
        changed = replace(changed, service=service)
    return changed


def _trust(value: object) -> Trust:
    words = {one.label: one for one in Trust}
    if value not in words:
        raise UsageError(f"allow is one of {', '.join(words)}")
    return words[str(value)]


def _level(value: object) -> Level:
    words = {"errors": Level.ERROR, "warnings": Level.WARNING}
    if value not in words:
        raise UsageError(f"mend is one of {', '.join(words)}")
    return words[str(value)]


def wished(asset: Asset, patch: Mapping[str, object]) -> Asset:
    """The file with other wishes; ``null`` takes one back.

    Raises ``UsageError`` for a field that is none, or a value that no file could satisfy.
    """
    fields = {"name", "t", "keep", "weight", "frame", "fill", "as", "loudness"}
    if unknown := sorted(set(patch) - fields):
        raise UsageError(
            f"{unknown[0]} is no field of a file; they are {', '.join(sorted(fields))}"
        )
    values: dict[str, Any] = {}
    for name, value in patch.items():
        values |= _wish(name, value)
    return replace(asset, **values)


def _wish(name: str, value: object) -> dict[str, Any]:
    match name:
        case "t":
            return window(value)
        case "keep":
            return {name: member(Keep, name, _text(name, value))}
        case "frame":
            return {name: member(Framing, name, _text(name, value))}
        case "fill":
            return {name: member(Fill, name, _text(name, value))}
        case "as":
            return {"kind": member(Kind, name, _text(name, value))}
        case "name":
            return {name: _called(_text(name, value))}
        case "weight":
            number = _number(name, value)
            return {name: 1.0 if number is None else number}
        case _:
            return {name: _number(name, value)}


def window(value: object) -> dict[str, Any]:
    """``[start, end]`` in seconds as fields of an asset; ``null`` takes all of it."""
    if value is None:
        return {"start": None, "end": None}
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise UsageError("t is [start, end] in seconds, or null")
    return {"start": _number("t", value[0]), "end": _number("t", value[1])}


def _called(name: str | None) -> str | None:
    """A name that a prompt can hold in braces."""
    if not name:
        return None
    if len(name) > NAME_MAX or parse_asset(f"{name}=x", lambda _: False).name != name:
        raise UsageError(
            f"{name[:40]!r} is no name; one begins with a letter and holds letters, digits, _ and -"
        )
    return name


def distinct(desk: Desk) -> Desk:
    """The same desk. Raises ``UsageError`` when two of its files have one name."""
    names = [one.asset.name for one in desk.pieces if one.asset.name]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"another file is called {name} already; give each its own name")
    return desk
