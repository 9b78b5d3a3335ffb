"""``scripts/simulate``: what 1 to 1,000 workers give, and what holds them up.

Lines pass through a row of stations, each with so many servers, in the order in which they come;
their service times are lognormal around what was measured (``scripts/bench batch-check batch-fix
batch-dask``). A station that is busy nearly all the time is the bottleneck.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

WORKERS = (1, 2, 4, 8, 16, 32, 64, 125, 250, 500, 1000)
LINES = 20_000
SPREAD = 0.6
"""Standard deviation of the logarithm: media differ."""


@dataclass(frozen=True)
class Times:
    """Seconds of one server for one line; measured on two cores unless it is said."""

    dispatch: float = 0.004
    """The program that reads, decides, writes down: cProfile of 200 lines, 1 to 4 ms."""
    task: float = 0.004
    """Dask's scheduler and client, a task: 300 empty tasks took 1.28 s of processor."""
    check: float = 0.055
    """A core: 100 mixed requests took 5.3 to 5.8 s of processor."""
    fix: float = 1.25
    """A core: 4 s of 1080p to 720p and its proof; 6 took 7.4 to 8.2 s of processor."""
    upload: float = 0.32
    """Assumed: 4 MB over 100 Mbit/s, which all lines share."""
    job: float = 90.0
    """Assumed: a video at the service."""
    slots: int = 40
    """Jobs at a time of an account (FAL.md section 5)."""


@dataclass(frozen=True)
class Station:
    """Servers that lines pass one after the other."""

    name: str
    servers: int
    seconds: float


def stations(action: str, workers: int, times: Times) -> list[Station]:
    """The row of an action; each worker has one core."""
    tasks = 1 if action == "check" else 2
    row = [
        Station("coordinator", 1, times.dispatch),
        Station("scheduler", 1, tasks * times.task),
        Station("workers", workers, times.check + (0.0 if action == "check" else times.fix)),
    ]
    if action == "generate":
        row += [Station("uplink", 1, times.upload), Station("service", times.slots, times.job)]
    return row


def passed(row: Sequence[Station], lines: int, dice: random.Random) -> tuple[float, str, float]:
    """Lines an hour, the busiest station, and the share of the time that it was busy."""
    arrivals = [0.0] * lines
    busy: dict[str, float] = {}
    for station in row:
        arrivals, busy[station.name] = _through(station, arrivals, dice)
    whole = max(arrivals)
    shares = {one.name: busy[one.name] / (whole * one.servers) for one in row}
    name = max(shares, key=lambda key: shares[key])
    return lines / whole * 3600, name, shares[name]


def _through(
    station: Station, arrivals: Sequence[float], dice: random.Random
) -> tuple[list[float], float]:
    """When each line leaves the station, in order of leaving, and the seconds of its servers."""
    free = [0.0] * station.servers
    ends, total = [], 0.0
    middle = math.log(station.seconds) - SPREAD**2 / 2
    for arrival in arrivals:
        seconds = dice.lognormvariate(middle, SPREAD)
        end = max(arrival, free[0]) + seconds
        heapq.heapreplace(free, end)
        ends.append(end)
        total += seconds
    return sorted(ends), total


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/simulate", description=__doc__)
    for name, value in vars(Times()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"({value})")
    given = parser.parse_args()
    times = Times(**vars(given))
    print("| workers | check: lines/h | busiest | fix: lines/h | busiest"
          " | generate: lines/h | busiest |")  # fmt: skip
    print("|---:|---:|---|---:|---|---:|---|")
    for workers in WORKERS:
        cells = [f"{workers:,}"]
        for action in ("check", "fix", "generate"):
            dice = random.Random(f"{action} {workers}")
            rate, name, share = passed(stations(action, workers, times), LINES, dice)
            cells += [f"{rate:,.0f}", f"{name} {share:.0%}"]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
