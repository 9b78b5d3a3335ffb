"""The fix of a desk: one at a time, told as it goes, and ended when it is told to."""

from __future__ import annotations

import pickle
import shutil
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import pipeline
from ..core.event import Event, EventType, drain
from ..core.outcome import Output, Ready, Report
from ..core.version import __version__
from ..errors import PrepError, StoppedError, ToolFailedError
from ..isolation import values
from ..isolation.call import Answer
from ..reader import stamped
from ..report.document import cost_document, finding_document
from .bench import Bench, media_of
from .refusal import Refusal
from .store import identity
from .telling import output
from .work import Task

TELL_EVERY = 0.1
"""Seconds between two words about how far it is."""


@dataclass(kw_only=True)
class Fix:
    """One fix, running or over."""

    of: dict[str, Any]
    """What identifies the desk that it is of."""
    ids: tuple[str, ...]
    """Of the files, in the order of the report's assets."""
    folder: Path
    state: str = "running"
    """``running``, ``done`` (also when errors are left) or ``failed``."""
    progress: dict[str, float] = field(default_factory=dict)
    left: dict[str, float] = field(default_factory=dict)
    """Seconds, by reference."""
    said: float = 0.0
    """When that was last told."""
    report: Report | None = None
    error: str | None = None

    def id_of(self, made: Output) -> str | None:
        """The file of the desk that an output was made of."""
        assets = self.report.assets if self.report else ()
        refs = [one.ref for one in assets]
        return self.ids[refs.index(made.media.ref)] if made.media.ref in refs else None


class Mender:
    """Fixes the desk into ``out``, or into a private folder of each fix."""

    def __init__(self, bench: Bench, out: Path | None) -> None:
        """What was fixed by the studio before is taken up, if it is still there."""
        self._bench, self._out = bench, out
        self._task: Task | None = None
        self.fix = _restored(bench.store.load_fix())
        bench.store.sweep([self.fix.folder] if self.fix else [])

    def start(self) -> None:
        """Begin. Raises ``Refusal`` when one runs, or the desk has nothing that could be."""
        bench = self._bench
        with bench.lock:
            if self.fix and self.fix.state == "running":
                raise Refusal(409, "a fix is running; wait for it, or stop it first")
            desk = bench.desk
            if not desk.readable:
                raise Refusal(409, "there is no file to fix; drop one first")
            if len(desk.readable) < len(desk.pieces):
                raise Refusal(409, "some files are still on their way; wait until all are judged")
            ids = tuple(one.id for one in desk.readable)
            folder = self._out or bench.store.new_folder()
            fix = Fix(of=identity(desk), ids=ids, folder=folder)
            asked, media, options = desk.asked, media_of(desk), bench.options
            self.fix = fix

            flow = pipeline.mending(asked, media, fix.folder, options, bench.memory.ask)
            self._task = Task(lambda task: self._work(task, fix, flow))
        bench.touched(judge=False)

    def _work(self, task: Task, fix: Fix, flow: Generator[Event, None, Report]) -> None:
        def told(event: Event) -> None:
            task.check()
            self._told(fix, event)

        report, error = None, "the fix broke off; start it again"
        try:
            with closing(flow):
                report = drain(flow, told)
            task.check()
        except StoppedError:
            report, error = None, "the fix was stopped; nothing was kept"
        except PrepError as fault:
            error = str(fault)
        except OSError as fault:
            error = f"a file cannot be written: {fault.strerror}"
        finally:
            self._ended(fix, report, error)

    def stop(self) -> None:
        """End the one that runs; harmless when none does."""
        with self._bench.lock:
            task, self._task = self._task, None
        if task and task.alive:
            task.stop()
            task.join(10)

    def forget(self) -> None:
        """End it, and take away what was made (never out of a folder of the caller's)."""
        self.stop()
        with self._bench.lock:
            self.fix = None
        self._bench.store.forget_fix()
        self._bench.store.sweep()

    def ready(self) -> Ready:
        """What can be sent. Raises ``Refusal`` unless it is of the desk as it stands."""
        fix = self.fix
        if fix is None or fix.state != "done":
            raise Refusal(409, "nothing is fixed yet; press fix first")
        if not self.fresh(fix):
            raise Refusal(409, "the desk has changed since the fix; fix it again")
        if not isinstance(fix.report, Ready):
            raise Refusal(409, "errors are left, so nothing can be sent; see the findings")
        return fix.report

    def fresh(self, fix: Fix) -> bool:
        """Whether a fix is of the desk as it stands."""
        return fix.of == identity(self._bench.desk)

    def outputs(self) -> Sequence[Output]:
        """What the last fix has made."""
        return self.fix.report.outputs if self.fix and self.fix.report else ()

    def output(self, ref: str) -> Output:
        """One of them, by its reference with or without the sign. Raises ``Refusal``."""
        for one in self.outputs():
            if one.ref.removeprefix("@") == ref.removeprefix("@"):
                return one
        raise Refusal(404, f"there is no output {ref[:20]}")

    def document(self) -> dict[str, Any] | None:
        """The fix for the page."""
        with self._bench.lock:
            fix = self.fix
            if fix is None:
                return None
            report = fix.report
            return {
                "state": fix.state,
                "fresh": self.fresh(fix),
                "ok": report is not None and report.ok,
                "progress": dict(fix.progress),
                "seconds_left": max(fix.left.values(), default=None),
                "outputs": [output(one, fix.id_of(one)) for one in self.outputs()],
                "findings": [finding_document(one) for one in report.findings] if report else [],
                "cost": cost_document(report.cost) if report and report.cost else None,
                "error": fix.error,
            }  # fmt: skip

    def _told(self, fix: Fix, event: Event) -> None:
        ref = str(event.data.get("ref"))
        if event.type is EventType.PLANNED and event.data.get("action") != "untouched":
            fix.progress.setdefault(ref, 0.0)
        if event.type is not EventType.FIXING:
            return
        with self._bench.lock:
            fix.progress[ref] = float(event.data["progress"])
            fix.left[ref] = float(event.data["seconds_left"] or 0.0)
            told = {"progress": dict(fix.progress), "seconds_left": max(fix.left.values())}
            now = time.monotonic()
            if now - fix.said < TELL_EVERY and fix.progress[ref] < 1:
                return
            fix.said = now
        self._bench.hub.tell("progress", {"what": "fix", **told})

    def _ended(self, fix: Fix, report: Report | None, error: str) -> None:
        with self._bench.lock:
            kept = self.fix is fix
            fix.state, fix.report = ("done" if report else "failed"), report
            fix.error = None if report else error
        if self._out is None and (report is None or not kept):
            shutil.rmtree(fix.folder, ignore_errors=True)
        if kept:
            self._bench.store.sweep([fix.folder])
            if report:
                self._bench.store.save_fix(_kept(fix))
        self._bench.touched(judge=False)


def _kept(fix: Fix) -> bytes:
    """A fix as it is remembered."""
    told = (__version__, fix.of, fix.ids, str(fix.folder), fix.report)
    return pickle.dumps(Answer(value=told))


def _restored(data: bytes) -> Fix | None:
    """The fix, if all that it was made of and all that it made is still there, unchanged."""
    try:
        version, of, ids, folder, report = values.loaded(data).value
    except (ToolFailedError, TypeError, ValueError):  # none, or of another version
        return None
    if version != __version__ or not isinstance(report, Report):
        return None
    sources = all(one.path is None or stamped(one.path) == one.stamp for one in report.assets)
    made = all((stamped(one.path) or (0, 0, -1))[2] == one.facts.bytes for one in report.outputs)
    if not (sources and made):
        return None
    return Fix(of=of, ids=ids, folder=Path(folder), state="done", report=report)
