"""What became of changed files, counted so that a run can be stopped and taken up again."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

DEPTHS = {
    "first bytes": "refused by its first bytes; no decoder saw it",
    "headers": "a demuxer or decoder refused it",
    "facts": "read; judged by all rules",
    "decoded": "made, and decoded whole again",
    "fallen": "the reader fell",
}
"""How far into a file the tool got, in order."""


@dataclass
class Tally:
    """What became of all files of one verb."""

    outcomes: Counter[str] = field(default_factory=Counter)
    depths: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    contained: Counter[str] = field(default_factory=Counter)
    """Readers that fell or hit a bound, which became a finding."""
    longest: tuple[float, str] = (0.0, "")
    """Seconds, and which file."""
    largest: tuple[float, str] = (0.0, "")
    """Megabytes of one process, and which file."""

    def count(self, answer: dict[str, Any], kind: str, wrong: bool, which: str) -> None:
        """Add one file."""
        outcome = "output" if answer.get("made") else "findings" if answer["codes"] else "complies"
        self.outcomes["FAULT" if wrong else outcome] += 1
        self.depths[answer["depth"]] += 1
        self.kinds[kind] += 1
        self.codes.update(answer["codes"])
        if "contained" in answer:
            self.contained[f"{answer['contained']} ({which})"] += 1
        self.longest = max(self.longest, (round(answer["seconds"], 2), which))
        self.largest = max(self.largest, (round(answer["mb"]), which))

    def print(self) -> None:
        """For people."""
        print(f"  outcomes {dict(self.outcomes.most_common())}")
        print(f"  kinds {dict(self.kinds.most_common())}")
        print(f"  codes {dict(self.codes.most_common(12))}")
        print(f"  contained {dict(self.contained)}")
        for depth in DEPTHS:
            if number := self.depths[depth]:
                share = number / self.depths.total()
                print(f"  {number:6} {share:6.1%}  {depth}: {DEPTHS[depth]}")
        print(f"  longest {self.longest[0]:.1f} s ({self.longest[1]})")
        print(f"  largest process {self.largest[0]:.0f} MB ({self.largest[1]})")


@dataclass
class Counts:
    """All that is known of a run."""

    seed: int
    begun: int = 0
    """Files that were handed out."""
    verbs: dict[str, Tally] = field(default_factory=lambda: {"check": Tally(), "fix": Tally()})
    bad: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path | None, seed: int) -> Self:
        """What an earlier run of this seed has left, or nothing yet."""
        if path is None or not path.exists():
            return cls(seed)
        kept = json.loads(path.read_text())
        if kept["seed"] != seed:
            raise SystemExit(f"{path} counts a run of seed {kept['seed']}, not {seed}")
        verbs = {verb: _tally(known) for verb, known in kept["verbs"].items()}
        return cls(seed, kept["begun"], verbs, kept["bad"])

    def save(self, path: Path) -> None:
        """As JSON, whole or not at all."""
        new = path.with_name(path.name + ".new")
        new.write_text(json.dumps(vars(self), default=vars, indent=1))
        new.replace(path)

    def print(self) -> None:
        """For people."""
        for verb, tally in self.verbs.items():
            print(f"{verb}: {tally.outcomes.total()} files")
            tally.print()
        print(f"{len(self.bad)} faults")


def _tally(known: dict[str, Any]) -> Tally:
    counts = ("outcomes", "depths", "kinds", "codes", "contained")
    counted = {name: Counter(known.get(name, {})) for name in counts}
    most = {name: (known[name][0], known[name][1]) for name in ("longest", "largest")}
    return Tally(**counted, **most)
