"""A caller that is put to sleep by the server that it asks; run as a program: BASE HOME WHAT."""

from __future__ import annotations

import sys
from pathlib import Path

from seedance_prep.core.service import at
from seedance_prep.patience import Retry, Timeouts
from seedance_prep.submit.fal import FalQueue, Pace
from seedance_prep.submit.ledger import open_ledger
from seedance_prep.submit.once import submit_once
from seedance_prep.wire import Wire

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"


def main(base: str, home: str, what: str) -> None:
    """Submit, or follow a job, with little patience; say what came of it."""
    pace = Pace(first=0.01, longest=0.02, silence=0.2, patience=0.6)
    quick = Timeouts(connect=2, read=30, total=0.2)
    with Wire(service=at(base), timeouts=quick, retry=Retry(attempts=1)) as wire:
        queue = FalQueue(wire=wire, pace=pace)
        if what == "submit":
            ledger = open_ledger(Path(home))
            run = ledger.begin(endpoint=ENDPOINT, service="x", base=base, request={})
            said = submit_once(queue, ledger, run, ENDPOINT, {"prompt": "p"}).request_id
        else:
            said = [one.state for one in queue.watch(queue.handle(ENDPOINT, "abc"))][-1]
    sys.stdout.write(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
