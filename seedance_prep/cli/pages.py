"""``--report``: a page about a request, as HTML to look at or as Markdown to paste."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.album import Album
from ..core.outcome import Report
from ..core.request import Request
from ..core.run import Run
from ..errors import OutputError, UsageError
from ..private import put

HTML, MARKDOWN = (".html", ".htm"), (".md", ".markdown")


@dataclass(slots=True)
class Page:
    """Where the page goes; pictures are made once, however often it is written."""

    target: Path
    jobs: int
    own_names: bool = False
    _album: Album | None = field(default=None, init=False)

    def write(self, report: Report, run: Run | None = None) -> None:
        """Write it whole or not at all. Raises ``OutputError``."""
        from ..limits import load

        limits = report.profile or load(report.request.endpoint)
        text = self._text(report, limits, run)
        try:
            put(self.target, text.encode())
        except OSError as error:
            raise _unwritable(self.target, error) from error

    def _text(self, report: Report, limits: Any, run: Run | None) -> str:  # noqa: ANN401
        if self.target.suffix.lower() in MARKDOWN:
            from ..report import markdown

            return markdown.page(report, limits, run, own_names=self.own_names)
        from ..checks import RULES
        from ..report import html, rules
        from ..survey.album import album

        if self._album is None:
            self._album = album(report, self.jobs)
        pages = {judge.rule.code: rules.page(judge.rule, limits) for judge in RULES}
        return html.page(report, limits, self._album, pages, run, own_names=self.own_names)


def page_of(given: Mapping[str, Any], request: Request, jobs: int) -> Page | None:
    """The page that was asked for; refuses at once what could not be written in the end.

    Raises ``UsageError``, ``OutputError``.
    """
    if not given["page"]:
        if given["own_names"]:
            raise UsageError("--report-names says what --report shows; give it a file")
        return None
    target = Path(given["page"])
    if target.suffix.lower() not in HTML + MARKDOWN:
        raise UsageError(f"--report {target}: the name ends in neither .html nor .md")
    if target.is_dir():
        raise OutputError(f"--report {target}: is a folder; give the page a file name")
    sources = [Path(one.source) for one in request.entries() if not one.remote]
    with contextlib.suppress(OSError):  # what cannot be looked at is a finding later
        if target.exists() and any(one.exists() and target.samefile(one) for one in sources):
            raise UsageError(f"--report {target}: is a file of the request; give another name")
    if not target.parent.is_dir() and target.parent != Path(given["out"]):
        raise OutputError(f"--report {target}: there is no folder {target.parent}")
    return Page(target, jobs, given["own_names"])


def _unwritable(target: Path, error: OSError) -> OutputError:
    return OutputError(f"--report {target}: cannot be written: {error.strerror}")
