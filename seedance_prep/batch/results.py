"""What a batch tells: a JSON object a line in order of finishing, and a summary."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..report.text import shown
from .line import Action, Line, Outcome, State

NOTHING = Decimal(0)
REASONS = 1000
"""Different reasons that are counted: each line may have its own."""
TOLD = 5
"""Reasons that the summary tells."""
UNTOLD = frozenset({State.OK, State.SAME, State.FINDINGS, State.UNPAID})
"""What needs no reason beside its count."""


def record(line: Line, outcome: Outcome, kept: bool) -> dict[str, Any]:
    """A line's result; what it does not have is absent."""
    error = {"message": outcome.message, "kind": outcome.kind, "status": _status(outcome)}
    return {
        "type": "line",
        "line": line.number,
        "id": line.folder,
        "state": outcome.state.value,
        "ok": not outcome.bad,
        "kept": kept,
        **({"error": error} if outcome.message and outcome.bad else {}),
        **outcome.sent,
        **({"report": dict(outcome.document)} if outcome.document else {}),
    }


@dataclass
class Tally:
    """Counts of what became of the lines."""

    action: Action
    total: int | None = None
    """Lines of the manifest, where they could be counted."""
    clock: Callable[[], float] = time.monotonic
    states: Counter[State] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """Why lines came to nothing besides findings; so many different ones at most."""
    kept: int = 0
    low: Decimal = NOTHING
    high: Decimal = NOTHING
    """Spent by this run, at least and at most."""
    worst: int = 0
    """Exit status."""

    def __post_init__(self) -> None:
        """Time runs."""
        self._began = self.clock()
        self._prices: dict[int, Decimal] = {}
        self._twins: Counter[int] = Counter()
        self._again = NOTHING

    @property
    def done(self) -> int:
        """Lines that have come to their end."""
        return self.states.total()

    @property
    def bad(self) -> int:
        """Lines that did not come to what was asked for."""
        return self.done - self.states[State.OK] - self.states[State.SAME]

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self.clock() - self._began

    @property
    def rate(self) -> float:
        """Lines a second that were worked on."""
        return (self.done - self.kept) / max(self.seconds, 1e-6)

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take at this rate."""
        if self.total is None or self.rate <= 0:
            return None
        return max(0, self.total - self.done) / self.rate

    def count(self, line: Line, outcome: Outcome, kept: bool) -> None:
        """Take one line's end."""
        self.states[outcome.state] += 1
        self.codes.update(outcome.codes)
        self.kept += kept
        self.worst = worst(self.worst, _status(outcome))
        says = outcome.message or ""
        if outcome.state not in UNTOLD and (says in self.reasons or len(self.reasons) < REASONS):
            self.reasons[says] += 1
        if outcome.state is State.SAME:
            self._twins[outcome.sent["same_as"]] += 1
        elif outcome.sent.get("run") and outcome.sent.get("charged") is not False:
            self._spend(line, outcome, kept)

    @property
    def saved(self) -> Decimal:
        """What was paid before or for another line, and not again."""
        twins = (self._prices.get(first, NOTHING) * n for first, n in self._twins.items())
        return sum(twins, self._again)

    def document(self, halted: Outcome | None) -> dict[str, Any]:
        """The last object of the results."""
        return {
            "type": "summary",
            "action": self.action.value,
            "lines": self.done,
            "states": {state.value: self.states[state] for state in State if self.states[state]},
            "findings": dict(self.codes.most_common()),
            "kept": self.kept,
            "spent": {"currency": "USD", "low": float(self.low), "high": float(self.high)},
            "saved": {"currency": "USD", "high": float(self.saved)},
            "seconds": round(self.seconds, 3),
            "halted": halted.message if halted else None,
        }

    def _spend(self, line: Line, outcome: Outcome, kept: bool) -> None:
        high = outcome.high or NOTHING
        self._prices[line.number] = high
        if kept:
            self._again += high
        else:
            self.low, self.high = self.low + (outcome.low or NOTHING), self.high + high


def worst(one: int, other: int) -> int:
    """The exit status that matters more: what is unknown, then the machine, then the service."""
    order = (5, 3, 4, 1, 0)
    return min(one, other, key=order.index)


def _status(outcome: Outcome) -> int:
    if outcome.state in {State.OK, State.SAME}:
        return 0
    if outcome.state is State.UNCERTAIN:
        return 5
    return outcome.status if outcome.state is State.FAILED and outcome.status in {3, 4, 5} else 1


def summary(tally: Tally, names: Mapping[str, str], halted: Outcome | None) -> str:
    """For people. ``names`` are the words of codes."""
    words = {
        State.OK: "ready" if tally.action is Action.FIX else "comply",
        State.FINDINGS: "with errors",
        State.INVALID: "no request",
        State.FAILED: "failed",
        State.UNCERTAIN: "uncertain",
        State.UNPAID: "not sent, for their price",
        State.SAME: "the same as another",
    }
    if tally.action.sends:
        words[State.OK] = "uploaded" if tally.action is Action.UPLOAD else "with a video"
    counts = [f"{tally.states[state]:,} {words[state]}" for state in State if tally.states[state]]
    head = _lines(tally.done) + (f": {', '.join(counts)}" if counts else "")
    known = f" ({_lines(tally.kept)} done before)" if tally.kept else ""
    rows = [
        f"  {code} {names.get(code, ''):32} {_lines(count):>14}"
        for code, count in tally.codes.most_common()
    ]
    rows += [
        f"  {_cut(shown(says), 60)}: {_lines(count)}"
        for says, count in tally.reasons.most_common(TOLD)
    ]
    money = _money(tally)
    time = f"{tally.seconds:,.1f} s" + (f", {tally.rate:,.1f} lines/s" if tally.rate > 0 else "")
    stop = [f"stopped: {halted.message}"] if halted else []
    return "\n".join([head + known, *rows, *money, time, *stop])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"


def _money(tally: Tally) -> list[str]:
    said = []
    if tally.high:
        said.append(f"spent ${tally.low:.2f} to ${tally.high:.2f}")
    if tally.saved:
        said.append(f"paid before, and not again: up to ${tally.saved:.2f}")
    return said
