"""What costs money: one run at a time, priced, agreed to, sent once, followed, taken up again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..client import Client, Result
from ..core.event import Event, EventType
from ..core.job import State
from ..core.outcome import Ready, Report
from ..core.run import Run
from ..errors import PrepError, StoppedError, TwiceError, UncertainError, UsageError
from ..report.runs import NEXT
from ..report.runs import document as run_document
from ..submit.access import LOCAL
from ..submit.ledger import open_ledger
from ..submit.spending import paid_before
from .bench import Bench
from .mending import Mender
from .refusal import Refusal
from .words import for_page
from .work import Task

LOG_MAX = 200
"""Lines of the service's log that are kept."""
BUSY = ("uploading", "submitted", "queued", "running")
STATES = {
    State.PREPARED: "stopped",
    State.UPLOADING: "stopped",
    State.SUBMITTING: "uncertain",
    State.SUBMITTED: "stopped",
    State.FINISHED: "done",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
    State.UNCERTAIN: "uncertain",
}
"""What a run of the ledger is that nobody follows."""

Told = Callable[[Event], None]


@dataclass(kw_only=True)
class Sending:
    """One run, as the page follows it."""

    service: str
    id: str | None = None
    """In the ledger; ``None`` before it was sent."""
    state: str = "uploading"
    """``uploading``, ``submitted``, ``queued``, ``running``; at last ``done``, ``failed``,
    ``uncertain`` (whether the service has it) or ``stopped`` (followed no more; it goes on)."""
    position: int | None = None
    log: list[str] = field(default_factory=list)
    progress: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    request_id: str | None = None
    low: float | None = None
    high: float | None = None

    def told(self, event: Event) -> None:
        """Take what happened."""
        data = event.data
        match event.type:
            case EventType.UPLOADING if data.get("total"):
                self.progress[str(data["ref"])] = round(data["bytes"] / data["total"], 4)
            case EventType.UPLOADED:
                self.progress[str(data["ref"])] = 1.0
            case EventType.SUBMITTED:
                self.state, self.id = "submitted", data["run"]
                self.request_id = data["request_id"]
            case EventType.QUEUED:
                self.state, self.position = "queued", data.get("position")
            case EventType.RUNNING:
                self.state, self.position = "running", None
            case EventType.LOG:
                self.log = [*self.log, str(data.get("message", ""))][-LOG_MAX:]
            case _:
                pass

    def ended(self, error: PrepError) -> None:
        """Take what ended it."""
        self.id = self.id or getattr(error, "run", None)
        self.error = str(error)
        if isinstance(error, StoppedError):
            self.state = "stopped"
        else:
            self.state = "uncertain" if isinstance(error, UncertainError) else "failed"


class Till:
    """Pays for what the mender made ready; every step is in the ledger, as the command line's."""

    def __init__(self, bench: Bench, mender: Mender, videos: Path) -> None:
        """``videos``: the folder that they come to."""
        self._bench, self._mender, self._videos = bench, mender, videos
        self._lock = threading.RLock()
        self._task: Task | None = None
        self._local: Client | None = None
        """The one that holds the local service, which lives as long as the studio."""
        self._report: Ready | None = None
        """What the run was sent of."""
        self.run: Sending | None = self._latest()

    def _latest(self) -> Sending | None:
        """The run that the last studio had begun: followed no more, to be resumed."""
        known = self._bench.store.noted_run()
        if known is None:
            return None
        with suppress(PrepError), open_ledger() as ledger:
            row = ledger.run(known)
            return Sending(
                service=row.service, id=row.id, state=STATES[row.state], error=row.error,
                request_id=row.handle.request_id if row.handle else None,
                low=_money(row.low), high=_money(row.high),
            )  # fmt: skip
        return None

    def close(self) -> None:
        """Follow no more; what the service has goes on there."""
        self.stop()
        with self._lock:
            local, self._local = self._local, None
        if local:
            local.close()

    # Sending --------------------------------------------------------------------------------------

    def send(self, max_cost: object, *, again: bool) -> None:
        """Begin a paid run of what is ready.

        Raises ``Refusal`` when nothing is, or when it was paid for before (unless ``again``),
        ``CostError`` when it may cost more than ``max_cost`` (USD).
        """
        if isinstance(max_cost, bool) or not isinstance(max_cost, int | float | str):
            raise UsageError("max_cost is missing: say how much it may cost at most, in USD")
        with self._lock:
            self._need_idle()
            ready = self._mender.ready()
            if not ready.request.prompt:
                raise UsageError("a prompt is needed; write one first")
            client = self._client(self._bench.desk.service)
            try:
                self._agreed(client, ready, max_cost, again=again)
            except BaseException:
                self._let_go(client)
                raise
            cost = ready.cost
            run = Sending(
                service=self._bench.desk.service,
                low=_money(cost.low) if cost else None,
                high=_money(cost.high) if cost else None,
            )
            self._report = ready
            self._begin(run, lambda told: self._sent(client, run, ready, again, told), client)

    def _agreed(self, client: Client, ready: Ready, most: float | str, *, again: bool) -> None:
        """As the command line does before it pays."""
        client.need_key()
        client.ledger.need_room()
        client.allowed(ready, most)
        if self._bench.desk.service == LOCAL or again:
            return
        if earlier := client.earlier(ready):
            try:
                says = paid_before(earlier)
            except TwiceError as error:
                says = str(error)
            raise Refusal(409, says, earlier=earlier.id)

    def _sent(self, client: Client, run: Sending, ready: Ready, again: bool, told: Told) -> Result:
        job = client.submit(ready, submit_again=again, on_event=told)
        run.id = job.run
        if job.run:
            self._bench.store.note_run(job.run)
        return client.finish(job, self._place(job.run or job.request_id), on_event=told)

    def resume(self, known: str) -> None:
        """Take up a run again; nothing is paid. Raises ``PrepError`` when it cannot be."""
        with self._lock:
            self._need_idle()
            client = self._client_of(known)
            row = client.ledger.run(known)
            kept = row.target and Path(row.target).parent.is_dir()
            target = Path(row.target) if row.target and kept else self._place(known)
            run = Sending(service=row.service, id=known, state="submitted",
                          low=_money(row.low), high=_money(row.high))  # fmt: skip
            self._bench.store.note_run(known)
            self._begin(run, lambda told: client.resume(known, target, on_event=told), client)

    def stop(self) -> None:
        """Follow the run no more; what is not sent yet is not sent, and costs nothing."""
        with self._lock:
            task = self._task
        if task:
            task.stop()
            task.join(10)

    def cancel(self, known: str) -> str:
        """Ask for the end of a run's job; what came of it in one sentence."""
        with self._lock:
            client = self._client_of(known)
        try:
            return client.cancel(known)
        finally:
            self._let_go(client)

    def _begin(self, run: Sending, work: Callable[[Told], Result], client: Client) -> None:
        def followed(task: Task) -> None:
            def told(event: Event) -> None:
                task.check()
                run.told(event)
                self._say(run)

            try:
                work(told)
                run.state = "done"
            except PrepError as error:
                run.ended(error)
            except OSError as error:
                run.state, run.error = "stopped", f"a file cannot be written: {error.strerror}"
            finally:
                self._let_go(client)
                if run.id and run.state in {"uncertain", "stopped"}:
                    self._bench.store.note_run(run.id)
                self._say(run)
                self._bench.touched(judge=False)

        self._videos.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.run = run
        self._task = Task(followed)
        self._say(run)
        self._bench.touched(judge=False)

    def _need_idle(self) -> None:
        if self.run and self.run.state in BUSY:
            raise Refusal(409, "a run is on its way; wait for its end, or cancel it")

    def _place(self, run: str) -> Path:
        return self._videos / f"{run}.mp4"

    # Clients --------------------------------------------------------------------------------------

    def _client(self, service: str) -> Client:
        if service != LOCAL:
            return Client(service)
        self._local = self._local or Client(LOCAL)
        return self._local

    def _client_of(self, run: str) -> Client:
        """A client of the service that a run was sent to."""
        with open_ledger() as ledger:
            row = ledger.run(run)
        if row.service == LOCAL and self._local and self._local.reaches(row):
            return self._local
        return Client.of_run(run)

    def _let_go(self, client: Client) -> None:
        if client is not self._local:
            client.close()

    # What is told ---------------------------------------------------------------------------------

    def _say(self, run: Sending) -> None:
        self._bench.hub.tell("run", {"run": self._document(run)})

    def document(self) -> dict[str, Any] | None:
        """The run for the page."""
        return self._document(self.run) if self.run else None

    def _document(self, run: Sending) -> dict[str, Any]:
        return {
            "id": run.id,
            "state": run.state,
            "service": run.service,
            "position": run.position,
            "log": list(run.log),
            "progress": dict(run.progress),
            "video": run.state == "done" and self.video(run.id) is not None,
            "error": run.error and for_page(run.error),
            "request_id": run.request_id,
            "cost": {"low": run.low, "high": run.high},
        }

    def runs(self) -> list[dict[str, Any]]:
        """The latest runs of the ledger."""
        with open_ledger() as ledger:
            return [self._row(one) for one in ledger.runs()]

    def row(self, known: str) -> dict[str, Any]:
        """One run of the ledger. Raises ``UsageError``."""
        with open_ledger() as ledger:
            return self._row(ledger.run(known))

    def _row(self, row: Run) -> dict[str, Any]:
        busy = self.run is not None and self.run.id == row.id and self.run.state in BUSY
        return run_document(row) | {
            "video": _saved(row) is not None,
            "current": busy,
            "resumable": not busy and (row.state in NEXT or _unsaved(row)),
        }

    def run_of(self, report: Report) -> Run | None:
        """What was sent of a report, as the ledger has it."""
        with self._lock:
            known = self.run.id if self.run and report is self._report else None
        if known is None:
            return None
        with suppress(PrepError), open_ledger() as ledger:
            return ledger.run(known)
        return None

    def video(self, known: str | None) -> Path | None:
        """Where the video of a run is, if it is on this machine."""
        with suppress(PrepError), open_ledger() as ledger:
            return _saved(ledger.run(known or ""))
        return None


def _saved(row: Run) -> Path | None:
    path = Path(row.saved) if row.saved else None
    return path if path and path.is_file() else None


def _unsaved(row: Run) -> bool:
    return row.state is State.FINISHED and _saved(row) is None


def _money(value: Any) -> float | None:  # noqa: ANN401 - a Decimal, or none
    return None if value is None else float(value)
