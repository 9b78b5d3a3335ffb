"""What people run instead of a check: ffprobe, once per file."""

from __future__ import annotations

import shutil
from pathlib import Path

from .measure import Side

ASKED = ("-v", "error", "-print_format", "json", "-show_format", "-show_streams")


def probes(files: list[Path]) -> Side | None:
    """ffprobe asked for what a checker needs; ``None`` where there is none.

    Some years' ffprobe cannot read HEIC and says so quickly (status 1), which counts, too.
    """
    tool = shutil.which("ffprobe")
    if tool is None:
        return None
    return Side([(tool, *ASKED, path) for path in files], accepted=(0, 1))
