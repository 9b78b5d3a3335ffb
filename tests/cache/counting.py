"""A program that runs the same request several times and tells what each run started and made."""

from __future__ import annotations

import json
import sys
from pathlib import Path

STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system"}
"""What Python itself tells of every new process (its audit events)."""


def main(home: Path, times: int, *names: str) -> None:
    """One line of JSON for each run."""
    started: list[str] = []
    sys.addaudithook(lambda event, _: started.append(event) if event in STARTS else None)
    from seedance_prep.cache import Cache
    from seedance_prep.cache.keys import answerer
    from seedance_prep.core.event import drain
    from seedance_prep.core.finding import Trust
    from seedance_prep.core.request import Request, parse_asset
    from seedance_prep.pipeline import Options, fixing
    from seedance_prep.report.document import report_document

    request = Request(assets=[parse_asset(name, lambda _: False) for name in names])
    with Cache(home / "cache", 100_000_000) as cache:
        for turn in range(times):
            started.clear()
            options = Options(cache=cache, allow=Trust.INVENTIVE)
            report = drain(fixing(request, home / f"out-{turn}", options))
            sums = {one.ref: one.path.read_bytes().hex()[:64] for one in report.outputs}
            document = report_document(report, "")
            for one in document["assets"]:
                one["output"]["path"] = Path(one["output"]["path"]).name
            told = {"started": len(started), "sums": sums, "document": document}
            told["answerer"] = answerer()
            sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
