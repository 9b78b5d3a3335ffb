"""Laws over the whole table of rules."""

from __future__ import annotations

import ast
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.checks import RULES, check, rule_of
from seedance_prep.core.finding import Finding, Level, Trust
from seedance_prep.core.limits import Bound, bounds_of
from seedance_prep.core.media import Fault, Media, Problem
from seedance_prep.core.request import Asset, Request
from seedance_prep.errors import UsageError
from seedance_prep.limits import load

from .making import FAST, documents, media_of

ROWS = {
    *(f"R{number}" for number in range(1, 11)),
    *(f"I{number}" for number in range(1, 6)),
    *(f"V{number}" for number in range(1, 12)),
    *(f"A{number}" for number in range(1, 5)),
    "8",
    "9",
}
"""Rows of the limits document, and its sections on parameters and on the prompt."""

EVERY = pytest.mark.parametrize("rule", [judge.rule for judge in RULES], ids=lambda one: one.code)


def test_codes_and_names_are_unique_and_in_order() -> None:
    """A code stands for one fault, and within a family the codes run without a gap from 1."""
    codes = [judge.rule.code for judge in RULES]
    counted: dict[str, int] = {}
    for code in codes:
        counted[code[:3]] = counted.get(code[:3], 0) + 1
        assert f"{code[:3]}{counted[code[:3]]:03d}" == code
    assert ["FIL", "IMG", "VID", "AUD", "REQ", "PRM"] == list(counted)
    assert len(RULES) == len({judge.rule.name for judge in RULES})


def test_codes_are_stable() -> None:
    """What a code stands for never changes: users and tools hold on to it."""
    listed = (Path(__file__).parent / "codes.txt").read_text(encoding="utf-8").splitlines()
    assert listed == [f"{judge.rule.code} {judge.rule.name}" for judge in RULES]


@EVERY
def test_every_rule_has_a_page(rule: Any) -> None:
    """The page opens with one sentence and says why it matters and how it is mended."""
    first, blank, *rest = rule.page.splitlines()
    assert first.endswith(".")
    assert "" == blank
    assert any(line.startswith("Why: ") for line in rest)
    assert any(line.startswith("Fix: ") for line in rest)


@EVERY
def test_what_can_be_mended_names_knob_and_trust(rule: Any) -> None:
    """A rule names both what is turned and how far that goes, or neither; and bounds that exist."""
    assert (rule.knob is None) == (rule.trust is None)
    assert set() == set(rule.bounds) - set(bounds_of(load(FAST)))
    assert set() == set(rule.rows) - ROWS


def test_only_what_the_contract_names_is_tolerant() -> None:
    """``--tolerant`` lowers the ceiling of V3, and V8, V9 and A3: nothing else."""
    tolerant = {row for judge in RULES if judge.rule.tolerant for row in judge.rule.rows}
    assert {"V3", "V8", "V9", "A3"} == tolerant
    codes = [judge.rule.code for judge in RULES if judge.rule.tolerant]
    assert ["VID009", "REQ011", "REQ012", "REQ014"] == codes


def test_tolerance_touches_only_tolerant_rules() -> None:
    """No finding of any other rule changes with ``--tolerant``."""
    lenient = {judge.rule.code for judge in RULES if judge.rule.tolerant}
    limits, tolerant = load(FAST), load(FAST, tolerant=True)
    for document in documents():
        for case in document["case"]:
            media, request = media_of(case), Request()
            strict = check(request, media, limits)
            relaxed = check(request, media, tolerant)
            assert [one for one in strict if one.code not in lenient] == [
                one for one in relaxed if one.code not in lenient
            ]


@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_row_of_the_limits_has_a_rule(row: str) -> None:
    """Each row of the limits document is judged by at least one rule."""
    assert [] != [judge.rule.code for judge in RULES if row in judge.rule.rows]


def test_a_bound_and_its_rule_stand_for_the_same_row() -> None:
    """A rule's rows hold the row of every bound that it compares with."""
    known = bounds_of(load(FAST))
    for judge in RULES:
        rows = {known[name].row for name in judge.rule.bounds}
        assert set() == rows - set(judge.rule.rows), judge.rule.code


def test_every_fault_of_a_file_has_its_rule() -> None:
    """Each reason not to read a file is exactly one finding, in the probe's own words."""
    for fault in Fault:
        media = Media(asset=Asset("x"), problem=Problem(fault=fault, says="because"))
        found = check(Request(), [media], load(FAST))
        assert ["because"] == [one.message for one in found if one.code.startswith("FIL")]


def test_good_media_break_nothing() -> None:
    """Facts in the middle of every window yield no finding at all."""
    media = media_of({"image": [{}], "video": [{}], "audio": [{}]})
    request = Request(
        prompt="@Image1 moves like @Video1 to @Audio1", duration="auto", resolution="720p"
    )
    assert () == check(request, media, load(FAST))


def test_findings_are_sorted_errors_first() -> None:
    """All findings come, errors before warnings before notes, then by code and reference."""
    media = media_of({"video": [{"duration": 22.4, "vfr": True}, {"codec": "vp9", "sar": "2"}]})
    found = check(Request(prompt="@Video3"), media, load(FAST))
    assert list(found) == sorted(found, key=lambda finding: finding.order)
    assert {"VID003", "VID005", "VID018", "VID022", "REQ011", "PRM002", "PRM003"} == {
        finding.code for finding in found
    }
    assert [0, 0, 0, 1, 1, 1, 1, 2] == [finding.level.rank for finding in found]


def _shifted(bound: Bound[Any]) -> Bound[Any]:
    """The same bound with another number, so that a number written into a rule would show."""
    value = bound.value
    if isinstance(value, tuple):
        return replace(bound, value=(*value, "zzz"))
    return replace(bound, value=value + (7 if isinstance(value, int) else Fraction(7, 100)))


def _with_shifted(limits: Any) -> Any:
    changed = {
        name: _shifted(value) if isinstance(value, Bound) else _with_shifted(value)
        for name in limits.__dataclass_fields__
        if isinstance(value := getattr(limits, name), Bound)
        or (hasattr(value, "__dataclass_fields__") and name != "price")
    }
    return replace(limits, **changed)


def test_every_number_comes_from_the_limits() -> None:
    """With all limits shifted, every finding's limit is a shifted one: no rule holds its own."""
    limits = _with_shifted(load(FAST))
    known = {name: bound.value for name, bound in bounds_of(limits).items()}
    for document in documents():
        rule = rule_of(document["code"]).rule
        allowed = [_json(known[name]) for name in rule.bounds]
        for case in document["case"]:
            for finding in check(Request(), media_of(case), limits):
                if finding.code == rule.code and finding.origin is not None:
                    assert finding.limit in allowed


def _json(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, tuple) else pytest.approx(float(value))


SOURCES = sorted((Path(__file__).parents[2] / "seedance_prep" / "checks").glob("*.py"))
ALLOWED = {
    "shared.py": (3,),  # decimals of a ratio
    "requests.py": (5,),  # letters of "data:"
    "parameters.py": (60,),  # letters of a value in a message
    "prompts.py": (20,),  # findings of one rule
    "wording.py": (60,),  # letters of a quotation
    "words.py": (3, 6, 1_000_000),  # decimals, microseconds
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.name))
def test_no_rule_writes_a_limit_as_a_number(path: Path) -> None:
    """Sources of the rules hold no number above 2, apart from how digits are written."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    numbers = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }
    assert set() == numbers - {0, 1, 2, *ALLOWED.get(path.name, ())}


def test_an_error_never_hides_its_remedy() -> None:
    """Every error and warning says what the caller can do, with trust where a fix may."""
    for document in documents():
        for case in document["case"]:
            for finding in check(Request(), media_of(case), load(FAST)):
                assert finding.remedy, finding
                assert _allows(finding) in finding.remedy


def _allows(finding: Finding) -> str:
    if finding.trust is None:
        return ""
    if finding.trust > Trust.LOSSY:
        return f"--allow {finding.trust.label}"
    return "seedance-prep fix" if finding.level is Level.ERROR else "--mend warnings"


def test_a_rule_is_found_by_code_and_by_name() -> None:
    """Case does not matter; an unknown one is a usage error that offers the nearest."""
    assert "VID003" == rule_of("vid003").rule.code
    assert "VID003" == rule_of("clip-too-long").rule.code
    with pytest.raises(UsageError, match=r"'clip-to-long'; did you mean clip-too-long\?"):
        rule_of("clip-to-long")
    with pytest.raises(UsageError, match="lists them all"):
        rule_of("beach")
