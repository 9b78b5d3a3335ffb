"""A no, with the HTTP status that it is answered with."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of the program
    """An answer that is no."""

    def __init__(self, status: int, says: str, **more: object) -> None:
        """``more`` are fields beside ``error``."""
        super().__init__(says)
        self.status, self.more = status, more
