"""Each rule at its limit (silent) and a step beyond it (a finding): ``cases/<CODE>.toml``."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_prep.checks import RULES, check, rule_of
from seedance_prep.core.finding import Finding
from seedance_prep.core.limits import bounds_of
from seedance_prep.core.plan import Action, ImageRecipe, Size, Step, VideoRecipe
from seedance_prep.plan.notes import noted

from .making import documents, limits_of, media_of, request_of

CASES = [
    pytest.param(document["code"], case, id=f"{document['code']}: {case['name']}")
    for document in documents()
    for case in document["case"]
]


def found(code: str, case: dict[str, Any]) -> list[Finding]:
    findings = check(request_of(case), media_of(case), limits_of(case))
    of_code = [finding for finding in findings if finding.code == code]
    return sorted(of_code, key=lambda finding: (finding.ref or "", finding.message))


def seen(finding: Finding, expected: dict[str, Any]) -> dict[str, Any]:
    """What the finding says of the things that the case expects something of."""
    fix = f"{finding.knob} {finding.trust.label}" if finding.trust is not None else "none"
    values = {
        "level": finding.level.value,
        "ref": finding.ref,
        "source": finding.source,
        "measured": finding.measured,
        "limit": finding.limit,
        "fix": fix,
    }
    parts = {"says": finding.message, "remedy": finding.remedy or ""}
    shown = {key: expected[key] for key in parts if expected.get(key, "\0") in parts[key]}
    return {key: values[key] if key in values else shown.get(key, parts[key]) for key in expected}


@pytest.mark.parametrize(("code", "case"), CASES)
def test_each_case_finds_what_it_says(code: str, case: dict[str, Any]) -> None:
    """A rule is silent at its limit and speaks one step beyond it, with these very words."""
    findings = found(code, case)
    expected = case.get("finds", [])
    assert len(expected) == len(findings), findings
    assert expected == [seen(one, want) for one, want in zip(findings, expected, strict=True)]


@pytest.mark.parametrize("document", documents(), ids=lambda document: str(document["code"]))
def test_each_rule_is_tried_on_both_sides(document: dict[str, Any]) -> None:
    """A case file holds a case without and a case with a finding, and no word misspelt."""
    cases = document["case"]
    known = {"name", "image", "video", "audio", "file", "request", "repeat", "finds"}
    known |= {"tolerant", "standard", "endpoint"}
    keys = {"level", "ref", "source", "says", "measured", "limit", "fix", "remedy"}
    assert {True, False} == {bool(case.get("finds")) for case in cases}
    assert set() == {key for case in cases for key in case} - known
    assert set() == {key for case in cases for one in case.get("finds", []) for key in one} - keys


SAID_BY_THE_PLAN = {"IMG017", "PRM016", "VID034"}
"""What only a plan can know; ``check`` of a source never says it."""


def test_every_rule_has_a_case_file() -> None:
    """No rule goes untried, and no case file outlives its rule."""
    judged = {judge.rule.code for judge in RULES} - SAID_BY_THE_PLAN
    assert judged == {document["code"] for document in documents()}


@pytest.mark.parametrize("code", sorted(SAID_BY_THE_PLAN))
def test_what_the_plan_says_has_its_page(code: str) -> None:
    """A finding of the plan carries the name and level of the rule with its code."""
    small = {"video": [{"width": 320, "height": 320}], "image": [{"width": 200, "height": 200}]}
    kind, recipe = {
        "VID034": ("video", VideoRecipe(size=Size(640, 640))),
        "IMG017": ("image", ImageRecipe(size=Size(300, 300))),
        "PRM016": ("image", None),
    }[code]
    (media,) = media_of({kind: small[kind]})
    dropped = code == "PRM016"
    step = Step(media=media, action=Action.ENCODED, recipe=recipe, dropped=dropped)  # type: ignore[arg-type]
    (finding,) = noted([step], {str(media.ref)})
    rule = rule_of(code).rule
    assert (rule.code, rule.name, rule.level) == (finding.code, finding.name, finding.level)


JUDGED = [judge for judge in RULES if judge.rule.code not in SAID_BY_THE_PLAN]


@pytest.mark.parametrize("judge", JUDGED, ids=lambda judge: str(judge.rule.code))
def test_findings_name_a_bound_that_their_rule_declares(judge: Any) -> None:
    """Every limit of a finding is one of the bounds on the rule's page, or the file's own."""
    rule = judge.rule
    cases = next(one for one in documents() if one["code"] == rule.code)["case"]
    for case in cases:
        known = bounds_of(limits_of(case))
        origins = {known[name].origin for name in rule.bounds}
        for finding in found(rule.code, case):
            assert finding.origin is None or finding.origin in origins


BOUND = [judge.rule for judge in RULES if judge.rule.bounds]


@pytest.mark.parametrize("rule", BOUND, ids=lambda rule: str(rule.code))
def test_a_rule_with_bounds_breaks_one_of_them(rule: Any) -> None:
    """A rule that declares bounds has a case in which one of them is broken, with its origin."""
    cases = next(one for one in documents() if one["code"] == rule.code)["case"]
    assert {None} != {one.origin for case in cases for one in found(rule.code, case)} | {None}
