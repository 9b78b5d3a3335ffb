"""What ffmpeg says with ``-progress``: lines of ``name=value``, in blocks."""

from __future__ import annotations

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
