"""Numbers of references: per kind, from 1, in the order given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from .media import Media
from .request import Kind

TAGS = {Kind.IMAGE: "@Image", Kind.VIDEO: "@Video", Kind.AUDIO: "@Audio"}


def numbered(media: Iterable[Media]) -> tuple[Media, ...]:
    """The same media with ``ref`` set; ``None`` stays where the kind cannot be told."""
    counts: Counter[Kind] = Counter()
    result = []
    for one in media:
        if one.kind is None:
            result.append(replace(one, ref=None))
            continue
        counts[one.kind] += 1
        result.append(replace(one, ref=f"{TAGS[one.kind]}{counts[one.kind]}"))
    return tuple(result)


def sent_name(ref: str, extension: str) -> str:
    """The file name that goes out: ``image1.jpg`` for ``@Image1``. Never the user's own."""
    return f"{ref.removeprefix('@').lower()}.{extension}"
