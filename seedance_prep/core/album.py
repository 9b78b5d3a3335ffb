"""Pictures and waveforms of a request, as small bytes: what a report shows of its files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """What there is to see and hear of one asset; JPEGs, ``None`` where there is none."""

    thumb: bytes | None = None
    """A small picture of the source, or of the output where the source is gone."""
    before: bytes | None = None
    """The source: a still, or a frame from the start of what is kept."""
    after: bytes | None = None
    """The same of the output; ``None`` as well when it is the very same file."""
    close_before: bytes | None = None
    """The centre of a still, pixel for pixel; none of one that stays as it is."""
    close_after: bytes | None = None
    film: bytes | None = None
    """Frames of the whole source, evenly spaced from its start, side by side."""
    sound: tuple[float, ...] = ()
    """Peaks of the source from start to end: evenly spaced, 0 to 1, where 1 is its loudest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """The views of a report's assets, in their order; those behind the last have none."""

    views: tuple[Views, ...] = ()

    def of(self, index: int) -> Views:
        """The views of the asset at ``index``."""
        return self.views[index] if index < len(self.views) else Views()
