"""Deliveries of the service to ``--webhook URL``: genuine, or an error.

    delivery = prep.webhook.verify(request.headers, body)    # the raw body, as it came in
    if delivery.ok and first_time(delivery.request_id):
        save(delivery.payload["video"]["url"])

Two things are not the same. A *replay* is a delivery that somebody has recorded and sends again:
its signature is genuine and stands for one request id and one second. ``verify`` takes each such
pair once and refuses it for as long as its time would still pass; older ones fail by their time.
A *repetition* comes from the service itself, which delivers at least once, signed anew, for hours:
act on a ``request_id`` only the first time. Answer 2xx soon, work afterwards.

Where several processes answer deliveries, give them one memory (``seen=``); else each has its own.
``examples/`` has handlers for FastAPI and Flask.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from .core.service import FAL, Service
from .errors import WebhookError
from .patience import Retry, Timeouts
from .submit.access import service_of
from .submit.webhook import MAX_SKEW, Delivery, Headers, verify_with, webhook_keys
from .wire import Wire

__all__ = ["Delivery", "Seen", "WebhookError", "verify"]

KEPT = 24 * 3600.0
"""Seconds that a key set is used (fal's documents: at most 24 hours)."""
TIMEOUTS = Timeouts(connect=3.0, read=3.0, total=5.0)
RETRY = Retry(attempts=2, base=0.3)
"""A service waits 15 s for the first answer to a delivery (fal's documents), then repeats it."""
FRESH = 300.0
"""Seconds within which a signature that fits none is no reason to ask for new keys."""


@dataclass
class Keys:
    """The key set of a service, asked for when it is needed, and again when it may have changed."""

    service: Service
    retry: Retry = RETRY
    _keys: tuple[str, ...] = ()
    _asked: float = -KEPT
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def younger_than(self, seconds: float) -> tuple[str, ...]:
        """Keys that were asked for within so many seconds, or are asked for now."""
        with self._lock:
            if time.monotonic() - self._asked >= seconds:
                with Wire(service=self.service, timeouts=TIMEOUTS, retry=self.retry) as wire:
                    self._keys = webhook_keys(wire)
                self._asked = time.monotonic()
            return self._keys


class Seen(Protocol):
    """Remembers deliveries for ``seconds``; one for all processes that answer them is best."""

    def first_time(self, delivery: str, seconds: float) -> bool:
        """Note a delivery; whether it was not known (``SET … NX EX`` of Redis does just this)."""
        ...


class SeenHere:
    """The memory of this process."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def first_time(self, delivery: str, seconds: float) -> bool:
        """Note a delivery; what need not be known any more is forgotten on the way."""
        now = time.monotonic()
        with self._lock:
            self._until = {one: end for one, end in self._until.items() if end > now}
            known = delivery in self._until
            self._until.setdefault(delivery, now + seconds)
        return not known


_known: dict[str, Keys] = {}
_seen = SeenHere()


def verify(
    headers: Headers,
    body: bytes,
    *,
    service: str | Service | None = None,
    seen: Seen | None = None,
    now: float | None = None,
) -> Delivery:
    """Read a delivery whose signature fits a key of the service (default: fal's).

    ``now`` in unix seconds, for tests. Raises ``WebhookError`` for what is forged, altered,
    unsigned, more than five minutes old or replayed, ``ServiceError`` when the keys cannot be had.
    """
    where = service_of(service) if service is not None else FAL
    delivery = _genuine(_known.setdefault(where.rest, Keys(where)), headers, body, now)
    told = f"{where.rest} {delivery.request_id} {delivery.timestamp}"
    if not (seen or _seen).first_time(told, 2 * MAX_SKEW):
        raise WebhookError(
            f"this very delivery of {delivery.request_id} has come before: a replay;"
            " the service signs anew what it repeats"
        )
    return delivery


def _genuine(keys: Keys, headers: Headers, body: bytes, now: float | None) -> Delivery:
    known = keys.younger_than(KEPT)
    try:
        return verify_with(known, headers, body, now=now)
    except WebhookError:
        newer = keys.younger_than(FRESH)
        if newer == known:
            raise
        return verify_with(newer, headers, body, now=now)
