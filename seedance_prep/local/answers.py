"""What goes back over the wire, as values: answers, and fal's shapes of an error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One complete HTTP answer."""

    status: int
    content: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    """Ends the connection after half of the promised bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """A stored file; ``cut`` ends the connection after half of the promised bytes."""

    path: Path
    size: int
    content_type: str
    etag: str
    start: int = 0
    """The first byte that is sent: above 0 the answer is a 206."""
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStream:
    """Server-sent events; ``broken`` ends the connection after the first."""

    events: Iterator[Mapping[str, Any]]
    broken: bool = False
    repeated: bool = False
    """Sends every event twice."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection ends without a byte of an answer."""


Outcome = Answer | FileAnswer | EventStream | Dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One entry of the ``detail`` list of a model or validation error."""

    loc: Sequence[str | int]
    msg: str
    type: str
    ctx: Mapping[str, Any] | None = None
    input: Any = None
    """The caller's own value, echoed."""

    def as_json(self) -> dict[str, Any]:
        """The entry as fal sends it; ``ctx`` only where there is one."""
        entry: dict[str, Any] = {
            "loc": ["body", *self.loc],
            "msg": self.msg,
            "type": self.type,
            "url": f"https://docs.fal.ai/errors#{self.type}",
            "input": self.input,
        }
        return entry | ({"ctx": dict(self.ctx)} if self.ctx else {})


def answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:  # noqa: ANN401
    """A JSON answer."""
    return Answer(status=status, content=json.dumps(value).encode(), headers=headers or {})


def refused(details: Iterable[Detail], status: int = 422) -> Answer:
    """A model or validation error; nothing is charged for it."""
    body = {"detail": [detail.as_json() for detail in details]}
    return answer(status, body, {"x-fal-billable-units": "0", "X-Fal-Retryable": "false"})


def platform(status: int, text: str, word: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error of the platform: text, a word, and the word again as a header."""
    body = {"detail": text, "error_type": word}
    return answer(status, body, {"X-Fal-Error-Type": word, **(headers or {})})


def plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error with nothing but a sentence."""
    return answer(status, {"detail": text}, headers)


def not_found() -> Answer:
    """What the queue says of an id that it does not know."""
    return answer(404, {"status": "NOT_FOUND"})


def nginx(status: int, phrase: str) -> Answer:
    """What stands in front of the service says by itself: a page, and no request id."""
    page = (
        f"<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {phrase}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Answer(status=status, content=page.encode(), content_type="text/html")
