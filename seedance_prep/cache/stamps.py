"""Whether a file is the one that was hashed before, told by what the system keeps of it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

GRAIN = 2_000_000_000
"""Nanoseconds within which two changes of a file may bear the same time: FAT counts in two seconds,
everything else is finer. A file that was changed so shortly before it was hashed may have been
changed once more since, without a sign: it is hashed again (as git does with its index)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from every other."""

    place: str
    """Device and number on it: which file."""
    state: str
    """Bytes, time of the last change of its content and of anything (ns): which state of it."""
    changed: int
    """The later of those times, in nanoseconds since 1970."""

    def surely_before(self, moment: int) -> bool:
        """Whether a change after ``moment`` (ns) would bear another time."""
        return self.changed + GRAIN < moment


def stamp(found: os.stat_result) -> Stamp | None:
    """The stamp of a regular file; ``None`` for anything else."""
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stamp(
        f"{found.st_dev}:{found.st_ino}",
        f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}",
        max(found.st_mtime_ns, found.st_ctime_ns),
    )
