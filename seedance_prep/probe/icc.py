"""The name of a colour profile (ICC.1:2022, the ``desc`` tag), read within bounds. Pure."""

from __future__ import annotations

import struct

TAGS_MAX = 100
NAME_MAX = 200


def name(profile: bytes) -> str | None:
    """The profile's description; ``None`` when it has none that can be read."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    count = min(int.from_bytes(profile[128:132], "big"), TAGS_MAX)
    for at in range(132, min(132 + 12 * count, len(profile) - 11), 12):
        kind, start, size = struct.unpack_from(">4sII", profile, at)
        if kind == b"desc":
            return _text(profile[start : start + min(size, 4096)])
    return None


def _text(tag: bytes) -> str | None:
    if tag[:4] == b"desc" and len(tag) > 12:
        length = int.from_bytes(tag[8:12], "big")
        return _clean(tag[12 : 12 + min(length, NAME_MAX)].decode("latin-1"))
    if tag[:4] == b"mluc" and len(tag) >= 28:
        length, start = struct.unpack_from(">II", tag, 20)
        return _clean(tag[start : start + min(length, 2 * NAME_MAX)].decode("utf-16-be", "replace"))
    return None


def _clean(text: str) -> str | None:
    kept = "".join(char for char in text.split("\0")[0] if char.isprintable())
    return kept.strip() or None
