"""Findings as JUnit XML: what CI servers count and show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from seedance_prep import Request, check
from seedance_prep.core.outcome import Report
from seedance_prep.report import junit

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(scope="module")
def report() -> Report:
    """A video with errors and warnings, and a fine photo."""
    return check(Request(assets=[FIXTURES / "phone.mov", FIXTURES / "photo.jpg"]))


def test_a_case_for_each_file(report: Report) -> None:
    """Totals are those of the cases; a case has at most one failure, with every error in it."""
    root = ET.fromstring(junit.document([report]))
    cases = root.findall("testsuite/testcase")
    assert ["phone.mov", "photo.jpg", "request"] == [Path(one.attrib["name"]).name for one in cases]
    failed = [one.findall("failure") for one in cases]
    assert [1, 0, 0] == [len(one) for one in failed]
    assert ("3", "1") == (root.attrib["tests"], root.attrib["failures"])
    failure = failed[0][0]
    assert "VID009" == failure.attrib["type"]
    assert (failure.text or "").startswith("error VID009 clip-pixels-too-many: ")
    told = cases[0].findtext("system-out") or ""
    assert "warning VID021" in told


def test_alone(report: Report) -> None:
    """Files that are judged by themselves have no case of a request."""
    root = ET.fromstring(junit.document([report, report], alone=True))
    assert "4" == root.attrib["tests"]


def test_what_xml_cannot_hold(report: Report) -> None:
    """Lost bytes and control signs in a name leave a document that can be read."""
    nasty = 'a\udcff\x01<&"\ufffe.mov'
    media = [replace(one, asset=replace(one.asset, source=nasty)) for one in report.assets[:1]]
    found = [replace(one, source=nasty) for one in report.findings if one.ref == "@Video1"]
    text = junit.document([replace(report, assets=tuple(media), findings=tuple(found))])
    (case, _) = ET.fromstring(text.encode()).findall("testsuite/testcase")
    assert "<&" in case.attrib["name"]
    assert 1 == len(case.findall("failure"))
