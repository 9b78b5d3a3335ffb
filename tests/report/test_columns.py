"""Nothing in a report for people runs over the edge of a terminal of 60 columns."""

from __future__ import annotations

import click
import pytest

from seedance_prep.core.finding import Finding, Level
from seedance_prep.core.media import Media
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Kind, Request
from seedance_prep.limits import load
from seedance_prep.report import text

LONG = Finding(
    code="REQ999",
    name="clips-too-long-together-in-all",
    level=Level.WARNING,
    message="says what was measured and what is allowed in a sentence that needs two lines",
    ref="@Video1",
    source="a name with blanks.mp4",
)


def test_a_long_name_wraps_beside_its_reference() -> None:
    """What does not fit stands below the name, and the verdict below that."""
    asset = Asset("a name of many words that no terminal of sixty columns shows on one line.mp4")
    media = Media(asset=asset, kind=Kind.VIDEO, ref="@Video1")
    report = Report(request=Request(assets=(asset,)), assets=(media,), findings=(), limits="x")
    lines = click.unstyle(text.report(report, load(report.request.endpoint), 60)).splitlines()
    assert [
        "@Video1  a name of many words that no terminal of sixty",
        "            columns shows on one line.mp4",
        "         complies",
    ] == lines[:3]


@pytest.mark.parametrize(("width", "heads"), [(60, 2), (80, 1)])
def test_the_head_of_a_finding_wraps(width: int, heads: int) -> None:
    """Level, code and name on one line; the file behind them, or below where it does not fit."""
    shown = click.unstyle(text.findings([LONG], width)).splitlines()
    assert all(len(line) <= width for line in shown)
    assert "warning  REQ999 clips-too-long-together-in-all" == shown[0][:46]
    assert "@Video1 a name with blanks.mp4" in shown[heads - 1]
    assert "         says what" in shown[heads]
