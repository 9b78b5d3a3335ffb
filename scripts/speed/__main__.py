"""``scripts/bench [CASE…] [--pairs N] [--work DIR] [--ladder]``.

One JSON object a line on stdout, a table on stderr. Times are medians of pairs that take turns.
Processor seconds beside them are what to trust on a busy machine, and what targets are held
against ("of CPU" beside "target"). Everything takes some 30 minutes on two cores, half of it for
``fix`` and ``decode``; clips (1 GB, two hours among them) are made once and kept with ``--work``.
Name the cases that you want, or take fewer ``--pairs``. Memory is the largest sum of
resident sets of a command and its children, in a run of its own (warm check: the process itself).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import batches, remembered
from .cases import CASES as OTHERS
from .cases import Settings

CASES = OTHERS | batches.CASES | remembered.CASES


def main() -> None:
    chosen = arguments()
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        place = chosen.work or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        settings = Settings(chosen.pairs, place, chosen.ladder)
        for name in chosen.cases or CASES:
            for record in CASES[name](settings):
                print(json.dumps(record), flush=True)
                records.append(record)
    print("\n".join(table(records)), file=sys.stderr)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--pairs", type=int, default=5, help="turns of each side (default 5)")
    parser.add_argument("--work", type=Path, help="keep the made clips here for the next run")
    parser.add_argument("--ladder", action="store_true", help="the hand-written command at 5 CRFs")
    chosen = parser.parse_args()
    if unknown := set(chosen.cases) - set(CASES):
        parser.error(f"no case is called {', '.join(sorted(unknown))}")
    return chosen


def table(records: list[dict[str, Any]]) -> list[str]:
    head = (
        "case",
        "ours",
        "theirs",
        "ours/theirs",
        "of CPU",
        "target",
        "memory MB",
        "bytes",
        "VMAF 1080",
        "VMAF 720",
    )
    rows = [head, *(row(record) for record in records)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in rows]  # fmt: skip


def row(record: dict[str, Any]) -> tuple[str, ...]:
    if "skipped" in record:
        return (record["case"], f"skipped: {record['skipped']}", *[""] * 8)
    ours, theirs = record["ours"], record["theirs"]
    both = (f"{_cell(ours.get(key))} / {_cell(theirs.get(key))}" if key in ours else ""
            for key in ("bytes", "vmaf_1080", "vmaf_720"))  # fmt: skip
    memory = f"{_cell(ours.get('peak_mb'))} / {_cell(theirs.get('peak_mb'))}"
    ratio = f"{ours['seconds'] / theirs['seconds']:.2f}"
    cpu = f"{ours['cpu_seconds'] / theirs['cpu_seconds']:.2f}"
    return (record["case"], f"{ours['seconds']:.3f} s", f"{theirs['seconds']:.3f} s", ratio, cpu,
            target(record), memory, *both)  # fmt: skip


def target(record: dict[str, Any]) -> str:
    """What was aimed at, and ``!`` where it was missed."""
    ours, theirs = record["ours"], record["theirs"]
    aims = {
        "at_most": (ours["cpu_seconds"] / theirs["cpu_seconds"], "<= {:g}"),
        "clock_at_most": (ours["seconds"] / theirs["seconds"], "<= {:g} by the clock"),
        "seconds_at_most": (ours["seconds"], "<= {:g} s"),
        "more_at_most": (record.get("more_seconds"), "<= {:g} s more"),
        "mb_at_most": (ours.get("peak_mb"), "<= {:g} MB"),
        "each_ms_at_most": (record.get("each_ms"), "<= {:g} ms each"),
    }
    for name, (found, text) in aims.items():
        if name in record and found is not None:
            return text.format(record[name]) + (" !" if found > record[name] else "")
    return ""


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:,}"


if __name__ == "__main__":
    main()
