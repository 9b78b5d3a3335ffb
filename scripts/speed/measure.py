"""Time and memory of processes, in pairs that take turns, so that drift hits both alike."""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Argv = Sequence[str | Path]
Work = Callable[[], object]
PROC = Path("/proc")
POLL = 0.002


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run took."""

    wall: float
    """Seconds by the clock."""
    cpu: float
    """Seconds of processors, of this process and the children it waited for; busy neighbours
    lengthen the clock's seconds much more than these.
    """


@dataclass(frozen=True, slots=True)
class Side:
    """Commands that run one after the other."""

    commands: Sequence[Argv]
    accepted: Collection[int] = (0,)
    """Exit statuses that are answers, too."""
    outdated: Path | None = None
    """A folder that must not be there when the commands start."""

    def __call__(self) -> None:
        """Run them; one that fails ends the bench with what it said."""
        self._clear()
        for argv in self.commands:
            words = [str(word) for word in argv]
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode not in self.accepted:
                said = f"ended with status {done.returncode}\n{done.stderr.decode()[-2000:]}"
                raise SystemExit(f"{' '.join(words)}\n{said}")

    def peak_mb(self) -> float | None:
        """Run them and give the most memory that one of them and its children hold, in 10^6 bytes.

        The sum of resident sets, looked at every 2 ms; ``None`` where there is no /proc.
        """
        self._clear()
        peaks = [_peak(argv) for argv in self.commands]
        return round(max(peaks) / 1e6, 1) if PROC.joinpath("self", "statm").exists() else None

    def _clear(self) -> None:
        if self.outdated:
            shutil.rmtree(self.outdated, ignore_errors=True)


def against(ours: Side, theirs: Side, pairs: int) -> dict[str, Any]:
    """Both sides once for their memory (and the page cache), then in turns for their time."""
    peaks = ours.peak_mb(), theirs.peak_mb()
    record = turns(ours, theirs, pairs)
    for side, peak in zip(("ours", "theirs"), peaks, strict=True):
        record[side]["peak_mb"] = peak
    return record


def turns(ours: Work, theirs: Work, pairs: int) -> dict[str, Any]:
    """What each takes, ``pairs`` times; who goes first changes every time."""
    mine: list[Spent] = []
    yours: list[Spent] = []
    for number in range(pairs):
        order = [(ours, mine), (theirs, yours)]
        for work, runs in order if number % 2 == 0 else reversed(order):
            runs.append(spent(work))
    return {"pairs": pairs, "ours": summary(mine), "theirs": summary(yours)}


def spent(work: Work) -> Spent:
    start, before = time.perf_counter(), _processor()
    work()
    return Spent(time.perf_counter() - start, _processor() - before)


def _processor() -> float:
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def summary(runs: Sequence[Spent]) -> dict[str, Any]:
    return {
        "seconds": round(statistics.median(run.wall for run in runs), 4),
        "cpu_seconds": round(statistics.median(run.cpu for run in runs), 4),
        "all": [round(run.wall, 4) for run in runs],
    }


def _peak(argv: Argv) -> int:
    words = [str(word) for word in argv]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    child = subprocess.Popen(words, stderr=subprocess.DEVNULL, **quiet)  # type: ignore[call-overload]
    seen: list[int] = [0]
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(child.pid, ended, seen))
    watcher.start()
    child.wait()
    ended.set()
    watcher.join()
    return max(seen)


def _watch(pid: int, ended: threading.Event, seen: list[int]) -> None:
    while True:
        seen.append(sum(map(_resident, family(pid))))
        if ended.wait(POLL):
            return


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    with suppress(OSError):
        for children in PROC.joinpath(str(pid), "task").glob("*/children"):
            for child in children.read_text().split():
                yield from family(int(child))


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(PROC.joinpath(str(pid), "statm").read_text().split()[1]) * 4096
    return 0


def own_peak_mb() -> float | None:
    """The most memory that this very process has held, without its children."""
    with suppress(OSError):
        for line in PROC.joinpath("self", "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) * 1024 / 1e6, 1)
    return None
