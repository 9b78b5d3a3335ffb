"""Listen to a sound: how long and how loud it really is. Bounded at a minute.

A header may lie, and tells nothing of silence. Long sounds, and those of a quarter of a minute in
containers that count by themselves, are believed: they are cut anyway, and what is made of them is
listened to.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .. import process
from ..core.loudness import FILTERS, Loudness, Meter
from ..core.media import AudioFacts, Fault
from ..errors import ToolFailedError
from .faults import UnusableError, damaged
from .parts import need_all

SECONDS_MAX = 60.0
KEPT_MAX = 16.0
"""Seconds up to which a sound may stay whole."""
ESTIMATED = frozenset({"mp3", "wav", "aac", "latm", "mpegts", "mpeg", "ac3", "eac3", "dts", "amr"})
"""Containers whose lengths are estimates, or claims of whoever wrote them."""
BOUNDS = process.Bounds(seconds=30.0, memory=2 * process.GIB, written=1 << 20)
UNDECODED = {"ac4": "AC-4", "mpegh_3d_audio": "MPEG-H"}
"""Codecs that no ffmpeg decodes."""
DIFFERENT = 0.02
"""Seconds by which a header and a measure may differ: encoders pad, containers count blocks."""


def listened(facts: AudioFacts, path: Path) -> AudioFacts:
    """The facts with the measured length and loudness, where the sound is short enough.

    Raises ``UnusableError`` when there is a header and no sound that can be decoded,
    ``ToolMissingError`` without an ffmpeg. What ffmpeg cannot follow stays as it was told.
    """
    if facts.codec in UNDECODED:
        says = f"holds sound in {UNDECODED[facts.codec]}, which nothing here can decode"
        raise UnusableError(Fault.UNSUPPORTED, says)
    most = SECONDS_MAX if facts.container in ESTIMATED else KEPT_MAX
    if facts.duration is None or facts.duration > most or not facts.sample_rate:
        return facts
    need_all()
    meter = Meter()
    try:
        done = process.run(_argv(facts, path), bounds=BOUNDS, on_line=meter.line)
    except ToolFailedError as error:
        if error.code is not None and not meter.loudness.samples:
            raise damaged("has a header, and no sound behind it that can be decoded") from error
        return facts
    found = meter.loudness
    if not found.samples:
        raise damaged("has a header, and no sound behind it")
    return _measured(facts, found, bool(done.stderr.strip()))


def _argv(facts: AudioFacts, path: Path) -> list[str]:
    source = ["-protocol_whitelist", "file,pipe", "-f", facts.demuxer]
    source += ["-t", f"{SECONDS_MAX + 1:.0f}", "-i", f"file:{path.absolute()}"]
    quiet = [process.ffmpeg(), "-hide_banner", "-nostdin", "-v", "error"]
    heard = ["-map", f"0:a:{facts.track}", "-vn", "-af", FILTERS, "-f", "null", "-"]
    return [*quiet, *source, *heard]


def _measured(facts: AudioFacts, found: Loudness, errors: bool) -> AudioFacts:
    assert facts.sample_rate
    told, seconds = facts.duration or 0.0, found.samples / facts.sample_rate
    missing = facts.container == "mp3" and (facts.told or 0.0) - seconds >= DIFFERENT
    return replace(
        facts,
        duration=seconds if abs(seconds - told) > DIFFERENT else told,
        loudness=found.lufs,
        peak=round(found.peak, 2),
        heard=round(found.heard / facts.sample_rate, 3),
        faulty=errors and missing,
    )
