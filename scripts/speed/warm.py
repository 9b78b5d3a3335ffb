"""``check`` again and again in one process, ffprobe between; prints one JSON object.

A process of its own, so that its memory is that of the package and nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from seedance_prep import Request
from seedance_prep.pipeline import check

from .ffprobe import probes
from .measure import own_peak_mb, turns


def main(pairs: int, names: list[str]) -> None:
    request = Request(assets=names)
    theirs = probes([Path(name) for name in names])
    assert theirs is not None
    check(request)
    theirs()
    record = turns(lambda: check(request), theirs, pairs)
    record["ours"]["peak_mb"] = own_peak_mb()
    print(json.dumps(record))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
