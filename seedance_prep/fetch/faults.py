"""What keeps a URL from being fetched, as it travels inside this stage (never outside of it)."""

from __future__ import annotations

from ..core.media import Fault, Problem


class UnfetchableError(Exception):
    """There will be no file; ``fetch`` turns it into a problem of the asset."""

    def __init__(self, fault: Fault, says: str, remedy: str | None = None) -> None:
        """``says`` is one sentence without the URL: the finding names it."""
        super().__init__(says)
        self.problem = Problem(fault=fault, says=says, remedy=remedy)
