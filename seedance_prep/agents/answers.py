"""What the tools give: the documents of the command line's JSON, with what an agent needs beside.

Each class is the promise of a tool's output schema; more fields may come.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import BaseModel, ConfigDict, Field

from ..core.outcome import Report
from ..core.run import Run
from ..core.units import plural
from ..core.version import __version__
from ..errors import PrepError, UncertainError, kind_of
from ..report.counts import counted
from ..report.document import report_document
from ..report.runs import document as run_document
from ..report.told import price
from .words import for_agents, told
from .works import Progress


class Answer(BaseModel):
    """What every tool says."""

    model_config = ConfigDict(extra="allow")

    summary: Annotated[str, Field(description="What came of it, in one sentence.")]


class Finding(BaseModel):
    """One broken rule."""

    model_config = ConfigDict(extra="allow")

    code: Annotated[str, Field(description="Its page is the resource seedance://rules/CODE.")]
    level: Annotated[str, Field(description="error (the service refuses it), warning or info.")]
    ref: Annotated[str | None, Field(description="@Image1 and its like; null: no one file.")]
    source: Annotated[str | None, Field(description="The file, as it was named.")]
    message: str
    fix: Annotated[
        dict[str, str] | None, Field(description="The trust at which fix mends it; null: never.")
    ]
    remedy: Annotated[str | None, Field(description="What would mend it.")]


class Cost(BaseModel):
    """What generate would cost."""

    model_config = ConfigDict(extra="allow")

    currency: str
    low: float
    high: Annotated[float, Field(description="max_cost must be at least this.")]


class Checked(Answer):
    """The report of check, price and fix."""

    ok: Annotated[bool, Field(description="Whether no error is left.")]
    endpoint: str
    limits: str
    assets: Annotated[
        list[dict[str, Any]],
        Field(description="ref, kind, source, facts; after fix also output: path, action."),
    ]
    findings: Annotated[
        list[Finding], Field(description="What was found; after fix, what is left.")
    ]
    cost: Cost | None
    mendable: Annotated[
        bool | None, Field(description="After check and price: whether fix would mend all errors.")
    ] = None
    before: Annotated[
        list[Finding] | None, Field(description="After fix: what was found in the sources.")
    ] = None
    resources: Annotated[
        dict[str, str], Field(description="URIs of what was made: files by ref, report pages.")
    ] = {}


class Told(Answer):
    """A run: what was sent and what came back."""

    run: Annotated[str, Field(description="Its id, for run_status and cancel.")]
    state: Annotated[
        str,
        Field(
            description="prepared, uploading: nothing is paid yet. submitting, submitted: on its"
            " way. finished, failed, cancelled: the end. uncertain: run_status looks for it."
        ),
    ]
    ended: Annotated[bool, Field(description="Whether nothing more will come.")]
    charged: Annotated[bool | None, Field(description="null: nobody knows yet.")]
    stage: Annotated[str, Field(description="What is being done now.")]
    share: Annotated[float, Field(description="Of the whole work, 0 to 1.")]
    next: Annotated[str | None, Field(description="What to do now.")]
    video: Annotated[str | None, Field(description="URI of the finished video.")] = None
    path: Annotated[str | None, Field(description="The finished video on this machine.")] = None
    error: str | None = None
    instead: Annotated[
        str | None, Field(description="The run that the very same request was sent as before.")
    ] = None


class Ruled(Answer):
    """Rules, or one."""

    rules: list[dict[str, Any]]


def result(document: Mapping[str, Any], links: Sequence[ResourceLink] = ()) -> CallToolResult:
    """A document as both kinds of content, with links to what was made."""
    text = TextContent(type="text", text=json.dumps(document, ensure_ascii=False, default=str))
    content: list[ContentBlock] = [text, *links]
    return CallToolResult(content=content, structured_content=dict(document))


def refused(error: PrepError, document: Mapping[str, Any] | None = None) -> CallToolResult:
    """An error that an agent can do something about, in its words."""
    said = for_agents(str(error))
    facts: dict[str, Any] = {
        "error": said,
        "kind": kind_of(error),
        "charged": None if isinstance(error, UncertainError) else getattr(error, "charged", False),
    }
    if run := getattr(error, "run", None):
        facts["run"] = run
    content: list[ContentBlock] = [TextContent(type="text", text=said)]
    return CallToolResult(
        content=content, structured_content={**facts, **(document or {})}, is_error=True
    )


def checked(report: Report, names: Mapping[str, str], mendable: bool | None) -> dict[str, Any]:
    """The report as an agent is told it."""
    document = report_document(report, __version__)
    known = {"summary": _found(report, mendable), "mendable": mendable}
    told_of: dict[str, Any] = told(document, names)
    return known | told_of


def _found(report: Report, mendable: bool | None) -> str:
    files = plural(len(report.assets), "file")
    count = counted(report.findings) or "no finding"
    left = f"{files}: {count}{' left' if report.before is not None else ''}"
    cost = f"; generate costs {price(report.cost)}" if report.cost else ""
    if report.ok:
        return f"{left}; it complies{cost}"
    if mendable is None:
        return f"{left}; it does not comply"
    if mendable:
        return f"{left}; fix mends all errors{cost}"
    return f"{left}; fix cannot mend all errors"


NEXT = {
    "prepared": "run_status again in some seconds",
    "uploading": "run_status again in some seconds",
    "submitting": "run_status again in some seconds",
    "submitted": "run_status again; a video takes minutes",
    "uncertain": "run_status looks for it again; do not generate it again before that is known",
}


def run_told(
    row: Run, progress: Progress, *, working: bool, error: str | None, instead: str | None
) -> dict[str, Any]:
    """A run as an agent is told it."""
    document: dict[str, Any] = told(run_document(row), {})
    saved = row.saved is not None
    ended = row.state in {"failed", "cancelled"} or (row.state == "finished" and saved)
    failure = for_agents(row.error or error or "") or None
    return document | {
        "summary": _run_words(row, working, failure),
        "ended": ended,
        "stage": "done" if ended else progress.stage,
        "share": 1.0 if ended else progress.share,
        "seconds_left": None if ended else progress.seconds_left,
        "next": None if ended else _next(row, working),
        "path": row.saved,
        "error": failure,
        "instead": instead,
    }


def _next(row: Run, working: bool) -> str | None:
    if row.state in {"prepared", "uploading"} and not working:
        return "no process here works on it any more, and nothing was charged: generate again"
    return NEXT.get(row.state.value, "run_status again fetches the video")


def _run_words(row: Run, working: bool, error: str | None) -> str:
    if error and row.state in {"failed", "cancelled", "uncertain"}:
        return f"run {row.id} is {row.state.value}: {error}"
    if row.saved:
        return f"run {row.id} is finished; its video is {row.saved}"
    if error and not working:
        return f"run {row.id} is {row.state.value}, but: {error}"
    return f"run {row.id} is {row.state.value}"
