"""Time and memory of processes, in pairs that take turns, so that drift hits both alike."""

from __future__ import annotations

import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

Argv = Sequence[str | Path]
Work = Callable[[], object]
PROC = Path("/proc")
POLL = 0.002


def call(*commands: Argv, accepted: Collection[int] = (0,)) -> None:
    """Run commands one after the other; one that fails ends the bench with what it said."""
    for argv in commands:
        words = [str(word) for word in argv]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode not in accepted:
            tail = done.stderr.decode("utf-8", "replace")[-2000:]
            raise SystemExit(f"{' '.join(words)}\nended with status {done.returncode}\n{tail}")


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def turns(ours: Work, theirs: Work, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of each, ``pairs`` times; who goes first changes every time."""
    mine: list[float] = []
    yours: list[float] = []
    for number in range(pairs):
        order = [(ours, mine), (theirs, yours)]
        for work, times in order if number % 2 == 0 else reversed(order):
            times.append(seconds(work))
    return mine, yours


def summary(times: Sequence[float]) -> dict[str, object]:
    return {
        "seconds": round(statistics.median(times), 4),
        "all": [round(one, 4) for one in times],
    }


def peak_mb(*commands: Argv) -> float | None:
    """The most memory that a command and its children hold at one time, in 10^6 bytes.

    The sum of resident sets, looked at every 2 ms; ``None`` where there is no /proc. Of several
    commands that run one after the other, the largest.
    """
    if not PROC.joinpath("self", "statm").exists():
        return None
    return round(max(_peak(argv) for argv in commands) / 1e6, 1)


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
        seen.append(sum(map(_resident, _family(pid))))
        if ended.wait(POLL):
            return


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for children in PROC.joinpath(str(pid), "task").glob("*/children"):
            for child in children.read_text().split():
                yield from _family(int(child))


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
