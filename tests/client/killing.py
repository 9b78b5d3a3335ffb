"""One ``generate`` that ends by SIGKILL at a named point of the ledger; run as a program.

killing.py BASE HOME PICTURE PROMPT POINT        POINT: ``before claim``, ``after finished`` …
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import seedance_prep as prep
from seedance_prep.client import Client
from seedance_prep.submit.ledger import Ledger, open_ledger

STEPS = (
    "begin", "uploading", "find_upload", "keep_upload", "placed", "claim", "submitted", "finished",
    "saved",
)  # fmt: skip
"""Every method of the ledger that one call uses, in that order."""


def ledger_that_ends(point: str) -> type[Ledger]:
    """A ledger in whose hands the process ends, at one point."""

    def step(name: str) -> Callable[..., Any]:
        plain = getattr(Ledger, name)

        def method(*args: Any, **named: Any) -> Any:
            _perhaps(point, f"before {name}")
            got = plain(*args, **named)
            _perhaps(point, f"after {name}")
            return got

        return method

    return type("Ending", (Ledger,), {name: step(name) for name in STEPS})


def _perhaps(point: str, here: str) -> None:
    if point == here:
        os.kill(os.getpid(), signal.SIGKILL)


def main(base: str, home: str, picture: str, prompt: str, point: str) -> None:
    """The whole way to a video, or as far as the point."""
    folder = Path(home)
    ledger = ledger_that_ends(point)(open_ledger(folder).path)
    request = prep.Request(
        prompt=prompt, images=[picture], resolution="480p", duration=4, aspect_ratio="1:1"
    )
    ready = prep.fix(request, folder / "ready")
    with Client(base, ledger=ledger) as client:
        client.generate(ready, download=folder / "out.mp4")


if __name__ == "__main__":
    main(*sys.argv[1:])
