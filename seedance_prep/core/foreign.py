"""JSON of the wire: read through small typed getters whose errors grow a path; written compact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import AnswerError, UsageError

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Json:
    """A value inside a foreign document, and the path that led to it.

    Every getter raises ``AnswerError`` when the value is not what it asks for; the ones that
    start with ``maybe`` take a missing key and ``null`` for ``None``.
    """

    value: object
    path: str

    def at(self, name: str) -> Json:
        """The value of a key of this object; a missing key reads as ``null``."""
        return Json(self.fields().get(name), f"{self.path}.{name}")

    def fields(self) -> dict[str, Any]:
        """The value itself, which must be an object."""
        return self._as(dict, "an object")

    def items(self) -> Iterator[Json]:
        """The members of the value, which must be an array."""
        for index, item in enumerate(self._as(list, "an array")):
            yield Json(item, f"{self.path}[{index}]")

    def text(self, name: str) -> str:
        """The text under a key."""
        return self.at(name)._as(str, "text")

    def maybe_text(self, name: str) -> str | None:
        """The text under a key, if there is any."""
        return None if self.at(name).value is None else self.text(name)

    def maybe_whole(self, name: str) -> int | None:
        """The whole number under a key, if there is one; a float without a fraction is one."""
        inner = self.at(name)
        if inner.value is None:
            return None
        if isinstance(inner.value, float) and inner.value.is_integer():
            return int(inner.value)
        return inner._as(int, "a whole number")

    def maybe_fields(self, name: str) -> dict[str, Any]:
        """The object under a key; empty when there is none."""
        inner = self.at(name)
        return {} if inner.value is None else inner.fields()

    def maybe_items(self, name: str) -> tuple[Json, ...]:
        """The members of the array under a key; none when there is no array."""
        inner = self.at(name)
        return () if inner.value is None else tuple(inner.items())

    def _as(self, kind: type[Value], noun: str) -> Value:
        if isinstance(self.value, kind) and not (kind is int and isinstance(self.value, bool)):
            return self.value
        raise AnswerError(f"{self.path} is {_shown(self.value)}, not {noun}")


def _shown(value: object) -> str:
    if value is None:
        return "missing"
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def compact(body: object) -> bytes:
    """JSON as it is sent: UTF-8 without blanks. Raises ``UsageError`` for what JSON cannot say."""
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError) as error:
        raise UsageError(f"the request cannot be written as JSON: {error}") from error
