"""What ``--report page.html`` adds to a request of twelve files: pictures, sounds, the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seedance_prep.core.event import drain
from seedance_prep.core.request import Request
from seedance_prep.limits import load
from seedance_prep.pipeline import Options, check, fixing
from seedance_prep.report import html
from seedance_prep.survey.album import album

from .measure import turns
from .video import Settings

MORE = 2.0
"""Seconds by the clock at most, on a machine with two cores that nothing else uses."""


def pages(files: Sequence[Path], settings: Settings) -> Iterator[dict[str, Any]]:
    """The page of a fix of ``files`` beside a check of them, which is what any call does first."""
    options = Options()
    request = Request(assets=[str(path) for path in files])
    report = drain(fixing(request, settings.folder / "pages", options))
    limits = report.profile or load(report.request.endpoint)
    sizes: list[int] = []

    def page() -> None:
        sizes.append(len(html.page(report, limits, album(report, options.jobs), {}).encode()))

    record = turns(page, lambda: check(request), settings.pairs)
    record["ours"]["bytes"] = sizes[-1]
    yield {"case": "page", "files": len(files), "more_seconds": record["ours"]["seconds"],
           "more_at_most": MORE} | record  # fmt: skip
