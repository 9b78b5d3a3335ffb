"""One request as the routes see it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .answers import Answer, plain
from .rules import BODY_BYTES_MAX


class BrokenError(Exception):
    """The caller ended its request early, or was told to be cut off."""


class OutcomeError(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer."""
        self.answer = answer
        super().__init__(answer.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Method, path, query, headers (names in lower case) and a body that is read once."""

    method: str
    target: str
    headers: Mapping[str, str]
    chunks: Callable[[], Iterator[bytes]]

    @property
    def path(self) -> str:
        """The path without a slash at its end."""
        return urlsplit(self.target).path.rstrip("/") or "/"

    @property
    def query(self) -> list[tuple[str, str]]:
        """All pairs of the query, in order."""
        return parse_qsl(urlsplit(self.target).query)

    def param(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return dict(self.query).get(name)

    @property
    def authorization(self) -> tuple[str, str]:
        """Scheme and credentials; empty where there are none."""
        scheme, _, rest = self.headers.get("authorization", "").partition(" ")
        return scheme, rest.strip()

    @property
    def size(self) -> int | None:
        """Bytes of the body, where the caller said so."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isdecimal() else None

    def body(self) -> bytes:
        """The whole body; an answer 413 when it is larger than the service reads."""
        read = bytearray()
        for chunk in self.chunks():
            read += chunk
            if len(read) > BODY_BYTES_MAX.value:
                raise OutcomeError(plain(413, "Request body is too large"))
        return bytes(read)

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; an answer 422 when it is none."""
        try:
            value = json.loads(self.body() or b"{}")
        except ValueError:
            raise OutcomeError(plain(422, "The body is not valid JSON")) from None
        if not isinstance(value, dict):
            raise OutcomeError(plain(422, "The body must be a JSON object"))
        return value

    def lifetime(self, *names: str) -> float | None:
        """Seconds that the caller wants files to live, by the lifecycle header."""
        for name in names or ("x-fal-object-lifecycle", "x-fal-object-lifecycle-preference"):
            try:
                value = json.loads(self.headers.get(name, "{}"))
            except ValueError:
                continue
            seconds = value.get("expiration_duration_seconds") if isinstance(value, dict) else None
            if isinstance(seconds, int | float):
                return float(seconds)
        return None
