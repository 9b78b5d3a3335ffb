"""Work that starts a child, and makes do with what it said before it was ended."""

from __future__ import annotations

from seedance_prep import process
from seedance_prep.errors import ToolFailedError


def answered(seconds: float) -> str:
    """What a child of a second's sleep leaves, within so many seconds."""
    try:
        process.run(["sleep", "0.2"], bounds=process.Bounds(seconds=seconds))
    except ToolFailedError:
        return "half"
    return "whole"
