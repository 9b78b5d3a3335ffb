"""The rules as a list, a page, JSON and the README's table."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from seedance_prep.checks import RULES, rule_of
from seedance_prep.core.limits import bounds_of
from seedance_prep.core.request import DEFAULT_ENDPOINT
from seedance_prep.core.rule import Rule
from seedance_prep.limits import load
from seedance_prep.report import rules as pages

ALL = [judge.rule for judge in RULES]
LIMITS = load(DEFAULT_ENDPOINT)


def test_the_list_has_a_line_for_every_rule() -> None:
    """Code, level and name of each, under a heading per family, errors of tolerance marked."""
    text = pages.listing(ALL)
    lines = text.splitlines()
    assert len(ALL) == sum(line.startswith("  ") for line in lines)
    assert "  VID003  error    clip-too-long" in lines
    assert "  REQ011  error*   clips-too-long-together" in lines
    assert list(pages.FAMILIES.values()) == [
        line for line in lines if line in set(pages.FAMILIES.values())
    ]
    assert lines[-1].startswith("* --tolerant ")
    assert max(map(len, lines)) <= 80


def test_a_list_without_tolerance_has_no_footnote() -> None:
    """What is not marked is not explained."""
    assert "*" not in pages.listing([rule_of("VID003").rule])


def test_the_page_says_why_how_and_where_from() -> None:
    """The docstring, the level, the fix, and each limit with its row, source and date."""
    text = pages.page(rule_of("VID003").rule, LIMITS)
    assert text.startswith("VID003 clip-too-long\n\nClip runs longer than the service takes.\n")
    assert "\nWhy: " in text
    assert "\nFix: " in text
    assert "\nLevel: error\n" in text
    assert "\nMended at: trust lossy, by its length\n" in text
    origin = LIMITS.video.seconds_max.origin
    assert f"\n  video.seconds_max = 15.2  [V7: {origin}]" in text


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: str(rule.code))
def test_every_page_shows_every_bound(rule: Rule) -> None:
    """Each limit that a rule compares with stands on its page with its origin."""
    text = pages.page(rule, LIMITS)
    bounds = bounds_of(LIMITS)
    for name in rule.bounds:
        assert f"  {name} = " in text
        assert bounds[name].origin in text
    assert rule.tolerant == ("--tolerant makes it a warning" in text)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: str(rule.code))
def test_every_rule_is_json(rule: Rule) -> None:
    """A rule survives the way through JSON, with its limits as plain numbers or lists."""
    document = pages.document(rule, LIMITS)
    assert document == json.loads(json.dumps(document))
    assert (rule.trust is None) == (document["fix"] is None)
    assert set(rule.bounds) == set(document["limits"])


def test_limits_in_json_are_numbers() -> None:
    """Fractions come as JSON numbers, lists as lists."""
    limits = pages.document(rule_of("VID003").rule, LIMITS)["limits"]
    assert {"value": 15.2, "basis": "enforced", "row": "V7"}.items() <= limits[
        "video.seconds_max"
    ].items()
    assert Fraction(15) == limits["video.seconds_safe_max"]["value"]
    formats = pages.document(rule_of("IMG001").rule, LIMITS)["limits"]["image.formats"]
    assert ["jpeg", "png", "webp"] == formats["value"]


def test_the_table_has_a_row_of_five_cells_for_every_rule() -> None:
    """Code, name, level, what, and the trust at which a fix happens."""
    head, rule, *rows = pages.markdown_table(ALL).splitlines()
    assert "| Code | Name | Level | What | Fix at |" == head
    assert "|---|---|---|---|---|" == rule
    assert len(ALL) == len(rows)
    assert {7} == {len(row.split("|")) for row in rows}
    assert (
        "| VID003 | clip-too-long | error | Clip runs longer than the service takes | lossy |"
        in rows
    )
    assert r"| error\* |" in next(row for row in rows if "REQ011" in row)
