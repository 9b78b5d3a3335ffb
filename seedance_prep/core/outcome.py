"""What a caller gets back: the report of a check, the files of a fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..errors import PrepError
from .finding import Finding, Level
from .limits import Limits
from .media import Facts, Media
from .naming import Binding
from .plan import Action, Choice, Plan, Window
from .price import Cost
from .request import Kind, Request


class Verify(StrEnum):
    """What a finished clip is measured for, beyond the proof that every file goes through."""

    VMAF = "vmaf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vmaf:
    """How much of a clip an encode kept: 100 is all, above 95 nobody sees the difference.

    Measured against the losslessly scaled window of the source, picture by picture.
    """

    mean: float
    p1: float
    """1st percentile: 99 of 100 pictures are better."""
    min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file that complies: the source itself (``untouched``), or a new file that was proven."""

    media: Media
    """The source it came from."""
    ref: str
    kind: Kind
    path: Path
    """On this machine."""
    shown: str
    """The path as the caller would write it."""
    sha256: str
    action: Action
    facts: Facts
    """Measured again on the finished file."""
    operations: tuple[str, ...] = ()
    window: Window | None = None
    choice: Choice | None = None
    """Why these seconds, where that was left to the plan (``keep=best``)."""
    vmaf: Vmaf | None = None
    """Only of a clip that was encoded, and only when asked for."""
    address: str | None = None
    """The public URL that these very bytes came from, where it can be sent in their place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found, and (after a fix) what was made."""

    request: Request
    limits: str
    """Name of the limits that were applied, e.g. ``fal-2026-08``."""
    profile: Limits | None = None
    """Those limits."""
    assets: tuple[Media, ...]
    findings: tuple[Finding, ...]
    """After a check all that were found; after a fix what is left."""
    cost: Cost | None = None
    before: tuple[Finding, ...] | None = None
    """After a fix: what was found in the sources."""
    outputs: tuple[Output, ...] = ()
    plan: Plan | None = None
    prompt: str | None = None
    """The prompt as it would be sent."""
    binding: Binding | None = None
    """The same as given and as sent, with the names in it that became references."""
    arguments: Mapping[str, Any] | None = None
    """After an upload: what any fal client takes."""

    @property
    def ok(self) -> bool:
        """Whether no finding of level ``error`` is left."""
        return not any(finding.level is Level.ERROR for finding in self.findings)

    def output_of(self, media: Media) -> Output | None:
        """The file made of an asset, if there is one."""
        return next((made for made in self.outputs if made.media.ref == media.ref), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Report):
    """A report without errors, with every output on disk: what can be sent."""


class UnfixableError(PrepError):
    """Errors would be left after the fix; nothing was sent."""

    status = 1

    def __init__(self, report: Report) -> None:
        """Keep the report: its findings say what is left and which option would mend it."""
        self.report = report
        errors = [finding for finding in report.findings if finding.level == "error"]
        first = f": {errors[0].where}{errors[0].message}" if errors else ""
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"the request cannot be made to comply{first}{more}")
