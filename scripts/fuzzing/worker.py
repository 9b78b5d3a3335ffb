"""One process that checks or fixes files as it is told, a line each; it may be ended or fall.

Reads ``{"path", "out"}`` as JSON lines (``out`` is null for a check), and writes what became of
each: how deep it got, with which findings, in which time.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from scripts.survey.measured import measured
from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.media import Media
from seedance_prep.core.outcome import Report
from seedance_prep.core.plan import Action
from seedance_prep.core.request import Asset, Request
from seedance_prep.isolation import largest
from seedance_prep.probe.sniff import HEAD, id3_end, sniff

COMPANION = Path(__file__).resolve().parents[2] / "fixtures" / "photo.jpg"
STUMBLED = r"fell over it \((?!SIG)"
"""An exception that nobody foresaw: a fault of ours, even where it is held."""
MB_MAX = 1500
"""What one small file may take at most."""
OPTIONS = pipeline.Options(allow=Trust.INVENTIVE, jobs=1)


def main() -> None:
    """Until the lines end."""
    for line in sys.stdin:
        job = json.loads(line)
        started, before = time.monotonic(), _peak()
        try:
            answer = _judged(Path(job["path"]), Path(job["out"]) if job["out"] else None)
        except Exception:  # noqa: BLE001 - what fell is told, whatever it was
            answer = {"depth": "fallen", "codes": [], "wrong": [traceback.format_exc()]}
        if (peak := _peak()) > before + MB_MAX:
            answer["wrong"].append(f"took {peak:.0f} MB")
        answer |= {"seconds": time.monotonic() - started, "mb": peak}
        print(json.dumps(answer), flush=True)


def _judged(path: Path, out: Path | None) -> dict[str, Any]:
    beside = [Asset(str(COMPANION))] if out else []  # a sound alone is no request
    request = Request(assets=[Asset(str(path)), *beside])
    flow = pipeline.fixing(request, out, OPTIONS) if out else pipeline.checking(request, OPTIONS)
    report = drain(flow)
    asset = report.assets[0]
    found = sorted({one.code for one in report.findings if one.ref == asset.ref})
    says = asset.problem.says if asset.problem else ""
    answer: dict[str, Any] = {"depth": _depth(asset, path), "codes": found, "wrong": []}
    if says.startswith("cannot be read: the reader"):
        answer["contained"] = says
        answer["wrong"] += [says] if re.search(STUMBLED, says) else []
    return answer | (_outputs(report, path, out) if out else {})


def _depth(asset: Media, path: Path) -> str:
    """How far into the file a reader got, in words of ``counts.DEPTHS``."""
    if asset.facts is not None:
        return "facts"
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(id3_end(head))
        known = sniff(head, file.read(HEAD))
    return "first bytes" if known is None or known.fault else "headers"


def _outputs(report: Report, path: Path, out: Path) -> dict[str, Any]:
    made = [one for one in report.outputs if one.media.source == str(path)]
    wrong = [what for one in made for what in measured(one.path, one.action is Action.UNTOUCHED)]
    left = {one.name for one in out.iterdir()} - {one.path.name for one in report.outputs}
    errors = [one for one in report.findings if one.level is Level.ERROR]
    if not made and not errors:
        wrong.append("neither an output nor an error")
    wrong += [f"left {name}" for name in sorted(left)]
    return {"wrong": wrong, "made": len(made)} | ({"depth": "decoded"} if made else {})


def _peak() -> float:
    """Megabytes that this process, a fork of it or a child has ever held."""
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    here = max(resource.getrusage(kind).ru_maxrss for kind in kinds) << 10
    return max(here, largest()) / 1e6


if __name__ == "__main__":
    main()
