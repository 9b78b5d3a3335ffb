"""The generated part of the README: the table of rules."""

from __future__ import annotations

import re
from pathlib import Path

from seedance_prep.checks import RULES
from seedance_prep.report.rules import markdown_table

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- rules:[^>]*-->\n).*?(<!-- /rules -->)", re.DOTALL)


def current() -> str:
    """The README with the table as the registry has it now."""
    table = markdown_table(judge.rule for judge in RULES)
    text = README.read_text(encoding="utf-8")
    return BLOCK.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)


def write() -> None:
    """Bring the README up to date."""
    README.write_text(current(), encoding="utf-8")
