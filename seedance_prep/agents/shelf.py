"""What was made, as resources: rule pages, reports, prepared files, videos."""

from __future__ import annotations

import mimetypes
import os
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources.types import FunctionResource
from mcp_types import (
    Completion,
    CompletionArgument,
    PromptReference,
    ResourceLink,
    ResourceTemplateReference,
)

from ..core.outcome import Report
from ..core.request import DEFAULT_ENDPOINT
from ..core.units import megabytes
from ..errors import PrepError

if TYPE_CHECKING:
    from mcp.server import MCPServer

FILE_MAX = 32 << 20
"""Bytes of a file that go over the wire; larger ones are read where they lie."""
REPORTS = 64
"""Reports whose pages can be had; those of older ones are gone."""
COMPLETED = 100
"""Words that a completion holds at most, by the protocol."""
HTML, MARKDOWN = "report.html", "report.md"


class Shelf:
    """Puts what was made where a client can read it."""

    def __init__(self) -> None:
        """Nothing was made yet."""
        self._server: MCPServer | None = None
        self._reports: OrderedDict[str, Report] = OrderedDict()

    def offer_in(self, server: MCPServer) -> None:
        """Offer all in a server, the rules at once."""
        self._server = server
        server.resource(
            "seedance://rules", name="rules", mime_type="text/plain", title="All rules"
        )(rules)
        server.resource(
            "seedance://rules/{code}",
            name="rule",
            mime_type="text/plain",
            title="The page of a rule: what, why, how it is mended, its limits and their sources",
        )(rule)
        server.completion()(completed)  # type: ignore[no-untyped-call]

    def keep(self, base: str, report: Report) -> dict[str, str]:
        """Offer the files and pages of a fix under ``base``; their URIs by reference."""
        self._reports[base] = report
        while len(self._reports) > REPORTS:
            self._reports.popitem(last=False)
        found = {
            one.ref: self.keep_file(f"{base}/{one.path.name}", one.path) for one in report.outputs
        }
        pages = ((HTML, "text/html"), (MARKDOWN, "text/markdown"))
        for name, kind in pages:
            self._offer(f"{base}/{name}", partial(self._page, base, name), name, kind)
        return found | {name: f"{base}/{name}" for name, _ in pages}

    def keep_file(self, uri: str, path: Path) -> str:
        """Offer a file; gives its URI."""
        self._offer(uri, partial(content, path), path.name, mime_of(path))
        return uri

    def _offer(self, uri: str, read: Callable[[], str | bytes], name: str, kind: str) -> None:
        assert self._server is not None
        one = FunctionResource(uri=uri, name=name, mime_type=kind, fn=read)
        self._server.add_resource(one)

    def _page(self, base: str, name: str) -> str:
        report = self._reports.get(base)
        if report is None:
            raise ResourceNotFoundError(f"the report of {base} is no longer kept; fix again")
        from ..limits import load

        limits = report.profile or load(report.request.endpoint)
        if name == MARKDOWN:
            from ..report import markdown

            return markdown.page(report, limits)
        from ..checks import RULES
        from ..report import html
        from ..report import rules as pages
        from ..survey.album import album

        shown = {judge.rule.code: pages.page(judge.rule, limits) for judge in RULES}
        return html.page(report, limits, album(report), shown)


def link(uri: str, path: Path) -> ResourceLink:
    """A link to a file that is offered."""
    size = path.stat().st_size if path.exists() else None
    return ResourceLink(
        type="resource_link", uri=uri, name=path.name, mime_type=mime_of(path), size=size
    )


def mime_of(path: Path) -> str:
    """The content type of a file by its name."""
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def content(path: Path) -> bytes:
    """The bytes of a file that was made. Raises ``ResourceError`` for a link, or a large one."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            found = file.read(FILE_MAX + 1)
    except OSError as error:
        raise ResourceNotFoundError(f"{path.name}: {error.strerror}") from error
    if len(found) > FILE_MAX:
        raise ResourceError(
            f"{path.name} is larger than {megabytes(FILE_MAX)}; read it where it lies: {path}"
        )
    return found


def rules() -> str:
    """Every rule by family: code, level, name."""
    from ..checks import RULES
    from ..report import rules as pages

    return pages.listing([judge.rule for judge in RULES])


def rule(code: str) -> str:
    """The page of one rule, by code or name."""
    from ..checks import rule_of
    from ..limits import load
    from ..report import rules as pages

    try:
        return pages.page(rule_of(code).rule, load(DEFAULT_ENDPOINT))
    except PrepError as error:
        raise ResourceNotFoundError(str(error)) from error


async def completed(
    ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument, _: object
) -> Completion | None:
    """Codes and names of rules that begin as what was typed."""
    from ..checks import RULES

    if not isinstance(ref, ResourceTemplateReference) or argument.name != "code":
        return None
    begun = argument.value.lower()
    words = (word for judge in RULES for word in (judge.rule.code, judge.rule.name))
    found = [word for word in words if word.lower().startswith(begun)]
    return Completion(values=found[:COMPLETED], total=len(found), has_more=len(found) > COMPLETED)
