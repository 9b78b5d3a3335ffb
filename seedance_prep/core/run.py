"""One run as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .job import USUAL, Handle, State, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One file of a run: where it came from and what went out."""

    ref: str
    source: str
    """Absolute path, or the URL as given; only the ledger holds a path."""
    source_sha256: str | None
    sent_sha256: str
    action: str
    bytes: int
    url: str | None = None
    operations: tuple[str, ...] = ()
    """What was done to it, in words."""
    expires: datetime | None = None
    """When its URL ends, where the store says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was asked for, what was sent, and what came back."""

    id: str
    created: datetime
    updated: datetime
    state: State
    endpoint: str
    service: str
    """``fal``, ``local``, or the base of another one."""
    base: str
    """Base of the service's queue."""
    request: Mapping[str, Any]
    payload: Mapping[str, Any] | None = None
    """The body of the paid request."""
    low: Decimal | None = None
    high: Decimal | None = None
    sent_at: datetime | None = None
    """When the paid request was about to leave."""
    handle: Handle | None = None
    result: Mapping[str, Any] | None = None
    """The service's own output."""
    target: str | None = None
    """Absolute path at which the video is to be saved, where that was said."""
    saved: str | None = None
    """Absolute path of the video on this machine."""
    error: str | None = None
    kind: str | None = None
    """The error in one word: the service's own where it has one."""
    charged: bool | None = None
    """Whether it was paid for; ``None`` while nobody outside the service knows."""
    fingerprint: str | None = None
    """The same for the very same request."""
    terms: Terms = USUAL
    assets: tuple[Sent, ...] = ()
