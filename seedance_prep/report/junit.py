"""Findings as JUnit XML, which CI servers show as tests: a case for each file.

There is no standard; this keeps to what Jenkins, GitLab and GitHub's reporters read alike: at most
one failure in a case. https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from ..core.finding import Finding, Level
from ..core.media import Media
from ..core.outcome import Report
from .counts import counted
from .text import described, shown

NAME = "seedance-prep"
REQUEST = "request"
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold."""


def document(reports: Sequence[Report], *, alone: bool = False) -> str:
    """One suite over all files; what is wrong with a request as a whole is a case of its own.

    ``alone``: each report is of one file, of which no request is judged.
    """
    cases = [one for report in reports for one in _cases(report, alone)]
    failed = sum(one.find("failure") is not None for one in cases)
    totals = {"name": NAME, "tests": str(len(cases)), "failures": str(failed), "errors": "0"}
    root = ET.Element("testsuites", totals)
    suite = ET.SubElement(root, "testsuite", totals | {"skipped": "0"})
    suite.extend(cases)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _cases(report: Report, alone: bool) -> Iterator[ET.Element]:
    for media in report.assets:
        mine = [one for one in report.findings if _is_of(one, media)]
        what = described(media.facts) if media.facts else ""
        yield _case(media.source, media.kind.value if media.kind else "file", mine, what)
    whole = [one for one in report.findings if one.source is None]
    if whole or not alone:
        yield _case(REQUEST, REQUEST, whole, "")


def _is_of(one: Finding, media: Media) -> bool:
    return one.source == media.source and one.ref in {media.ref, None}


def _case(name: str, kind: str, found: Sequence[Finding], what: str) -> ET.Element:
    case = ET.Element("testcase", {"name": _xml(name), "classname": f"{NAME}.{kind}"})
    errors = [one for one in found if one.level is Level.ERROR]
    others = [one for one in found if one.level is not Level.ERROR]
    if errors:
        head = {"message": _xml(f"{counted(errors)}: {errors[0].message}"), "type": errors[0].code}
        ET.SubElement(case, "failure", head).text = _xml("\n".join(map(_line, errors)))
    if told := [what, *map(_line, others)] if what else [*map(_line, others)]:
        ET.SubElement(case, "system-out").text = _xml("\n".join(told))
    return case


def _line(one: Finding) -> str:
    remedy = f"; {one.remedy}" if one.remedy else ""
    return f"{one.level.value} {one.code} {one.name}: {one.message}{remedy}"


def _xml(text: str) -> str:
    """Without what XML cannot hold, line by line."""
    return _FORBIDDEN.sub("?", "\n".join(map(shown, text.split("\n"))))
