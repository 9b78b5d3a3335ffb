"""What people run instead of a check: ffprobe, once per file."""

from __future__ import annotations

import shutil
from pathlib import Path

from .measure import Argv, call


def probes(files: list[Path]) -> list[Argv] | None:
    """ffprobe once per file, asked for what a checker needs; ``None`` where there is none."""
    tool = shutil.which("ffprobe")
    if tool is None:
        return None
    asked = ("-v", "error", "-print_format", "json", "-show_format", "-show_streams")
    return [(tool, *asked, path) for path in files]


def probe_all(commands: list[Argv]) -> None:
    """Run them; ffprobe of some years cannot read HEIC and says so quickly, which counts, too."""
    call(*commands, accepted=(0, 1))
