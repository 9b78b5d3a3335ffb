"""Run the package's ffmpeg for a fix, and say in words what its failure means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from .. import process
from ..errors import ToolFailedError

SAYS = {
    69: "cannot decode more than a tenth of the source: its picture or sound is damaged, or does"
    " not lie where the index says",
    183: "finds nothing to decode: the file is cut off or damaged, or its picture and sound do not"
    " lie where its index says",
    234: "finds no picture or sound that it can work with: what the file's headers say of them is"
    " missing or wrong",
}
"""What its status means: 69 is that of ``-max_error_rate`` (its manual); 183 and 234 are the low
bytes of ``AVERROR_INVALIDDATA`` and ``AVERROR(EINVAL)`` (libavutil/error.h)."""


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
        why = f" ({error.reason})" if error.code is None else ""  # a status tells people nothing
        unsure = f"cannot decode the source, or not make the output of it{why}"
        says = SAYS.get(error.code or 0, unsure)
        raise ToolFailedError(error.argv, says, error.tail, error.code) from error


@cache
def decoders() -> frozenset[str]:
    """Names of the codecs that it reads."""
    listed = process.run([process.ffmpeg(), "-hide_banner", "-codecs"]).stdout.decode()
    rows = (line.split() for line in listed.splitlines())
    return frozenset(words[1] for words in rows if len(words) > 1 and words[0].startswith("D"))


@cache
def filters() -> frozenset[str]:
    """Names of the filters that it has."""
    listed = process.run([process.ffmpeg(), "-hide_banner", "-filters"]).stdout.decode()
    return frozenset(words[1] for line in listed.splitlines() if len(words := line.split()) > 2)
