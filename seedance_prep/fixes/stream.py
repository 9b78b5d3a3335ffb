"""The shape of ffmpeg-python's graph, which comes without types."""

from __future__ import annotations

from typing import Protocol


class Stream(Protocol):
    """One stream of a graph."""

    def filter(self, name: str, /, *args: object, **options: object) -> Stream:
        """The stream after one more filter."""

    def __getitem__(self, specifier: str) -> Stream:
        """One elementary stream of an input."""
