"""The work of ``scripts/corpus``: fix each file, then hold the output against the limits anew."""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.outcome import Output
from seedance_prep.core.plan import Action
from seedance_prep.core.request import Asset, Request

from . import sheets
from .measured import measured

KINDS = ("video", "image", "audio")


@dataclass(frozen=True)
class Row:
    """What became of one file."""

    name: str
    outcome: str
    """``ok``, ``left`` (errors are left), ``WRONG`` (an output breaks a limit) or ``CRASH``."""
    detail: str
    seconds: float
    made: Output | None = None


def main() -> int:
    """Run over every file of the folder's kinds; 1 when an output is wrong or a run crashed."""
    options = _options()
    files = sorted(
        path
        for kind in options.kinds
        for path in (options.folder / kind).glob("*")
        if options.only in path.name
    )
    with tempfile.TemporaryDirectory() as scratch:
        companion = Path(scratch) / "companion.png"
        Image.new("RGB", (512, 512), (90, 120, 150)).save(companion)
        out = options.out or Path(scratch)
        with ThreadPoolExecutor(2) as pool:
            jobs = {path: pool.submit(_row, path, companion, out, options) for path in files}
            rows: list[Row] = []
            for path, job in jobs.items():
                error = job.exception()
                crash = Row(_name(path), "CRASH", f"{type(error).__name__}: {error}", 0.0)
                rows.append(crash if error else job.result())
                print(_line(rows[-1]), flush=True)
        if options.sheets:
            sheets.draw([row.made for row in rows if row.made], options.sheets)
    counts = Counter(row.outcome for row in rows)
    actions = Counter(row.made.action.value for row in rows if row.made and row.outcome == "ok")
    print(f"{len(rows)} files, allow {options.allow}, mend {options.mend}s: {dict(counts)}")
    print(f"outputs that comply, by action: {dict(actions)}")
    return 1 if counts["WRONG"] or counts["CRASH"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/corpus")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--allow", default="lossy", choices=[trust.label for trust in Trust])
    parser.add_argument("--mend", default="error", choices=["error", "warning"])
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--sheets", type=Path, help="draw before and after into a folder")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", default="")
    return parser.parse_args()


def _line(row: Row) -> str:
    return f"{row.outcome:6} {row.seconds:6.1f} s  {row.name}  {row.detail}"


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _row(path: Path, companion: Path, out: Path, options: argparse.Namespace) -> Row:
    start, before = time.monotonic(), _digest(path)
    row = _fixed(path, companion, out / _name(path).replace("/", "_"), options)
    if before != _digest(path):
        row = replace(row, outcome="WRONG", detail="the source was changed")
    return replace(row, seconds=time.monotonic() - start)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fixed(path: Path, companion: Path, out: Path, chosen: argparse.Namespace) -> Row:
    beside = [Asset(str(companion))] if path.parent.name == "audio" else []
    request = Request(assets=[Asset(str(path)), *beside])
    allow, mend = Trust[chosen.allow.upper()], Level(chosen.mend)
    options = pipeline.Options(allow=allow, mend=mend, jobs=1)
    report = drain(pipeline.fixing(request, out, options))
    made = next((one for one in report.outputs if one.media.source == str(path)), None)
    wrong = measured(made.path, made.action is Action.UNTOUCHED) if made else []
    if wrong:
        return Row(_name(path), "WRONG", "; ".join(wrong), 0.0, made)
    errors = [one for one in report.findings if one.level.rank <= mend.rank]
    if errors:
        says = "; ".join(f"{one.code} {one.name}: {one.message}" for one in errors)
        return Row(_name(path), "left", says, 0.0, made)
    assert made is not None
    return Row(_name(path), "ok", f"{made.action.value}: {', '.join(made.operations)}", 0.0, made)


if __name__ == "__main__":
    raise SystemExit(main())
