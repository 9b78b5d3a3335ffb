"""What leaves this machine: each line once, as many at a time as the service takes, within a sum.

Whether a line was sent is asked of the ledger alone, by the line's name: a run that may have been
paid is followed and never sent again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.event import Event, EventType, drain
from ..core.job import State as Standing
from ..core.job import Terms
from ..core.outcome import Ready
from ..core.run import Run
from ..errors import (
    JobFailedError,
    MachineError,
    PrepError,
    RefusedError,
    StoppedError,
    TwiceError,
    UncertainError,
    UnreachableError,
)
from ..hashing import digest
from ..submit.access import LOCAL
from .line import Action, Outcome, State
from .work import Task, failed

if TYPE_CHECKING:
    from ..client import Client, Job, Result

FIRST = 4
"""Jobs at a time to begin with; each that is taken allows one more, a 429 halves them."""
MOST = 40
"""As many as fal runs at a time for an account of its own (FAL.md section 5)."""
LEAST_WAIT = 1.0
"""Seconds after a 429 that asks for none; they double while it goes on."""
LONGEST_WAIT = 60.0
TOO_MANY = 429
SHUT_OUT = frozenset({401, 403})
"""Statuses that every other line would get, too: the key, the account."""
OPEN = frozenset({Standing.SUBMITTING, Standing.SUBMITTED, Standing.UNCERTAIN})
VIDEO = "output.mp4"


@dataclass(frozen=True, slots=True)
class Later:
    """The service takes no more now: the line's turn comes again."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """What keeps every other line from being sent, too."""

    outcome: Outcome


@dataclass
class Purse:
    """How much may be spent, and what is."""

    most: Decimal | None
    spent: Decimal = Decimal(0)
    """At most, by the prices of what was sent or is about to be."""

    def take(self, amount: Decimal | None) -> bool:
        """Whether that much is left; it is taken then. What has no price is not taken at all."""
        if self.most is not None and (amount is None or self.spent + amount > self.most):
            return False
        self.spent += amount or 0
        return True

    def may(self, amount: Decimal | None) -> bool:
        """Whether it is worth the work: whether that much is left now."""
        return self.most is None or amount is None or self.spent + amount <= self.most

    def give_back(self, amount: Decimal | None) -> None:
        """It was not charged after all."""
        self.spent -= amount or 0


@dataclass
class Pace:
    """How many are under way at a time, and when the next may begin. Safe with threads."""

    gap: float = 0.0
    """Seconds between two."""
    limit: int = FIRST
    opens: float = 0.0
    _wait: float = LEAST_WAIT
    _shut: bool = False
    """Whether a 429 was the last word."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def began(self) -> None:
        """One begins now."""
        with self._lock:
            self.opens = max(self.opens, time.monotonic() + self.gap)

    def taken(self) -> None:
        """The service took one."""
        with self._lock:
            self.limit, self._wait, self._shut = min(MOST, self.limit + 1), LEAST_WAIT, False

    def refused(self, seconds: float) -> float:
        """The service had too many; gives the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            if now < self.opens and self._shut:  # one of several that were sent together
                self.opens = max(self.opens, now + seconds)
                return self.opens - now
            wait = max(seconds, self._wait)
            self.limit = max(1, self.limit // 2)
            self._wait, self._shut = min(LONGEST_WAIT, 2 * self._wait), True
            self.opens = now + wait
            return wait


class Claims:
    """Files that are on their way: who needs the same one waits for it, and finds it sent."""

    def __init__(self) -> None:
        """None is."""
        self._lock = threading.Lock()
        self._held: dict[str, threading.Event] = {}

    @contextmanager
    def on(self, digests: Iterable[str]) -> Iterator[None]:
        """Hold those that nobody holds, and wait for the others.

        All are claimed at once, so whoever waits, waits for somebody earlier: never in a ring.
        """
        mine = threading.Event()
        with self._lock:
            others = [self._held[one] for one in digests if one in self._held]
            ours = [one for one in digests if one not in self._held]
            self._held |= dict.fromkeys(ours, mine)
        try:
            for other in others:
                other.wait()
            yield
        finally:
            with self._lock:
                for one in ours:
                    self._held.pop(one, None)
            mine.set()


class Sender:
    """Sends the lines of one batch. Its calls block, and are made from several threads."""

    def __init__(
        self, client: Client, batch: str, action: Action, *, most: Decimal | None, gap: float
    ) -> None:
        """``batch`` is its name in the ledger; ``most`` is in USD, ``gap`` in seconds."""
        self.client = client
        self.action = action
        self.pace = Pace(gap)
        self._batch = batch
        self._claims = Claims()
        self._base = client.base()
        self.purse = Purse(most, self._spent())

    def known(self, line: str, paths: Sequence[Path]) -> Run | None:
        """The run that stands for a line: one that was, or may have been, paid for.

        One that was made of other files than lie at ``paths`` now stands for nothing any more.
        """
        runs = self.client.ledger.of_line(f"{self._batch}:{line}")
        mine = [run for run in runs if self._counts(run)]
        if mine and all(path.is_file() for path in paths):
            now = {digest(path) for path in paths}
            mine = [run for run in mine if _sources(run) <= now]
        ended = [run for run in mine if run.state is Standing.FINISHED]
        pending = [run for run in mine if run.state in OPEN]
        return next(iter([*ended, *pending, *mine]), None)

    def send(self, line: str, ready: Ready, task: Task) -> Outcome | Later | Halt:
        """Upload, or the whole of a paid job."""
        return self._named(line, self._guarded(lambda: self._sent(line, ready, task)))

    def follow(self, line: str, run: Run, task: Task) -> Outcome | Later | Halt:
        """Take up what was sent before."""
        return self._named(line, self._guarded(lambda: self._followed(run, task)))

    def _named(self, line: str, came: Outcome | Later | Halt) -> Outcome | Later | Halt:
        """With the run of a line that failed, and what it may have cost."""
        if not isinstance(came, Outcome) or came.state is State.OK:
            return came
        latest = next(iter(self.client.ledger.of_line(f"{self._batch}:{line}")), None)
        if latest is None or latest.sent_at is None:
            return came
        sent = {"run": latest.id, "charged": latest.charged}
        return replace(came, sent=sent, low=latest.low, high=latest.high)

    def _sent(self, line: str, ready: Ready, task: Task) -> Outcome:
        digests = list(dict.fromkeys(one.sha256 for one in ready.outputs))
        if self.action is Action.UPLOAD:
            with self._claims.on(digests):
                arguments = self.client.upload(ready)
            self.pace.taken()
            return Outcome(state=State.OK, sent={"arguments": arguments})
        with self._claims.on(digests):
            job = self._submitted(line, ready)
        result = self.client.finish(job, task.out / VIDEO)
        assert job.run is not None
        return _finished(self.client.ledger.run(job.run), result, task)

    def _submitted(self, line: str, ready: Ready) -> Job:
        """Send it; the very same request of another line of this batch is no hindrance."""
        terms = Terms(line=f"{self._batch}:{line}")
        try:
            return drain(self.client.submitting(ready, terms=terms), self._told)
        except TwiceError:
            other = self.client.earlier(ready)
            if other is None or not (other.terms.line or "").startswith(f"{self._batch}:"):
                raise
        return drain(self.client.submitting(ready, terms=replace(terms, again=True)), self._told)

    def _followed(self, run: Run, task: Task) -> Outcome:
        if run.state in {Standing.FAILED, Standing.CANCELLED}:
            bill = "was charged" if run.charged else "may have been charged"
            says = f"run {run.id} {run.state.value} ({run.error}) and {bill}; see `take`"
            return Outcome(state=State.FAILED, message=says, kind=run.kind, status=4)
        task.out.mkdir(parents=True, exist_ok=True)
        return _finished(run, self.client.resume(run.id, task.out / VIDEO), task)

    def _told(self, event: Event) -> None:
        if event.type is EventType.SUBMITTED:
            self.pace.taken()

    def _guarded(self, work: Callable[[], Outcome]) -> Outcome | Later | Halt:
        try:
            return work()
        except StoppedError:
            raise
        except JobFailedError as error:
            return failed(error)
        except RefusedError as error:
            if error.http_status == TOO_MANY and error.charged is not True:
                return Later(self.pace.refused(error.retry_after))
            shut = error.http_status in SHUT_OUT
            return Halt(outcome=failed(error)) if shut else failed(error)
        except UncertainError as error:
            return failed(error, State.UNCERTAIN)
        except (MachineError, UnreachableError) as error:
            return Halt(outcome=failed(error))
        except PrepError as error:
            return failed(error)

    def _counts(self, run: Run) -> bool:
        """Whether a run was, or may have been, paid for at this service."""
        gone = run.service == LOCAL and run.base != self._base
        return run.sent_at is not None and run.charged is not False and not gone

    def _spent(self) -> Decimal:
        runs = self.client.ledger.of_batch(self._batch)
        return sum((run.high or Decimal(0) for run in runs if self._counts(run)), Decimal(0))


def _sources(run: Run) -> set[str]:
    """Digests of the files that it was made of."""
    return {one.source_sha256 for one in run.assets if one.source_sha256}


def _finished(run: Run, result: Result, task: Task) -> Outcome:
    sent = {
        "run": run.id,
        "request_id": result.request_id,
        "path": f"{task.shown}/{VIDEO}",
        "output": dict(result.output),
    }
    return Outcome(state=State.OK, sent=sent, low=run.low, high=run.high)
