"""The windows that the caller chose (``#t=``), named where they run too long together."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from .media import AudioFacts, Media, VideoFacts

Span = tuple[float, float]


def too_long(
    media: Sequence[Media], kind: type[VideoFacts | AudioFacts], most: float = 0.0
) -> str | None:
    """What to shorten: ``0-10 s of @Video1 and 5-15 s of @Video2``; ``None`` within ``most`` s."""
    found = [(one.ref or one.source, span) for one in media if (span := _span(one, kind))]
    if fsum(end - start for _, (start, end) in found) <= most:
        return None
    found.sort(key=lambda one: (len(one[0]), one))
    return " and ".join(f"{start:g}-{end:g} s of {ref}" for ref, (start, end) in found)


def _span(media: Media, kind: type[VideoFacts | AudioFacts]) -> Span | None:
    """The chosen seconds of a file of that kind, inside the file."""
    asset, facts = media.asset, media.facts
    if not isinstance(facts, kind) or not asset.windowed:
        return None
    ends = [end for end in (asset.end, facts.duration) if end is not None]
    start = asset.start or 0.0
    return (start, min(ends)) if ends and start < min(ends) else None
