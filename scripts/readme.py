"""The generated parts of the README: the table of rules, and that of faults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from seedance_prep.checks import RULES
from seedance_prep.report.rules import markdown_table

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
GRID = ROOT / "tests" / "client" / "faults.txt"
STEPS = {
    "token": "token for parts",
    "initiate": "place for a file",
    "begin": "begin of parts",
    "upload": "a part, a file",
    "complete": "parts joined",
    "submit": "**submit**",
    "listing": "look-up of a lost submit",
    "stream": "events",
    "status": "status, without events",
    "result": "result",
    "cancel": "cancel",
    "media": "video",
    "keys": "webhook keys",
}
"""Places of ``faults.txt`` in words."""


def current() -> str:
    """The README with the tables as registry and tests have them now."""
    rules = markdown_table(judge.rule for judge in RULES)
    text = _with("rules", rules, README.read_text(encoding="utf-8"))
    return _with("faults", "\n".join(_faults()), text)


def _with(name: str, table: str, text: str) -> str:
    block = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return block.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)


def _faults() -> Iterator[str]:
    """Steps down, faults across; faults that end alike share a column."""
    lines = [line.split() for line in filter(None, GRID.read_text(encoding="utf-8").splitlines())]
    places, *kinds = (line for line in lines if len(line) > 2)
    alone = [line for line in lines if len(line) == 2]
    kinds.sort(key=lambda line: (line[1:], line))
    columns = [(names, cells) for cells, names in _alike(kinds)]
    yield f"| | {' | '.join(', '.join(names) for names, _ in columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for row, place in enumerate(places[1:]):
        yield f"| {STEPS[place]} | {' | '.join(cells[row] for _, cells in columns)} |"
    told = (f"{', '.join(names)}: {cells[0]}" for cells, names in _alike(sorted(alone, key=_end)))
    cells = 2 * (len(kinds) * (len(places) - 1) + len(alone))
    yield f"\nOf one step only: {'; '.join(told)}. {cells} cases in all."


def _end(line: list[str]) -> str:
    return line[1]


def _alike(lines: list[list[str]]) -> Iterator[tuple[list[str], list[str]]]:
    """Lines with the same cells, and their names as they are given to ``--fault``."""
    for cells, group in groupby(lines, key=lambda line: line[1:]):
        yield cells, [line[0].replace("_", "-") for line in group]


def write() -> None:
    """Bring the README up to date."""
    README.write_text(current(), encoding="utf-8")
