"""Knob ``count``: which files are left out, only where the caller trusts that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..core.finding import Finding, Knob
from ..core.limits import Count, RequestLimits
from ..core.media import Media
from ..core.request import Kind


@dataclass(frozen=True, slots=True)
class Seat:
    """One file among those that compete for the places of a request."""

    index: int
    media: Media
    named: bool
    """Whether the prompt names it."""

    @property
    def worth(self) -> tuple[bool, bool, float, int]:
        """Sort key: who goes first has the least (unreadable, never named, light, late)."""
        readable = self.media.facts is not None
        return (readable, self.named, self.media.asset.weight, -self.index)


def dropped(
    media: Sequence[Media],
    findings: Sequence[Finding],
    limits: RequestLimits,
    named: Collection[str],
) -> frozenset[int]:
    """Indexes of the files to leave out: twins first, then what is too much of a kind, then of all.

    ``findings`` are those that shall be mended.
    """
    twins = {finding.ref for finding in findings if finding.knob is Knob.COUNT and finding.ref}
    gone = {index for index, one in enumerate(media) if one.ref in twins}
    seats = [Seat(index, one, one.ref in named) for index, one in enumerate(media)]
    for kind, most in (
        (Kind.IMAGE, limits.images_max),
        (Kind.VIDEO, limits.videos_max),
        (Kind.AUDIO, limits.audio_max),
    ):
        gone |= _least([seat for seat in seats if seat.media.kind is kind], gone, most)
    return frozenset(gone | _least(seats, gone, limits.files_max))


def _least(seats: Sequence[Seat], gone: Collection[int], most: Count) -> set[int]:
    there = sorted((seat for seat in seats if seat.index not in gone), key=lambda seat: seat.worth)
    return {seat.index for seat in there[: max(0, len(there) - most.value)]}
