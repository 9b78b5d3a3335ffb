"""What keeps a file from being read, as it travels inside this stage (never outside of it)."""

from __future__ import annotations

from ..core.media import Fault, Problem


class UnusableError(Exception):
    """The file cannot be judged; :func:`seedance_prep.probe.probe` turns it into a problem."""

    def __init__(self, fault: Fault, says: str, remedy: str | None = None) -> None:
        """``says`` is one sentence without the path: the finding names the file."""
        super().__init__(says)
        self.problem = Problem(fault=fault, says=says, remedy=remedy)


def damaged(says: str) -> UnusableError:
    """A file whose format is known and whose content is broken."""
    return UnusableError(Fault.DAMAGED, says)
