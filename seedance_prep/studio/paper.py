"""What can be taken away: the report as a page, the set of files as one archive."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from ..core.outcome import Output, Report
from ..core.run import Run

CHUNK = 1 << 20
DATED = (2026, 1, 1, 0, 0, 0)
"""Of the files in an archive: when they were made is nobody's business."""


def page(report: Report, jobs: int, run: Run | None) -> str:
    """The same page as ``--report FILE.html`` writes."""
    from ..checks import RULES
    from ..limits import load
    from ..report import html, rules
    from ..survey.album import album

    limits = report.profile or load(report.request.endpoint)
    pages = {judge.rule.code: rules.page(judge.rule, limits) for judge in RULES}
    return html.page(report, limits, album(report, jobs), pages, run)


def archive(outputs: Sequence[Output]) -> IO[bytes]:
    """The files as they would be sent, in a nameless file of this machine, at its start."""
    held = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever reads it
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as packed:
        for one in outputs:
            entry = zipfile.ZipInfo(one.path.name, DATED)
            entry.external_attr = 0o644 << 16
            with packed.open(entry, "w", force_zip64=True) as target, one.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    target.write(chunk)
    held.seek(0)
    return held


def chunks(held: IO[bytes]) -> Iterator[bytes]:
    """All of a file, which is closed behind it."""
    with held:
        while chunk := held.read(CHUNK):
            yield chunk
