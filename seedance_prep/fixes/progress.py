"""How far a work is: what ffmpeg says with ``-progress`` (``name=value``), and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable


class Progress:
    """Reads the lines, keeps the last frame and time, and tells the share done."""

    __slots__ = ("_share", "_told", "frames", "seconds", "total")

    def __init__(
        self, told: Callable[[float], None] | None = None, total: float | None = None
    ) -> None:
        """``total`` is the length of the output in seconds, where it is known."""
        self._told = told
        self._share = 0.0
        self.total = total
        self.frames = 0
        """Frames of the picture that came out."""
        self.seconds = 0.0
        """Seconds that came out."""

    def line(self, text: str) -> None:
        """Take one line."""
        name, _, value = text.partition("=")
        if name == "frame" and value.strip().isdigit():
            self.frames = int(value)
        elif name == "out_time_us" and value.lstrip("-").isdigit():
            self.seconds = int(value) / 1_000_000
            self._tell()

    def _tell(self) -> None:
        if self._told is None or not self.total:
            return
        share = min(1.0, self.seconds / self.total)
        if share > self._share:
            self._share = share
            self._told(share)


class Pace:
    """How long a work will still take, by how long its part so far has taken."""

    __slots__ = ("_began", "_clock")

    SURE = 0.02
    """Share below which nothing can be said."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Time runs from the first share that is told."""
        self._clock = clock
        self._began: float | None = None

    def left(self, share: float) -> float | None:
        """Seconds, to the tenth, when so much is done (0 to 1); ``None`` while it is too early."""
        now = self._clock()
        if self._began is None:
            self._began = now
        if share < self.SURE:
            return None
        return round((now - self._began) * (1 - min(share, 1.0)) / share, 1)
