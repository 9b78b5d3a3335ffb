"""What a closer look at a clip found: asked for only where the plan depends on it."""

from __future__ import annotations

from dataclasses import dataclass

from .look import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An instant at which the stored packets of a clip can be parted without decoding them.

    Every packet before it, in the order of decoding, is shown before it; every one after it, then
    or later.
    """

    seconds: float
    """On the clip's own clock: when the first picture behind the mark is shown."""
    packets: int
    """Packets of the picture before the mark, in the order of decoding."""
    bytes: int
    """Bytes of those packets."""
    key: bool
    """Whether decoding can start here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found; ``None`` where nobody asked, or the file does not tell."""

    marks: tuple[Mark, ...] | None = None
    """Ascending; empty where the file does not tell."""
    look: Look | None = None
    uncopied: bool | None = None
    """Whether a copy of it was made and turned out not to be as planned."""

    def with_(self, more: Survey) -> Survey:
        """Both, where the other has something to say its word."""
        marks = self.marks if more.marks is None else more.marks
        return Survey(marks=marks, look=more.look or self.look)
