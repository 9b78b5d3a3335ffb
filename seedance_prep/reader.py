"""Probe a file in a process of its own: what a stranger's bytes do there stays there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .core.media import Fault, Media, Problem
from .core.request import Asset
from .errors import ToolFailedError
from .isolation import apart, ready
from .process import GIB, Bounds

__all__ = ["read", "ready", "stamped"]

BOUNDS = Bounds(seconds=300.0, memory=4 * GIB)


def stamped(path: Path) -> tuple[int, ...] | None:
    """Device, number, bytes and time of change (ns) of a file; ``None`` when it is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def read(asset: Asset, path: Path) -> Media:
    """The facts of one file, as :func:`seedance_prep.probe.probe` finds them.

    A reader that falls, hangs or takes too much memory is a problem of the file. Raises
    ``ToolMissingError`` when what a fact needs is not installed.
    """
    from .probe import probe

    stamp = stamped(path)
    try:
        return replace(apart(probe, asset, path, reads=[path], bounds=BOUNDS), stamp=stamp)
    except ToolFailedError as error:
        says = f"cannot be read: the {error}"
        problem = Problem(fault=Fault.DAMAGED, says=says)
        return Media(asset=asset, kind=asset.kind, path=path, problem=problem)
