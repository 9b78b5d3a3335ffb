"""One line of a manifest, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ..core.foreign import compact


class Action(StrEnum):
    """How far a batch goes."""

    CHECK = "check"
    FIX = "fix"
    UPLOAD = "upload"
    GENERATE = "generate"

    @property
    def sends(self) -> bool:
        """Whether anything leaves this machine."""
        return self in {Action.UPLOAD, Action.GENERATE}


class State(StrEnum):
    """What became of a line."""

    OK = "ok"
    """It complies; for ``generate``: its video is here."""
    FINDINGS = "findings"
    """Errors were found, or left; nothing was sent."""
    INVALID = "invalid"
    """The line is no request."""
    FAILED = "failed"
    """The machine or the service failed at it."""
    UNCERTAIN = "uncertain"
    """It is unknown whether the service has its job, or what became of that."""
    UNPAID = "unpaid"
    """Not sent, as it might cost more than is left of ``--max-cost``."""
    SAME = "same"
    """The same request as an earlier line, which is sent once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A request as a document, or why it is none."""

    number: int
    """From 1, as an editor counts; of CSV and Parquet: of the row."""
    document: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    name: str | None = None
    """What the manifest calls it: the name of its folder."""
    take: int = 1
    """Another number makes another video of the same request."""

    @property
    def digest(self) -> str:
        """The same for the same request, wherever it stands in the manifest."""
        said = {"request": dict(self.document), "error": self.error, "name": self.name}
        return hashlib.sha256(compact(said | {"take": self.take})).hexdigest()[:32]

    @property
    def folder(self) -> str:
        """Where its outputs go, beneath the batch's."""
        return self.name or f"{self.number:06}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a line, as values that travel between processes."""

    state: State
    document: Mapping[str, Any] = field(default_factory=dict)
    """The report, as ``seedance-prep/1``."""
    codes: tuple[str, ...] = ()
    """Codes of what was found, each once."""
    message: str | None = None
    kind: str | None = None
    """The error in one word."""
    status: int = 0
    """Exit status that the error would have alone."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """Run, request id, path of the video, the service's output."""
    low: Decimal | None = None
    """Of what it costs: what was spent when it was sent."""
    high: Decimal | None = None

    @property
    def bad(self) -> bool:
        """Whether it counts as a failure."""
        return self.state not in {State.OK, State.SAME}
