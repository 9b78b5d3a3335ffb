"""What the routes work with: store, queue, faults, keys, and a record of what came in."""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from .answers import JSON, Answer, Dropped, Outcome, plain
from .call import BrokenError, Call, OutcomeError
from .faults import Mischief
from .jobs import Queue
from .store import Store
from .webhook import Herald

CUT = frozenset({"media", "upload"})
"""Places that cut something other than a short answer."""
RECORDED_MAX = 10_000
"""Requests that are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request that came in, without its credentials."""

    method: str
    path: str
    """With the query, but without the secret of an upload URL."""
    auth: str
    """The scheme alone: ``Key``, ``Bearer`` or nothing."""
    headers: Mapping[str, str]
    """Names in lower case; no ``authorization``."""


class Record:
    """What came in, for whoever wants to count; safe from several threads."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._lock = threading.Lock()
        self._received: deque[Received] = deque(maxlen=RECORDED_MAX)
        self._submissions: Counter[str] = Counter()

    def note(self, call: Call) -> None:
        """Remember a request."""
        headers = {name: text for name, text in call.headers.items() if name != "authorization"}
        one = Received(
            method=call.method,
            path=call.target.partition("signature=")[0],
            auth=call.authorization[0],
            headers=headers,
        )
        with self._lock:
            self._received.append(one)

    def count(self, arguments: Mapping[str, Any]) -> None:
        """Count a submit by its content."""
        with self._lock:
            self._submissions[canonical(arguments)] += 1

    def received(self) -> tuple[Received, ...]:
        """All requests, oldest first."""
        with self._lock:
            return tuple(self._received)

    def submissions(self) -> dict[str, int]:
        """How many submits of each content arrived."""
        with self._lock:
            return dict(self._submissions)


def canonical(arguments: Mapping[str, Any]) -> str:
    """One text for one content, whatever the order of its fields."""
    return json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that lives as long as the service runs."""

    base: str
    store: Store
    queue: Queue
    mischief: Mischief
    herald: Herald
    record: Record
    stopping: threading.Event
    tokens: set[str]

    def need_key(self, call: Call) -> None:
        """An answer 401 unless the call carries some API key; any key will do."""
        scheme, credentials = call.authorization
        if scheme != "Key" or not credentials:
            raise OutcomeError(plain(401, "invalid key credentials"))

    def need_token(self, call: Call) -> None:
        """An answer 401 unless the call carries a storage token that was handed out."""
        if call.authorization[1] not in self.tokens:
            raise OutcomeError(plain(401, "invalid token"))

    def new_token(self) -> str:
        """A storage token."""
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return token

    def may_fail(self, place: str) -> None:
        """End the call with the fault that is due at this place before its work, if any.

        What the service itself answers has an id; the page of a proxy before it has none.
        """
        if self.mischief.take(f"{place}_dropped"):
            raise BrokenError
        fault: Answer | None = self.mischief.http(place)
        if fault and fault.content_type == JSON:
            fault = replace(fault, headers={"x-fal-request-id": str(uuid4()), **fault.headers})
        if fault:
            raise OutcomeError(fault)

    def spoiled(self, place: str, outcome: Outcome) -> Outcome:
        """The outcome after the fault that is due at this place when its work is done, if any."""
        if self.mischief.take(f"{place}_dropped_after"):
            return Dropped()
        if self.mischief.take(f"{place}_late"):
            self.stopping.wait(self.mischief.faults.late_seconds)
        if isinstance(outcome, Answer) and place not in CUT and self.mischief.take(f"{place}_cut"):
            return replace(outcome, cut=True)
        return outcome
