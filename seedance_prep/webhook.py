"""Deliveries of the service to ``--webhook URL``: genuine, or an error.

    delivery = prep.webhook.verify(request.headers, body)    # the raw body, as it came in
    if delivery.ok and first_time(delivery.request_id):
        save(delivery.payload["video"]["url"])

A delivery comes at least once, and may be repeated for hours: act on a ``request_id`` only the
first time. Answer 2xx soon, work afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from .core.service import FAL, Service
from .errors import WebhookError
from .submit.access import service_of
from .submit.webhook import Delivery, verify_with, webhook_keys
from .wire import Wire

__all__ = ["Delivery", "WebhookError", "verify"]

KEPT = 24 * 3600.0
"""Seconds that a key set is used (fal's documents: at most 24 hours)."""
FRESH = 300.0
"""Seconds within which a signature that fits none is no reason to ask for new keys."""


@dataclass
class Keys:
    """The key set of a service, asked for when it is needed, and again when it may have changed."""

    service: Service
    _keys: tuple[str, ...] = ()
    _asked: float = -KEPT
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def younger_than(self, seconds: float) -> tuple[str, ...]:
        """Keys that were asked for within so many seconds, or are asked for now."""
        with self._lock:
            if time.monotonic() - self._asked >= seconds:
                with Wire(service=self.service) as wire:
                    self._keys = webhook_keys(wire)
                self._asked = time.monotonic()
            return self._keys


_known: dict[str, Keys] = {}


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    service: str | Service | None = None,
    now: float | None = None,
) -> Delivery:
    """Read a delivery whose signature fits a key of the service (default: fal's).

    ``now`` in unix seconds, for tests. Raises ``WebhookError`` for what is forged, altered,
    unsigned or more than five minutes old, ``ServiceError`` when the keys cannot be had.
    """
    where = service_of(service) if service is not None else FAL
    keys = _known.setdefault(where.rest, Keys(where))
    known = keys.younger_than(KEPT)
    try:
        return verify_with(known, headers, body, now=now)
    except WebhookError:
        newer = keys.younger_than(FRESH)
        if newer == known:
            raise
        return verify_with(newer, headers, body, now=now)
