"""List a file's packets through ffmpeg, without decoding one: times, steps, keyframes.

Only for what no header tells: Matroska of browsers, transport streams, raw streams. ffmpeg gets
the sniffed demuxer, may open nothing but this file, and runs under a deadline.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from statistics import median_low

from .. import process
from ..core.media import AudioFacts, VideoFacts
from ..core.plan import Window
from ..errors import ToolFailedError
from .cadence import usual_step
from .formats import DEMUXERS
from .parts import need_all
from .samples import UNEVEN

BOUNDS = process.Bounds(seconds=30.0, memory=2 * process.GIB, written=1 << 20)
LINES_MAX = 2_000_000
CADENCE_SLACK = 4e-4
"""Share by which a measured cadence may miss the one in use: less than half of what lies between
29.97 and 30."""
UNTIMED = str(-(1 << 63))
"""How ffmpeg writes a time that a packet does not have; the decoding time stands in for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """What the packets of one stream say; seconds on the file's own clock."""

    frames: int
    start: float
    end: float
    fps: Fraction | None
    vfr: bool | None
    cadence: Fraction | None
    """Frames per second where none is missing; ``None`` when the steps have no common unit."""
    keys: tuple[float, ...]
    first: float
    """Time of the packet that is stored first."""
    skipped: int = 0
    """Packets before the first keyframe, which nothing can decode; no other field counts them."""
    codec: str | None = None
    size: tuple[int, int] | None = None
    sar: Fraction | None = None
    sample_rate: int | None = None
    channels: int | None = None

    @property
    def seconds(self) -> float:
        """From the first packet's start to the last one's end."""
        return self.end - self.start

    @property
    def key_gap(self) -> float:
        """Longest seconds from one keyframe to the next, or to an end."""
        edges = (self.start, *self.keys, self.end)
        return max(after - before for before, after in itertools.pairwise(edges))


@dataclass(slots=True)
class _Stream:
    """Packets of one stream as they come; pts, step, key, bytes and dts of each."""

    base: Fraction = Fraction(1, 1000)
    said: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[int, int, bool, int, int]] = field(default_factory=list)
    undated: bool = False
    """Whether some lack the former, for which the latter stands in."""


def packets(facts: VideoFacts | AudioFacts, path: Path) -> tuple[Packets | None, Packets | None]:
    """The packets of the chosen picture and of the chosen sound; ``None`` where there is none.

    Raises ``ToolMissingError`` when there is no ffmpeg; a file that ffmpeg cannot follow is
    ``(None, None)``.
    """
    if isinstance(facts, AudioFacts):
        return None, listing(path, facts.demuxer, [f"0:a:{facts.track}"]).get("audio")
    wanted = [f"0:v:{facts.stream}"] + ([f"0:a:{facts.audio.index}"] if facts.audio else [])
    found = listing(path, facts.demuxer, wanted)
    return found.get("video"), found.get("audio")


def listing(path: Path, demuxer: str, streams: list[str]) -> dict[str, Packets]:
    """Packets by media type (``video``, ``audio``) of the first streams that the maps name."""
    found = _listed(path, demuxer, streams, None)
    by_type = {stream.said.get("media_type", ""): stream for stream in found.values()}
    return {kind: _summed(stream) for kind, stream in by_type.items() if stream.rows}


def stored(facts: VideoFacts, path: Path, part: Window) -> Iterator[tuple[float, bool, int]]:
    """Time, key and bytes of each packet of the picture around a part, in order of decoding.

    Times are seconds on the clip's own clock. More may come before the part, and some behind it.
    """
    start = facts.start or 0.0
    ahead = facts.lead.sought
    place = Window(part.start + ahead, part.end + ahead)
    found = _listed(path, facts.demuxer, [f"0:v:{facts.stream}"], place)
    for stream in found.values():
        for time, _, key, size, _ in stream.rows:
            yield float(time * stream.base) - start, key, size


def seconds_ahead(facts: VideoFacts, path: Path) -> float | None:
    """When the stored picture begins for ffmpeg, which counts from the first packet of any track.

    ``None`` where it cannot follow the file.
    """
    found: dict[str, _Stream] = {}

    def take(line: str) -> None:
        _take(found, line)
        if "0" in found and found["0"].rows:
            raise ToolFailedError(["ffmpeg"], "said all that was asked of it")

    every = [f"0:v:{facts.stream}", *(f"0:{kind}" for kind in "vasd")]
    zero = ["-copy_unknown", "-start_at_zero"]
    need_all()
    with contextlib.suppress(ToolFailedError):
        process.run(_argv(path, facts.demuxer, every, zero), bounds=BOUNDS, on_line=take)
    picture = found.get("0", _Stream())
    return float(picture.rows[0][0] * picture.base) if picture.rows else None


def _listed(
    path: Path, demuxer: str, streams: list[str], part: Window | None
) -> dict[str, _Stream]:
    if demuxer not in DEMUXERS:
        return {}
    found: dict[str, _Stream] = {}
    left = LINES_MAX

    def take(line: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ToolFailedError(["ffmpeg"], "listed more packets than may be read")
        _take(found, line)

    need_all()
    with contextlib.suppress(ToolFailedError):  # a damaged end: what came before it is known
        argv = _argv(path, demuxer, streams, _place(part) if part else [])
        process.run(argv, bounds=BOUNDS, on_line=take)
    return found


def _place(part: Window) -> list[str]:
    start = ["-ss", f"{part.start:.6f}"] if part.start > 0 else []
    return ["-t", f"{part.length:.6f}", *start]


def _argv(path: Path, demuxer: str, streams: list[str], place: list[str]) -> list[str]:
    maps = [word for stream in streams for word in ("-map", f"{stream}?")]
    reading = ["-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{path}"]
    return [
        *(process.ffmpeg(), "-hide_banner", "-nostdin", "-v", "error", "-copyts", *place),
        *reading,
        *maps,
        *("-c", "copy", "-copyinkf", "-f", "framecrc", "-"),
    ]


def _take(found: dict[str, _Stream], line: str) -> None:
    if line.startswith("#"):
        name, _, rest = line[1:].partition(" ")
        number, mark, value = rest.partition(":")
        if mark and number.strip().isdigit():
            stream = found.setdefault(number.strip(), _Stream())
            stream.said[name] = value.strip()
            if name == "tb":
                stream.base = Fraction(value.strip())
        return
    cells = [cell.strip() for cell in line.split(",")]
    time = next((cell for cell in cells[2:0:-1] if cell != UNTIMED), "")
    if len(cells) >= 5 and cells[0] in found and time.lstrip("-").isdigit():
        key = not any(
            cell.startswith("F=") and not int(cell.removeprefix("F="), 0) & 1 for cell in cells[5:]
        )
        step = int(cells[3]) if cells[3].isdigit() else 0
        size = int(cells[4]) if cells[4].isdigit() else 0
        decoded = int(time if cells[1] == UNTIMED else cells[1])
        found[cells[0]].rows.append((int(time), step, key, size, decoded))
        found[cells[0]].undated |= cells[2] == UNTIMED


def _summed(stored: _Stream) -> Packets:
    stream = _entered(stored)
    times = _times(stream)
    steps = [after - before for before, after in itertools.pairwise(times)]
    last = max(stream.rows)[1] or (median_low(steps) if steps else 0)
    span = times[-1] - times[0]
    return Packets(
        frames=len(times),
        start=float(times[0] * stream.base),
        end=float((times[-1] + last) * stream.base),
        fps=_rate(len(steps), span, stream.base),
        vfr=_varies(steps, stream.base) if steps else None,
        cadence=per_second(usual_step(Counter(steps)), stream.base),
        keys=tuple(sorted(float(row[0] * stream.base) for row in stream.rows if row[2])),
        first=float(stored.rows[0][0] * stream.base),
        skipped=len(stored.rows) - len(stream.rows),
        codec=stream.said.get("codec_id"),
        size=_size(stream.said.get("dimensions")),
        sar=_ratio(stream.said.get("sar")),
        sample_rate=_whole(stream.said.get("sample_rate")),
        channels=_channels(stream.said.get("channel_layout_name")),
    )


def _entered(stream: _Stream) -> _Stream:
    """From the first keyframe on, where the recording was joined between two of them.

    What is stored behind that keyframe and shown before it leans on what is missing, too.
    """
    at = next((number for number, row in enumerate(stream.rows) if row[2]), 0)
    if not at:
        return stream
    shown = stream.rows[at][0]
    return replace(stream, rows=[row for row in stream.rows[at:] if row[0] >= shown])


def per_second(step: Fraction | None, base: Fraction) -> Fraction | None:
    """The rate of a step in ticks, as the one in use that it stands for."""
    return snapped(float(1 / (step * base)), CADENCE_SLACK) if step else None


def _times(stream: _Stream) -> list[int]:
    """When pictures are shown, ascending; hidden ones of VP8 and VP9 share the next one's time.

    Where not every packet tells, decoding goes at the same pace, and ahead by what the first waits.
    """
    wait = stream.rows[0][0] - stream.rows[0][4]
    times = [row[4] + wait if stream.undated else row[0] for row in stream.rows]
    return sorted(set(times) if stream.said.get("codec_id") in ("vp8", "vp9") else times)


def _rate(steps: int, span: int, base: Fraction) -> Fraction | None:
    """Steps per second; a coarse clock is forgiven its rounding at both ends."""
    return snapped(float(steps / (span * base)), max(1e-4, 1 / span)) if steps and span else None


def _varies(steps: list[int], base: Fraction) -> bool:
    """Whether a step is off the mean by more than jitter and the rounding of a coarse clock."""
    mean = sum(steps) / len(steps)
    slack = max(1.0, mean * UNEVEN) + (0.5 if base >= Fraction(1, 1000) else 0)
    return any(abs(step - mean) > slack for step in steps)


def snapped(rate: float, slack: float = 1e-4) -> Fraction | None:
    """The exact rate that a rounded one stands for: n/1001 of broadcasting, n, or n/1000."""
    if not 0.001 < rate < 100_000:
        return None
    known = [Fraction(base * 1000, 1001) for base in (24, 30, 48, 60, 120)]
    best = min((*known, Fraction(max(round(rate), 1))), key=lambda each: abs(float(each) - rate))
    near = abs(float(best) / rate - 1) <= slack
    return best if near else Fraction(round(rate * 1000), 1000)


def _size(text: str | None) -> tuple[int, int] | None:
    width, _, height = (text or "").partition("x")
    return (int(width), int(height)) if width.isdigit() and height.isdigit() else None


def _ratio(text: str | None) -> Fraction | None:
    across, _, down = (text or "").partition("/")
    return (
        Fraction(int(across), int(down))
        if across.isdigit() and down.isdigit() and int(down) and int(across)
        else None
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and int(text) else None


def _channels(layout: str | None) -> int | None:
    """Channels of an ffmpeg layout name: ``stereo``, ``5.1(side)``, ``8 channels``."""
    if not layout:
        return None
    named = {"mono": 1, "stereo": 2, "downmix": 2, "quad": 4, "hexagonal": 6, "octagonal": 8}
    first = layout.split("(")[0].split()[0]
    if first in named:
        return named[first]
    parts = first.split(".")
    return sum(int(part) for part in parts) if all(part.isdigit() for part in parts) else None
