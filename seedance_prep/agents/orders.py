"""Paid runs in the background: each is in the ledger before its files are made.

A server that is killed leaves its runs there; the next one takes up those that may be paid for.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from ..choices import Options
from ..client import Client
from ..core.event import drain
from ..core.job import State, Terms
from ..core.outcome import Ready, Report, UnfixableError
from ..core.request import Request
from ..core.run import Run
from ..errors import MachineError, PrepError, StoppedError, TwiceError, kind_of
from ..patience import pause
from ..pipeline import fixing
from ..submit.ledger import UNENDED, UNSENT
from ..telemetry import carried
from .works import Hold, Meter

AT_ONCE = 32
"""Runs that are followed at a time; most of them wait for the service."""
VIDEO = "video.mp4"
GRACE = timedelta(seconds=30)
"""After so long a run that another process sends is looked for in the service's own list."""
PATIENCE = 15.0
"""Seconds that a cancellation waits for its run to stop."""
TICK = 0.1


@dataclass(slots=True, kw_only=True)
class Order:
    """A run that this process works on."""

    run: str
    target: Path
    """Where its video goes; what is made for it lies beside."""
    hold: Hold = field(default_factory=Hold)
    meter: Meter = field(default_factory=Meter)
    report: Report | None = None
    """Of the fix, once it is done."""
    instead: str | None = None
    """The run that the very same request was sent as before."""
    error: str | None = None
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a run may cost, and whether it may be the second of its kind."""

    most: str | None
    """USD; ``None`` is refused before a run is opened."""
    again: bool = False


class Orders:
    """Starts, follows and cancels them."""

    def __init__(self, client: Client, on_fixed: Callable[[str, Report], object]) -> None:
        """``on_fixed`` hears of the files of each run as soon as they are there."""
        self.client = client
        self._on_fixed = on_fixed
        self._orders: dict[str, Order] = {}
        self._asked: dict[str, str] = {}
        self._lock = threading.Lock()
        self._making = threading.Semaphore(1)  # one fix at a time has all processors
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="seedance-agents")

    def of(self, run: str) -> Order | None:
        """The order of a run, if this process has it."""
        return self._orders.get(run)

    def known(self, asking: str) -> str | None:
        """The run of the very same asking, unless that came to nothing."""
        run = self._asked.get(asking)
        if run is None:
            return None
        lost = {State.FAILED, State.CANCELLED}
        return None if self.client.ledger.run(run).state in lost else run

    def start(
        self,
        asking: str,
        report: Report,
        options: Options,
        terms: Budget,
        place: Callable[[str], Path],
    ) -> str:
        """Open a run of what was checked, and go on with it in the background; gives its id.

        Of two askings that are the same, also at the same time, the second gets the first's run.
        ``place`` makes its folder. Raises ``MachineError`` when it cannot be written down.
        """
        with self._lock:
            run = None if terms.again else self.known(asking)
            if run is None:
                run = self._opened(report, options, terms, place)
                self._asked[asking] = run
            return run

    def _opened(
        self, report: Report, options: Options, terms: Budget, place: Callable[[str], Path]
    ) -> str:
        ledger = self.client.ledger
        run = self.client.open_run(report)
        try:
            order = Order(run=run, target=place(run) / VIDEO)
            ledger.saving(run, order.target)
        except PrepError as error:
            ledger.ended(run, State.FAILED, str(error), kind=kind_of(error), charged=False)
            raise
        self._begun(order, partial(self._made, order, report.request, options, terms))
        return run

    def follow(self, row: Run) -> Order | None:
        """Take up a run of another process, if it may have been paid for; ``None`` if not.

        Nothing is sent a second time.
        """
        with self._lock:
            found = self._orders.get(row.id)
            alive = found is not None and found.error is None
            if alive or row.target is None or not _open(row):
                return found
            order = Order(run=row.id, target=Path(row.target))
            return self._begun(order, partial(self._resumed, order))

    def cancel(self, run: str) -> str:
        """End a run; what came of it, in one sentence."""
        order = self.of(run)
        if order is not None and self.client.ledger.run(run).state in UNSENT:
            order.hold.end()
            order.done.wait(PATIENCE)
        row = self.client.ledger.run(run)
        if row.state in UNSENT or (row.state is State.CANCELLED and row.sent_at is None):
            return f"run {run} was stopped before anything was sent; nothing was charged"
        if order is not None and order.error:
            self.follow(row)
        with Client.of_run(run, ledger=self.client.ledger) as client:
            return client.cancel(run)

    def close(self) -> None:
        """Stop all: what was sent stays in the ledger, what was not is not sent any more."""
        for order in tuple(self._orders.values()):
            order.hold.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begun(self, order: Order, work: Callable[[], None]) -> Order:
        self._orders[order.run] = order
        future = self._threads.submit(carried(order.hold.run), work)
        future.add_done_callback(partial(self._ended, order))
        return order

    def _made(self, order: Order, request: Request, options: Options, terms: Budget) -> None:
        """Fix, upload, submit once, wait, save."""
        ready = self._ready(order, request, options)
        self.client.allowed(ready, terms.most)
        if not terms.again:
            self._need_first(order, ready)
        job = drain(
            self.client.submitting(
                ready, max_cost=terms.most, terms=Terms(again=terms.again), run=order.run
            ),
            order.meter,
        )
        self.client.finish(job, order.target, on_event=order.meter)

    def _ready(self, order: Order, request: Request, options: Options) -> Ready:
        while not self._making.acquire(timeout=TICK):
            pause(0)
        try:
            pause(0)
            order.report = drain(fixing(request, order.target.parent, options), order.meter)
        finally:
            self._making.release()
        pause(0)  # who was stopped meanwhile has no files that comply
        if not isinstance(order.report, Ready):
            raise UnfixableError(order.report)
        self._on_fixed(order.run, order.report)
        return order.report

    def _need_first(self, order: Order, ready: Ready) -> None:
        earlier = self.client.earlier(ready)
        if earlier is None:
            return
        order.instead = earlier.id
        raise TwiceError(
            f"the very same request was sent before as run {earlier.id} ({earlier.state.value}), so"
            f" nothing was sent now and nothing charged: run_status of {earlier.id} gives its"
            " video, submit_again pays once more"
        )

    def _resumed(self, order: Order) -> None:
        with Client.of_run(order.run, ledger=self.client.ledger) as client:
            order.target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            client.resume(order.run, order.target, on_event=order.meter)

    def _ended(self, order: Order, future: Future[None]) -> None:
        """Write down why a run came to nothing; what was sent is written down already."""
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or error is not None:
            known = error is None or isinstance(error, PrepError | OSError)
            order.error = str(error or "stopped") if known else f"{type(error).__name__} (a bug)"
            with suppress(MachineError):
                self._note(order, error)
        order.done.set()

    def _note(self, order: Order, error: BaseException | None) -> None:
        ledger = self.client.ledger
        if ledger.run(order.run).state not in UNSENT:
            return
        stopped = order.hold.stop.is_set() or error is None or isinstance(error, StoppedError)
        said = "stopped before anything was sent" if stopped else order.error or ""
        if stopped and order.target.parent.name == order.run:  # a folder of its own
            shutil.rmtree(order.target.parent, ignore_errors=True)
        ledger.ended(
            order.run,
            State.CANCELLED if stopped else State.FAILED,
            said,
            kind="stopped" if stopped or error is None else kind_of(error),
            charged=False,
        )


def _open(row: Run) -> bool:
    """Whether a run may still end well: its job goes on, or its video was not fetched."""
    if row.state is State.SUBMITTING:
        return datetime.now(UTC) - row.updated > GRACE
    return row.state in UNENDED or (row.state is State.FINISHED and row.saved is None)
