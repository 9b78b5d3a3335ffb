"""Run the package's ffmpeg for a fix, and say in words what its failure means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from .. import process
from ..errors import ToolFailedError


def ffmpeg(
    arguments: Sequence[str],
    bounds: process.Bounds,
    on_line: Callable[[str], None] | None = None,
    writes: Sequence[Path] = (),
) -> process.Completed:
    """Run ffmpeg to its end. Raises as ``process.run``; a failure keeps command and last words."""
    argv = [process.ffmpeg(), *arguments]
    try:
        return process.run(argv, bounds=bounds, on_line=on_line, writes=writes)
    except ToolFailedError as error:
        says = f"cannot decode the source, or not make the output of it ({error.reason})"
        raise ToolFailedError(error.argv, says, error.tail) from error


@cache
def filters() -> frozenset[str]:
    """Names of the filters that it has."""
    listed = process.run([process.ffmpeg(), "-hide_banner", "-filters"]).stdout.decode()
    return frozenset(words[1] for line in listed.splitlines() if len(words := line.split()) > 2)
