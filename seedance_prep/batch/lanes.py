"""Who goes next: the stages of all lines share cores, memory and the network.

There are three lanes. ``look`` (probe, judge, and files that need no encode) and ``make`` (encodes)
run side by side on the executor, so that a small line never waits behind large ones; ``send`` runs
in threads of this program, where the ledger is. Inside a lane the smallest goes first, but nobody
is passed over for ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

PATIENCE = 32
"""So many others may go before one that waits."""
SHARE = 0.6
"""Of the memory that is free when a batch begins."""
UNKNOWN = 4 << 30
"""Bytes, where the machine does not say how many are free."""


class Name(StrEnum):
    """Of the lanes."""

    LOOK = "look"
    MAKE = "make"
    SEND = "send"


class Waiter(Protocol):
    """What stands in a lane."""

    weight: float
    """How much work it is."""
    memory: int
    """Bytes that it takes."""
    passed: int
    """How many went before it since it came."""


T = TypeVar("T", bound=Waiter)


@dataclass
class Memory:
    """Bytes that all that runs may take together."""

    most: int
    used: int = 0

    def fits(self, count: int) -> bool:
        """Whether so many are left; what is larger than all of it runs alone."""
        return self.used == 0 or self.used + count <= self.most


@dataclass
class Lane(Generic[T]):
    """Those that wait, and how many run."""

    limit: Callable[[], int]
    memory: Memory
    waiting: list[T] = field(default_factory=list)
    running: int = 0

    def add(self, one: T) -> None:
        """It waits from now on."""
        one.passed = 0
        self.waiting.append(one)

    def next(self) -> T | None:
        """Whoever may run now; it does."""
        if self.running >= self.limit():
            return None
        chosen = self._chosen()
        if chosen is None or not self.memory.fits(chosen.memory):
            return None
        self.waiting.remove(chosen)
        for other in self.waiting:
            other.passed += 1
        self.running += 1
        self.memory.used += chosen.memory
        return chosen

    def left(self, one: T) -> None:
        """It runs no more."""
        self.running -= 1
        self.memory.used -= one.memory

    def _chosen(self) -> T | None:
        """The first that lost patience, else the lightest."""
        tired = next((one for one in self.waiting if one.passed >= PATIENCE), None)
        return tired or min(self.waiting, key=lambda one: one.weight, default=None)


def free_memory(elsewhere: int | None = None) -> int:
    """Bytes that a batch may plan with: of this machine, or of workers ``elsewhere``."""
    return int(SHARE * (elsewhere or _available() or UNKNOWN))


def _available() -> int | None:
    """What Linux calls available, or all there is."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
        return int(os.sysconf("SC_PAGE_SIZE")) * int(os.sysconf("SC_PHYS_PAGES"))
    except (OSError, ValueError, AttributeError):
        return None
