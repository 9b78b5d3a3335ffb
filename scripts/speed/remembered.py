"""What a request costs that the cache knows: one picture and one clip, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seedance_prep.cache import Cache
from seedance_prep.core.event import drain
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Request
from seedance_prep.pipeline import Options, checking, fixing

from .measure import spent, summary
from .video import Settings

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
REST = 2.1
"""Seconds after which what was just written is trusted by its stamp."""
AT_MOST = 0.005


def cached_request(settings: Settings) -> Iterator[dict[str, Any]]:
    """``check`` and ``fix`` again, when all of it is known, against the first time."""
    request = Request(assets=[FIXTURES / "beach.heic", FIXTURES / "phone.mov"])
    with Cache(settings.folder / "cache", 10**9) as cache:
        options = Options(cache=cache)
        works: dict[str, Callable[[], Report]] = {
            "check": lambda: drain(checking(request, options)),
            "fix": lambda: drain(fixing(request, settings.folder / "ready", options)),
        }
        first = {name: spent(work) for name, work in works.items()}
        time.sleep(REST)
        for name, work in works.items():
            work()
            known = summary([spent(work) for _ in range(settings.pairs * 10)])
            yield {
                "case": f"cached-{name}",
                "seconds_at_most": AT_MOST,
                "ours": known | {"all": []},
                "theirs": summary([first[name]]),
            }


CASES = {"cached-request": cached_request}
