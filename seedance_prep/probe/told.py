"""Whom and where the tags of a sound or video tell of, whatever their container calls them.

Containers know many names for one thing (``©ART``, ``TPE1``, ``IART``, ``ARTIST``), MediaInfo
fewer, and those that it does not know it hands through. So their words decide. The ID3 tag in
front of a sound, which MediaInfo is not shown, is read here (id3.org, v2.2 to v2.4, section 4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.mpeg import behind_tags
from .mediainfo import Section
from .tracks import TAG_MAX, Source

TELLING = {
    "a title or text": ("title", "comment", "description", "lyrics", "uslt", "keywords"),
    "names of people": ("performer", "artist", "author", "director", "owner", "copyright",
                        "composer", "publisher"),
    "the device": ("model", "make", "hardware", "serial"),
    "the place where it was taken": ("location", "gps", "xyz"),
}  # fmt: skip
"""What is told, by the words of a tag's name."""
FRAMES = {
    "title": (b"TIT2", b"TIT3", b"TT2", b"TT3"),
    "comment": (b"COMM", b"COM"),
    "lyrics": (b"USLT", b"SYLT", b"ULT", b"SLT"),
    "performer": (b"TPE1", b"TPE2", b"TPE3", b"TPE4", b"TP1", b"TP2", b"TP3", b"TP4"),
    "composer": (b"TCOM", b"TEXT", b"TCM", b"TXT"),
    "copyright": (b"TCOP", b"TCR"),
    "owner": (b"TOWN", b"OWNE"),
    "publisher": (b"TPUB", b"TPB"),
}
"""Names of ID3's frames."""
OTHER = (b"TXXX", b"TXX")
"""Frames that bring a name of their own along."""
PLAYERS = "iTun"
"""Begins the names of comments that hold a player's numbers: loudness, gaps, the disc (iTunNORM,
iTunSMPB, iTunes_CDDB)."""
_WORDS = re.compile(r"[a-z]+")


def personal(source: Source) -> tuple[str, ...]:
    """What the tags of a file tell that may be private, in words."""
    names = [*_names(source.general), *_framed(source)]
    named = {word for name in names for word in _WORDS.findall(name.lower())}
    return tuple(what for what, words in TELLING.items() if named & set(words))


def _names(general: Section) -> Iterator[str]:
    extra = general.fields.get("extra")
    for fields in (general.fields, extra if isinstance(extra, dict) else {}):
        yield from (name for name, value in fields.items() if isinstance(value, str) and value)


def _framed(source: Source) -> Iterator[str]:
    if not source.sniffed.tag:
        return
    with source.path.open("rb") as file:
        tag = file.read(min(source.sniffed.tag, TAG_MAX))
    for name, body in _frames(tag[: behind_tags(tag)]):
        if name in FRAMES["comment"] and _named(body, 4).startswith(PLAYERS):
            continue
        yield from (word for word, known in FRAMES.items() if name in known)
        if name in OTHER:
            yield _named(body, 1)


def _named(body: bytes, at: int) -> str:
    """The name that a frame brings along, behind ``at`` bytes: its code (and its language)."""
    code = {b"\1": "utf-16", b"\2": "utf-16-be"}.get(body[:1], "latin-1")
    return body[at : at + 100].decode(code, "replace").partition("\0")[0]


def _frames(tag: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each frame, up to the first that is none."""
    wide, at = tag[3:4] != b"\2", 10
    name, head = (4, 10) if wide else (3, 6)
    while at + head <= len(tag) and tag[at : at + name].isalnum():
        size = int.from_bytes(tag[at + name : at + 2 * name], "big")
        if tag[3:4] == b"\4":  # seven bits of each byte
            size = sum((byte & 0x7F) << 7 * n for n, byte in enumerate(tag[at + 7 : at + 3 : -1]))
        yield tag[at : at + name], tag[at + head : at + head + size]
        at += head + size
