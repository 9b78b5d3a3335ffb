"""What the service holds of us: uploads, a job, its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a run stands; written to the ledger before the step that it names begins."""

    PREPARED = "prepared"
    UPLOADING = "uploading"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file at a URL that the service can read."""

    ref: str
    """``@Image1``."""
    sha256: str
    url: str
    bytes: int
    content_type: str
    file_name: str
    """Never the user's own: ``image1.jpg``."""
    expires: datetime | None = None
    """Until then it is there; ``None`` where the store does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A file on its way in parts: what is needed to go on with it, also in another process."""

    sha256: str
    """Of the whole file."""
    url: str
    """Where the file will be."""
    upload_id: str
    size: int
    """Bytes of each part but the last."""
    begun: datetime
    tags: Mapping[int, str] = field(default_factory=dict)
    """What the store said of each part that has arrived, by its number from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What goes along with a paid request."""

    webhook: str | None = None
    """Called by the service when the job ends."""
    start_timeout: float | None = None
    """Seconds within which the job must have started; else it ends, and costs nothing."""
    again: bool = False
    """Whether to pay although the very same request is on its way."""
    line: str | None = None
    """Which line of which batch this is; never sent."""


USUAL = Terms()
"""Nothing but the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """How to reach a job that the service took."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One answer of the status endpoint."""

    state: str
    """``IN_QUEUE``, ``IN_PROGRESS`` or ``COMPLETED`` (which may still be a failure)."""
    queue_position: int | None = None
    """Requests ahead, 0-based; only in the queue."""
    logs: tuple[dict[str, Any], ...] = ()
    error: str | None = None
    error_type: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
