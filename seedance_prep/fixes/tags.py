"""A sound without its tags: its frames or samples byte for byte, and nothing around them.

ID3v2 stands in front of an MP3 (id3.org, v2.4 section 3.1), Lyrics3, APEv2 and ID3v1 behind it, in
any order; a WAV keeps them in chunks of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..core.media import AudioFacts
from ..core.mpeg import behind_tags
from ..core.plan import Step
from ..errors import ToolFailedError
from .draft import Draft, written

ID3V1, APE_FOOTER, LYRICS_END = 128, 32, b"LYRICS200"
NEEDED = frozenset({b"fmt ", b"fact", b"data"})
"""Chunks of a WAV that a player needs."""
ENDLESS = (0, 0xFFFF_FFFF)
"""What stands for the length of samples whose writer could not know it."""


def make_stripped(step: Step, folder: Path, told: Callable[[float], None]) -> Draft:
    """The same sound in a file that tells nothing besides.

    Raises ``ToolFailedError`` when its parts cannot be told apart.
    """
    facts, source = step.media.facts, step.media.path
    assert isinstance(facts, AudioFacts)
    assert source is not None
    bare = {"mp3": frames, "wav": samples}[facts.container](source.read_bytes())
    draft = written(folder, facts.container, "the sound", lambda path: path.write_bytes(bare))
    told(1.0)
    return draft


def frames(data: bytes) -> bytes:
    """An MP3 without the tags before and behind its frames."""
    start, end = behind_tags(data), len(data)
    while (shorter := _before(data, end)) < end:
        end = shorter
    if start >= end:
        raise ToolFailedError(("MP3",), "found only tags in it")
    return data[start:end]


def _before(data: bytes, end: int) -> int:
    """Where the last tag begins; the end itself when there is none."""
    if data[end - ID3V1 : end - ID3V1 + 3] == b"TAG" and end >= ID3V1:
        return end - ID3V1
    footer = data[max(0, end - APE_FOOTER) : end]
    if footer.startswith(b"APETAGEX"):
        size = int.from_bytes(footer[12:16], "little")
        head = APE_FOOTER if footer[23] & 0x80 else 0
        return max(0, end - size - head)
    if data[max(0, end - 9) : end] == LYRICS_END and data[end - 15 : end - 9].isdigit():
        return max(0, end - 15 - int(data[end - 15 : end - 9]))
    return end


def samples(data: bytes) -> bytes:
    """A WAV of nothing but its format and samples, with lengths that are true."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ToolFailedError(("WAV",), "found no RIFF in it")
    kept, at = b"WAVE", 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data" and size in ENDLESS:
            size = len(data)
        body = data[at + 8 : at + 8 + size]
        if name in NEEDED:
            kept += name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) & 1)
        at += 8 + size + (size & 1)
    if b"data" not in kept:
        raise ToolFailedError(("WAV",), "found no samples in it")
    return b"RIFF" + len(kept).to_bytes(4, "little") + kept
