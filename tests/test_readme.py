"""The README says what is true."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.readme import current
from seedance_prep.cli import COMMANDS
from seedance_prep.core.finding import Trust

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_rules_table_is_current() -> None:
    """The table of rules is the registry's own (`scripts/make-rules-table` writes it)."""
    assert current() == README


def test_every_trust_is_explained() -> None:
    """Each step of trust stands in the table of what a fix may do."""
    for trust in Trust:
        assert f"| `{trust.label}`" in README


def test_commands_it_names_exist() -> None:
    """Each `seedance-prep COMMAND` and each script that it names is there."""
    for command in re.findall(r"seedance-prep ([a-z]+)", README):
        assert command in COMMANDS
    for script in re.findall(r"scripts/([a-z-]+)", README):
        assert (ROOT / "scripts" / script).is_file()


def test_no_placeholder_is_left() -> None:
    """Nothing is left to be filled in."""
    assert "@@" not in README
