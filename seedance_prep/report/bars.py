"""Totals against their limits: what the request would use up of files, seconds and bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..core.limits import Limits
from ..core.media import AudioFacts, Facts, ImageFacts, VideoFacts
from ..core.outcome import Report
from ..core.plan import Action
from ..core.request import Kind
from ..core.units import MB


@dataclass(frozen=True, slots=True)
class Bar:
    """One sum beside its limit."""

    label: str
    """``video seconds``."""
    used: float
    most: float
    words: str
    """``12.40 of 15 s``."""

    @property
    def share(self) -> float:
        """Used part of the limit; above 1 where it is exceeded."""
        return self.used / self.most if self.most else float(self.used > 0)


def bars(value: Report, limits: Limits, *, every: bool = False) -> tuple[Bar, ...]:
    """Sums over what would be sent: the outputs, or what the plan foresees, or the sources.

    ``every``: also those of kinds of which there is no file.
    """
    return tuple(_bars(_sent(value), limits, every, bound="max " if _foreseen(value) else ""))


def _foreseen(value: Report) -> bool:
    """Whether bytes of clips are those that encodes may take, and not those that they took."""
    if value.before is None or value.outputs or value.plan is None:
        return False
    return any(
        step.action is Action.ENCODED and step.media.kind is Kind.VIDEO and not step.dropped
        for step in value.plan.steps
    )


def _sent(value: Report) -> list[Facts]:
    if value.before is None:
        return [one.facts for one in value.assets if one.facts]
    if value.outputs or value.plan is None:
        return [output.facts for output in value.outputs]
    steps = [step for step in value.plan.steps if not step.dropped]
    return [one.facts for step in steps if (one := step.predicted or step.media).facts]


def _bars(facts: list[Facts], limits: Limits, every: bool, *, bound: str) -> Iterator[Bar]:
    request = limits.request
    clips = [one for one in facts if isinstance(one, VideoFacts)]
    sounds = [one for one in facts if isinstance(one, AudioFacts)]
    yield _slots("files", len(facts), request.files_max.value)
    images = [one for one in facts if isinstance(one, ImageFacts)]
    if images or every:
        yield _slots("images", len(images), request.images_max.value)
    if clips or every:
        yield _slots("videos", len(clips), request.videos_max.value)
        yield _seconds("video seconds", clips, limits.video.total_seconds_max.value)
        size, end = sum(clip.bytes for clip in clips), limits.video.total_bytes_end.value
        digits = 0 if bound else 1
        yield Bar("video bytes", size, end, f"{bound}{size / MB:.{digits}f} of {end / MB:.0f} MB")
    if sounds or every:
        yield _slots("sounds", len(sounds), request.audio_max.value)
        yield _seconds("sound seconds", sounds, limits.audio.total_seconds_max.value)


def _slots(label: str, used: int, most: int) -> Bar:
    return Bar(label, used, most, f"{used} of {most}")


def _seconds(label: str, timed: list[VideoFacts] | list[AudioFacts], most: Fraction) -> Bar:
    used = sum(one.duration or 0.0 for one in timed)
    return Bar(label, used, float(most), f"{used:.2f} of {float(most):g} s")
