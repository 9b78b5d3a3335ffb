"""The storage's own tokens: what parts are signed with, so that no key goes along with them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ..errors import AnswerError
from ..wire import Answer, Wire, transient
from .store import Parcel
from .told import checked, refused

EARLY = timedelta(minutes=1)
"""A token is not used in the last moments of its life."""


@dataclass(frozen=True, slots=True)
class Token:
    """Good for the storage at ``base`` until then."""

    header: str = field(repr=False)
    """The value of ``Authorization``."""
    base: str
    until: datetime


class Tokens:
    """Asks for a token with the key, when there is none that is still good."""

    def __init__(self, wire: Wire) -> None:
        """Nothing is asked before it is needed."""
        self._wire = wire
        self._token: Token | None = None
        self._lock = threading.Lock()

    def current(self, item: Parcel) -> Token | Answer:
        """One that is good now, or the answer of a service that has none just now.

        Raises ``RefusedError``, which names the file it was meant for.
        """
        with self._lock:
            if self._token is None or datetime.now(UTC) >= self._token.until - EARLY:
                answer = self._asked()
                if transient(answer):
                    return answer
                if not answer.ok:
                    raise refused(item, answer)
                self._token = _read(answer)
            return self._token

    def drop(self, token: Token) -> None:
        """One that the storage no longer takes."""
        with self._lock:
            if self._token is token:
                self._token = None

    def _asked(self) -> Answer:
        return self._wire.call(
            "POST",
            f"{self._wire.service.rest}/storage/auth/token",
            query={"storage_type": "fal-cdn-v3"},
            headers={"accept": "application/json"},
            body={},
        )


def _read(answer: Answer) -> Token:
    said = answer.json("token")
    header = f"{said.text('token_type')} {said.text('token')}"
    if not (header.isascii() and header.isprintable()):
        raise AnswerError("token.token holds what no header can carry")
    base = checked("token.base_url", said.text("base_url").rstrip("/"))
    return Token(header, base, _moment(said.text("expires_at")))


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise AnswerError("token.expires_at is not a time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
