"""Manifests of fixtures, and batches run as a program would."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedance_prep.batch.line import Outcome
from seedance_prep.batch.results import Tally
from seedance_prep.batch.run import Batch, run
from seedance_prep.client import Client


def manifest(path: Path, lines: Iterable[dict[str, Any] | str]) -> Path:
    """Lines of JSON, or text as it is."""
    texts = (one if isinstance(one, str) else json.dumps(one) for one in lines)
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


@dataclass
class Seen:
    """What a batch told."""

    tally: Tally
    halted: Outcome | None
    lines: list[dict[str, Any]] = field(default_factory=list)

    def of(self, number: int) -> dict[str, Any]:
        """The result of a line."""
        (found,) = (one for one in self.lines if one["line"] == number)
        return found

    @property
    def states(self) -> dict[int, str]:
        """What became of each line."""
        return {one["line"]: one["state"] for one in self.lines}


def done(batch: Batch, client: Client | None = None) -> Seen:
    """Run it and hear all that it tells."""
    said: list[dict[str, Any]] = []
    tally, halted = run(batch, said.append, lambda _: None, client)
    told = json.loads(json.dumps(said))
    return Seen(tally, halted, [one for one in told if one["type"] == "line"])
