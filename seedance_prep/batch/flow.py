"""The lines of a batch on their way: bounded in number, each a stage at a time.

One thread reads the manifest, decides who goes next, and writes down what came of it; the work is
done elsewhere (:mod:`seedance_prep.executors`, and threads that send). What ends this at any point
leaves a journal to go on from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from ..core.job import State as Standing
from ..core.request import Request
from ..errors import MachineError, StoppedError, UsageError
from ..executors import Crew
from ..patience import Stop, stopping
from . import places, work
from .job import Job, Wishes, call_of, joined
from .journal import Journal, Place
from .lanes import Lane, Memory, Name, free_memory
from .line import Action, Line, Outcome, State
from .sender import MOST, Halt, Later, Sender
from .work import Fixed, Probed, Task

WINDOW = 256
"""Lines that are on their way at most: what keeps the memory flat."""
STRIKES = 3
"""Workers that a line may take along before it is given up; lines at which the machine may fail."""
WRITTEN = 0.5
"""Seconds after which the journal is written, at the latest."""
FRESH = 5 * 86_400.0
"""Seconds in which what was uploaded is there: a week at fal, less what a batch may take."""
UNPAID = Outcome(
    state=State.UNPAID,
    message="it may cost more than is left of --max-cost",
    kind="cost",
    status=1,
)
FINAL = frozenset({State.OK, State.FINDINGS})
"""What is not tried again by the next run."""

Told = Callable[[Line, Outcome, bool], None]
"""Hears of each line at its end, and whether that was known before."""
Result = Outcome | Probed | Fixed | Later | Halt


@dataclass
class Flow:
    """One run of a batch."""

    wishes: Wishes
    journal: Journal
    crew: Crew
    told: Told
    sender: Sender | None = None
    halted: Outcome | None = None
    """Why not all lines were done."""
    _open: set[Job] = field(default_factory=set)
    _suspects: list[Job] = field(default_factory=list)
    """Lines whose worker died: each runs alone, so that the innocent are not blamed."""
    _ended: SimpleQueue[tuple[Job, Future[Any]]] = field(default_factory=SimpleQueue)
    _failures: int = 0
    _ill: int = 0
    """Lines in a row at which the machine failed."""
    _written: float = 0.0
    _memory: Memory = field(init=False)
    _lanes: dict[Name, Lane[Job]] = field(init=False)
    _threads: ThreadPoolExecutor = field(init=False)
    _stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        """Mark the lanes."""
        memory = self._memory = Memory(free_memory())
        self._lanes = {
            Name.LOOK: Lane(self._lookers, memory),
            Name.MAKE: Lane(self._makers, memory),
            Name.SEND: Lane(self._senders, memory),
        }

    def run(self, lines: Iterator[Line | None]) -> None:
        """Until the last line is done, or ``halted`` says why not."""
        with ThreadPoolExecutor(MOST, thread_name_prefix="send") as self._threads:
            try:
                self._worked(lines)
            except BaseException:
                self._stop.set()
                self._threads.shutdown(cancel_futures=True)
                raise
            finally:
                self.journal.write()

    def _worked(self, lines: Iterator[Line | None]) -> None:
        while True:
            self._read(lines)
            self._start()
            if not self._open:
                return
            self._wait()

    # In ------------------------------------------------------------------------------------------

    def _read(self, lines: Iterator[Line | None]) -> None:
        """Let lines in until the window is full, or (``None``) the next has not come yet."""
        while self.halted is None and len(self._open) < WINDOW:
            try:
                line = next(lines)
            except StopIteration:
                return
            if line is not None:
                self._enter(line)
            elif self._open:
                return

    def _enter(self, line: Line) -> None:
        place = self.journal.place(line)
        try:
            request, paths = self._asked(line, place)
        except UsageError as error:
            self._tell(line, work.failed(error, State.INVALID))
            return
        if self.wishes.action is Action.GENERATE and place.copy:
            says = f"asks for the same as line {place.first}, which is sent once; see `take`"
            sent = {"same_as": place.first}
            self._tell(line, Outcome(state=State.SAME, message=says, sent=sent))
            return
        stamps = places.stamps(paths)
        known = self.journal.done(place, self.wishes.how, stamps, self._since())
        if known is not None and self._still(known):
            self._tell(line, known, kept=True)
            return
        job = Job(line=line, place=place, stamps=stamps, task=self._task(line, request, paths))
        job.weight = float(places.size(paths))
        if self.sender and self.wishes.action is Action.GENERATE:
            job.run = self.sender.known(place.id, paths)
            job.lane = Name.SEND if job.run else Name.LOOK
        self._open.add(job)
        self._lanes[job.lane].add(job)

    def _asked(self, line: Line, place: Place) -> tuple[Request, tuple[Path, ...]]:
        if line.error:
            raise UsageError(line.error)
        if not place.copy and not self.journal.free(line):
            raise UsageError(f"the id {line.folder} is another line's, too")
        request, paths = places.request_of(line.document, self.wishes.beside)
        if self.wishes.action.sends and not (request.prompt or "").strip():
            raise UsageError("a prompt is needed")
        return request, paths

    def _task(self, line: Line, request: Request, paths: tuple[Path, ...]) -> Task:
        return Task(
            request=request,
            paths=paths,
            options=self.wishes.options,
            out=self.wishes.out / line.folder,
            shown=f"{self.wishes.shown}/{line.folder}",
            cached=self.wishes.cached,
        )

    def _since(self) -> float:
        return time.time() - FRESH if self.wishes.action is Action.UPLOAD else 0.0

    def _still(self, known: Outcome) -> bool:
        """Whether what was made is still there."""
        if self.wishes.action is Action.GENERATE:
            made = [known.sent]
        elif self.wishes.action is Action.FIX:
            made = [one.get("output") or {} for one in known.document.get("assets", ())]
        else:
            return True
        paths = [one["path"] for one in made if "path" in one]
        return all((self.wishes.out.parent / one).exists() or Path(one).exists() for one in paths)

    # On ------------------------------------------------------------------------------------------

    def _lookers(self) -> int:
        return max(1, self.crew.slots - self._makers()) + self.crew.ahead

    def _makers(self) -> int:
        return -(-self.crew.slots // 3)

    def _senders(self) -> int:
        if self.sender is None or time.monotonic() < self.sender.pace.opens:
            return 0
        return self.sender.pace.limit

    def _start(self) -> None:
        if elsewhere := self.crew.memory:
            self._memory.most = free_memory(elsewhere)
        if self._suspects and self.halted is None and not self._busy():
            self._work(self._suspects.pop())
        held = {Name.SEND} if self._suspects or self._alone() else set(Name)
        for name in (name for name in Name if name in held):
            while self.halted is None and (job := self._lanes[name].next()):
                self._work(job)

    def _busy(self) -> bool:
        return any(self._lanes[name].running for name in (Name.LOOK, Name.MAKE))

    def _alone(self) -> bool:
        """Whether a suspect runs now."""
        return any(job.strikes and job not in self._suspects for job in self._open)

    def _work(self, job: Job) -> None:
        if job.lane is Name.SEND:
            self._send(job)
            return
        if job.strikes:
            self._lanes[job.lane].running += 1
            self._lanes[job.lane].memory.used += job.memory
        try:
            self._submitted(job, self.crew.submit(*call_of(job, self.wishes.action)))
        except MachineError as error:
            self._lanes[job.lane].left(job)
            self._halt(work.failed(error))

    def _send(self, job: Job) -> None:
        assert self.sender is not None
        high = job.made.high if job.made else None
        if job.run is None and self._costs() and not self.sender.purse.take(high):
            self._lanes[Name.SEND].left(job)
            self._finish(job, UNPAID)
            return
        self.sender.pace.began()
        if job.run is not None:
            call = partial(self.sender.follow, job.place.id, job.run, job.task)
        else:
            assert job.ready is not None
            call = partial(self.sender.send, job.place.id, job.ready, job.task)
        context = copy_context()
        context.run(stopping.set, self._stop)
        self._submitted(job, self._threads.submit(context.run, call))

    def _costs(self) -> bool:
        return self.wishes.action is Action.GENERATE

    def _submitted(self, job: Job, future: Future[Any]) -> None:
        future.add_done_callback(lambda done: self._ended.put((job, done)))

    # Out -----------------------------------------------------------------------------------------

    def _wait(self) -> None:
        """Take what has ended, or the next moment at which something may begin."""
        if self.halted is not None and not any(lane.running for lane in self._lanes.values()):
            self._open.clear()
            return
        try:
            self._take(*self._ended.get(timeout=self._pause()))
            while True:
                self._take(*self._ended.get_nowait())
        except Empty:
            pass
        if time.monotonic() - self._written > WRITTEN:
            self.journal.write()
            self._written = time.monotonic()

    def _pause(self) -> float:
        """Seconds until somebody may be sent, half of one at most: a limit may grow meanwhile."""
        if self.sender is None or not self._lanes[Name.SEND].waiting:
            return WRITTEN
        return min(WRITTEN, max(0.01, self.sender.pace.opens - time.monotonic()))

    def _take(self, job: Job, future: Future[Any]) -> None:
        self._lanes[job.lane].left(job)
        error = future.exception()
        if error is None:
            self._next(job, future.result())
        elif isinstance(error, BrokenExecutor):
            self._strike(job)
        elif isinstance(error, MachineError):
            self._halt(work.failed(error))
        elif isinstance(error, StoppedError):
            raise error
        else:
            says = f"internal error ({type(error).__name__}: {error})"
            self._finish(job, Outcome(state=State.FAILED, message=says, kind="internal", status=3))

    def _strike(self, job: Job) -> None:
        job.strikes += 1
        if job.strikes < STRIKES:
            self._suspects.append(job)
            return
        says = f"the process that worked on it died {STRIKES} times"
        self._finish(job, Outcome(state=State.FAILED, message=says, kind="worker", status=3))

    def _next(self, job: Job, result: Result) -> None:
        job.strikes = 0
        match result:
            case Probed():
                job.media, job.memory = result.media, result.memory
                if self.sender and self._costs() and not self.sender.purse.may(result.low):
                    self._finish(job, UNPAID)
                else:
                    self._to(job, Name.MAKE if result.weight else Name.LOOK, result.weight)
            case Fixed():
                job.made, job.ready = result.outcome, result.ready
                if self.wishes.action.sends and result.ready is not None:
                    job.memory = 0
                    self._to(job, Name.SEND, float(job.line.number))
                else:
                    self._finish(job, result.outcome)
            case Later():
                self._give_back(job)
                self._lanes[Name.SEND].add(job)
            case Halt():
                self._give_back(job)
                self._finish(job, joined(job, result.outcome))
                self._halt(result.outcome)
            case _:
                if job.lane is Name.SEND and result.sent.get("charged") is False:
                    self._give_back(job)
                self._finish(job, joined(job, result))
                self._doubt(result)

    def _doubt(self, outcome: Outcome) -> None:
        """One line may have a fault of its own; several in a row are the machine's."""
        ill = outcome.state is State.FAILED and outcome.status == MachineError.status
        self._ill = self._ill + 1 if ill else 0
        if self._ill >= STRIKES:
            self._halt(outcome)

    def _to(self, job: Job, lane: Name, weight: float) -> None:
        job.lane, job.weight = lane, weight
        self._lanes[lane].add(job)

    def _give_back(self, job: Job) -> None:
        if self.sender and job.run is None and job.made and self._costs():
            self.sender.purse.give_back(job.made.high)

    def _finish(self, job: Job, outcome: Outcome) -> None:
        self._open.discard(job)
        if outcome.state in FINAL:
            self.journal.keep(job.place, job.line, self.wishes.how, job.stamps, outcome)
        if outcome.sent:
            self.journal.write()
        before = job.run is not None and job.run.state is Standing.FINISHED
        self._tell(job.line, outcome, kept=before and outcome.state is State.OK)

    def _tell(self, line: Line, outcome: Outcome, *, kept: bool = False) -> None:
        self.told(line, outcome, kept)
        self._failures += outcome.bad
        most = self.wishes.max_failures
        if most is not None and self._failures > most and self.halted is None:
            says = f"{self._failures} lines have failed, more than --max-failures {most}"
            self._halt(Outcome(state=State.FAILED, message=says, kind="failures", status=1))

    def _halt(self, outcome: Outcome) -> None:
        """Begin nothing more; what is under way comes to its end."""
        self.halted = self.halted or outcome
