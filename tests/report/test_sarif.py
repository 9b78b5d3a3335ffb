"""Findings as SARIF: what its schema requires, and what code hosts want besides."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_prep import Request, check
from seedance_prep.checks import RULES
from seedance_prep.core.outcome import Report
from seedance_prep.report import sarif

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PAGES = [(judge.rule, judge.rule.page) for judge in RULES]


@pytest.fixture(scope="module")
def report() -> Report:
    """A video with errors and warnings, a fine photo, and a parameter that is refused."""
    files = [FIXTURES / "phone.mov", FIXTURES / "photo.jpg"]
    return check(Request(assets=files, resolution="9k"))


def logged(report: Report, near: sarif.Near = lambda path: Path(path).name) -> dict[str, Any]:
    """The one run of the log, as it would be read."""
    document = json.loads(json.dumps(sarif.document([report], PAGES, "1.2.3", near)))
    assert {"$schema", "version", "runs"} == set(document)
    assert "2.1.0" == document["version"]
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def test_required_parts(report: Report) -> None:
    """Each result names its rule by id and index, has text, a level, a place and a fingerprint."""
    run = logged(report)
    driver = run["tool"]["driver"]
    assert ("seedance-prep", "1.2.3") == (driver["name"], driver["version"])
    assert len(report.findings) == len(run["results"])
    for result in run["results"]:
        rule = driver["rules"][result["ruleIndex"]]
        assert result["ruleId"] == rule["id"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (mark,) = result["partialFingerprints"].values()
        assert re.fullmatch("[0-9a-f]{64}", mark)
    for rule in driver["rules"]:
        assert {"id", "name", "shortDescription", "help", "defaultConfiguration"} <= set(rule)


def test_places(report: Report) -> None:
    """A file's finding lies at its relative path; one of the request at no file."""
    results = {one["ruleId"]: one["locations"][0] for one in logged(report)["results"]}
    physical = results["VID009"]["physicalLocation"]
    assert {"uri": "phone.mov", "uriBaseId": "%SRCROOT%"} == physical["artifactLocation"]
    assert 1 == physical["region"]["startLine"]
    assert "request" == results["PRM008"]["logicalLocations"][0]["name"]
    assert "physicalLocation" not in results["PRM008"]


def test_fingerprints(report: Report) -> None:
    """No two findings share one, and another run of the same gives the same."""
    marks = [str(one["partialFingerprints"]) for one in logged(report)["results"]]
    assert len(marks) == len(set(marks))
    assert marks == [str(one["partialFingerprints"]) for one in logged(report)["results"]]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a b/ü#.png", {"uri": "a%20b/%C3%BC%23.png", "uriBaseId": "%SRCROOT%"}),
        ("/srv/x y.png", {"uri": "file:///srv/x%20y.png"}),
        ("lost\udcff.png", {"uri": "lost%FF.png", "uriBaseId": "%SRCROOT%"}),
        ("http://h/x.png?key=1#t", {"uri": "http://h/x.png"}),
        ("s3://me:secret@bucket/x.png", {"uri": "s3://bucket/x.png"}),
    ],
)
def test_uris(report: Report, path: str, place: dict[str, str]) -> None:
    """Paths are escaped as URIs, byte by byte where they are no text; a query is not told."""
    found = [replace(one, source=path) for one in report.findings if one.ref == "@Video1"]
    run = logged(replace(report, findings=tuple(found)), lambda path: path)
    for result in run["results"]:
        physical = result["locations"][0]["physicalLocation"]
        assert place == physical["artifactLocation"]


def test_nothing_found() -> None:
    """A log without results is whole: the tool ran, and there are no rules to show."""
    run = logged(check(Request(assets=[FIXTURES / "photo.jpg"])))
    assert [] == run["results"] == run["tool"]["driver"]["rules"]
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert 1 == len(run["artifacts"])
