"""Damaged, lying and expanding files go through the whole fix without an accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Trust
from seedance_prep.core.request import Asset, Request


@pytest.mark.slow
def test_hostile_files_end_in_outputs_or_findings(corpus: Path, tmp_path: Path) -> None:
    """Each file ends without an exception, and nothing but the outputs stands in the folder."""
    options = pipeline.Options(allow=Trust.INVENTIVE, jobs=1)
    for source in sorted((corpus / "hostile").iterdir()):
        out = tmp_path / source.name
        report = drain(pipeline.fixing(Request(assets=[Asset(str(source))]), out, options))
        assert report.outputs or report.findings
        assert {output.path for output in report.outputs} == set(out.iterdir())
