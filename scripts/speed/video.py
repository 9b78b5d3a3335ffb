"""Cases of the bench that are about clips: against decoding alone, encoding, and each other."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedance_prep.process import ffmpeg

from . import long
from .measure import Side, against

Record = dict[str, Any]
PREP: tuple[str, ...] = (sys.executable, "-m", "seedance_prep")
QUIET: tuple[str, ...] = (ffmpeg(), "-v", "error", "-nostdin", "-y")
MEMORY_MB = 700
BEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How thoroughly, and where made clips are kept."""

    pairs: int
    folder: Path
    ladder: bool


def fixed(out: Path, *assets: str, options: tuple[str, ...] = ()) -> Side:
    """``fix`` of some assets into a folder that is not there yet."""
    return Side([(*PREP, "fix", *assets, "--out", out, "--quiet", *options)], outdated=out)


def scaled(clip: Path, start: float, seconds: float) -> Side:
    """Decode a window of a clip and scale it down: nobody can do with less."""
    window = ("-ss", str(start), "-t", str(seconds), "-i", clip)
    chain = ("-vf", "scale=1280:720:flags=lanczos", "-an", "-f", "null", "-")
    return Side([(*QUIET, *window, *chain)])


def decode(settings: Settings) -> Iterator[Record]:
    """``fix`` of 12 s, proof included, against decode and scale alone."""
    cases = (("decode-1080p-h264", long.walk, 4, 1.8), ("decode-4k-hevc", long.uhd, 1, 1.5))
    for name, source, start, most in cases:
        clip = source(settings.folder)
        with _out(settings) as out:
            ours = fixed(out, f"{clip}#t={start},{start + 12}")
            record = against(ours, scaled(clip, start, 12), settings.pairs)
            record["ours"]["bytes"] = next(out.glob("*.mp4")).stat().st_size
        yield {"case": name, "at_most": most} | record


def copy(settings: Settings) -> Iterator[Record]:
    """A new container, and a cut at keyframes, against encoding the same by hand.

    ``-work`` is the copy itself against the encode itself; without it, everything counts on both
    sides: Python's start, the probe, and the decode that proves the output.
    """
    for name, clip, kept in (
        ("copy-remux", long.plain(settings.folder), 12.0),
        ("copy-cut", long.keyed(settings.folder), 14.9),
    ):
        with _out(settings) as out:
            hand = out.with_suffix(".mp4")
            encode = (*QUIET, "-t", str(kept), "-i", clip, "-c:v", "libx264", "-preset", "medium",
                      "-crf", "18", "-c:a", "aac", hand)  # fmt: skip
            prove = (*QUIET, "-xerror", "-i", hand, "-map", "0", "-f", "null", "-")
            both = Side([encode, prove])
            yield {"case": name} | against(fixed(out, str(clip)), both, settings.pairs)
            taken = (*QUIET, "-t", str(kept), "-i", clip, "-c", "copy", hand)
            record = against(Side([taken]), Side([encode]), settings.pairs)
            yield {"case": f"{name}-work", "at_most": 1 / 20} | record


def late(settings: Settings) -> Iterator[Record]:
    """10 s at the end of two hours, against the same 10 s of a 20 s file."""
    far, near = long.hours(settings.folder), long.short(settings.folder)
    with _out(settings) as out:
        ours = fixed(out, f"{far}#t={long.HOURS_SECONDS - 10},{long.HOURS_SECONDS}")
        theirs = fixed(out, f"{near}#t=10,20")
        yield {"case": "late", "at_most": 1.3} | against(ours, theirs, settings.pairs)


def best(settings: Settings) -> Iterator[Record]:
    """``keep=best`` of two hours, against ``keep=first``: seconds more."""
    far = long.hours(settings.folder)
    with _out(settings) as out:
        ours, theirs = fixed(out, f"{far}#keep=best"), fixed(out, f"{far}#keep=first")
        record = against(ours, theirs, settings.pairs)
    more = record["ours"]["seconds"] - record["theirs"]["seconds"]
    yield {"case": "best", "more_seconds": round(more, 2), "more_at_most": BEST_SECONDS} | record


def several(settings: Settings) -> Iterator[Record]:
    """Three clips at once (as many as ``fix`` likes), against one after the other."""
    clips = [str(clip) for clip in long.three(settings.folder)]
    with _out(settings) as out:
        ours, theirs = fixed(out, *clips), fixed(out, *clips, options=("--jobs", "1"))
        yield {"case": "several", "clock_at_most": 1.0} | against(ours, theirs, settings.pairs)


def memory(settings: Settings) -> Iterator[Record]:
    """What all processes of a fix of 4K hold at once, and of three 1080p clips."""
    clip = long.uhd(settings.folder)
    clips = [str(one) for one in long.three(settings.folder)]
    with _out(settings) as out:
        for name, side, plain in (
            ("memory-4k", fixed(out, f"{clip}#t=1,13"), scaled(clip, 1, 12)),
            ("memory-three", fixed(out, *clips), fixed(out, *clips, options=("--jobs", "1"))),
        ):
            yield {"case": name, "mb_at_most": MEMORY_MB} | against(side, plain, 1)


class _out:  # noqa: N801 - reads as a function
    """A folder for outputs, named but not made, that is gone in the end."""

    def __init__(self, settings: Settings) -> None:
        self._place = tempfile.TemporaryDirectory(dir=settings.folder)

    def __enter__(self) -> Path:
        return Path(self._place.name) / "ready"

    def __exit__(self, *_: object) -> None:
        self._place.cleanup()


CASES = {
    "decode": decode,
    "copy": copy,
    "late": late,
    "best": best,
    "several": several,
    "memory": memory,
}
