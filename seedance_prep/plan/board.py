"""What the solvers look at: the files that stay, and how far their mending may go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite

from ..core.finding import Finding, Knob, Level, Trust
from ..core.limits import Limits
from ..core.media import AudioFacts, ImageFacts, Media, VideoFacts
from ..core.parts import READ
from ..core.plan import Action
from ..core.request import Kind, Metadata
from ..core.survey import Survey
from .formats import may_copy, sound_fits, sound_may_copy
from .steps import Share
from .windows import Seconds, Stretch, alone, seconds_of

Judge = Callable[[Sequence[Media]], Sequence[Finding]]

TURNED = frozenset(
    {
        Knob.CONTAINER,
        Knob.CODEC,
        Knob.LOUDNESS,
        Knob.LENGTH,
        Knob.SIZE,
        Knob.RATE,
        Knob.COLOUR,
        Knob.BYTES,
    }
)
"""Knobs whose findings an encode of that file mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The files that stay, by position, and how far their mending may go."""

    media: tuple[Media, ...]
    limits: Limits
    judge: Judge
    allow: Trust
    mend: Level
    surveys: Mapping[int, Survey] = field(default_factory=dict)
    """What is known beyond the facts, by position."""
    metadata: Metadata | None = None

    def about(self, one: Media, findings: Sequence[Finding]) -> list[Finding]:
        """Findings about this file alone that shall be mended."""
        ref = one.ref
        levels = tuple(level for level in Level if level.rank <= self.mend.rank)
        return [each for each in findings if each.ref == ref and each.level in levels]

    def causes(self, one: Media, findings: Sequence[Finding]) -> frozenset[str]:
        """Their codes."""
        return frozenset(finding.code for finding in self.about(one, findings))

    def errors(self, one: Media, findings: Sequence[Finding]) -> bool:
        """Whether one of them is an error."""
        return any(finding.level is Level.ERROR for finding in self.about(one, findings))

    def least_touch(self, index: int, findings: Sequence[Finding]) -> Action:
        """What mends the findings about this file alone, as far as the trust goes."""
        one = self.media[index]
        knobs = {finding.knob for finding in self.about(one, findings)} & TURNED
        if one.facts is None or self.allow < Trust.LOSSLESS:
            return Action.UNTOUCHED
        if not knobs:
            return Action.REMUXED if self.strips(index) else Action.UNTOUCHED
        if self._pictured(index, knobs, {Knob.CONTAINER}):
            return Action.REMUXED
        if self._sounded(index, knobs):
            return Action.ENCODED  # its step copies what is there
        return Action.ENCODED if self.allow >= Trust.LOSSY else Action.UNTOUCHED

    def strips(self, index: int) -> bool:
        """Whether a file that needs nothing else shall tell, and can tell, less than it does."""
        facts = self.media[index].facts
        if self.metadata is not Metadata.STRIP:
            return False
        if isinstance(facts, ImageFacts):
            return facts.container in READ and facts.metadata is not False
        if isinstance(facts, AudioFacts):
            told = facts.personal or facts.cover
            return bool(told) and facts.container in self.limits.audio.containers.value
        if not isinstance(facts, VideoFacts) or not sound_fits(facts, self.limits):
            return False
        taken = facts.container in self.limits.video.containers.value
        return taken and self._pictured(index, (), ())

    def stripped(self, index: int, action: Action) -> bool:
        """Whether all that is done to a file is to leave its metadata out, so that its length
        stays what it was.
        """
        return action is Action.REMUXED and self.strips(index)

    def _pictured(
        self, index: int, knobs: Collection[Knob | None], turned: Collection[Knob]
    ) -> bool:
        """Whether turning these knobs, and maybe encoding the sound, leaves the picture alone."""
        facts, survey = self.media[index].facts, self.surveys.get(index)
        if not isinstance(facts, VideoFacts) or (survey and survey.uncopied):
            return False
        if sound_fits(facts, self.limits):
            return set(knobs) <= set(turned) and may_copy(facts, self.limits)
        mendable = self.allow >= Trust.LOSSY and may_copy(facts, self.limits)
        return mendable and set(knobs) <= {*turned, Knob.CODEC}

    def cuttable(self, index: int, findings: Sequence[Finding]) -> bool:
        """Whether a cut, and maybe a new container, is all that a clip needs."""
        knobs = {finding.knob for finding in self.about(self.media[index], findings)} & TURNED
        turned = {Knob.CONTAINER, Knob.LENGTH, Knob.BYTES}
        copied = self._pictured(index, knobs, turned) or self._sounded(index, knobs)
        return self.allow >= Trust.LOSSLESS and copied

    def _sounded(self, index: int, knobs: Collection[Knob | None]) -> bool:
        """Whether turning these knobs leaves the coding of a sound alone."""
        facts = self.media[index].facts
        turned = {Knob.CONTAINER, Knob.LENGTH, Knob.BYTES}
        copied = isinstance(facts, AudioFacts) and sound_may_copy(facts, self.limits)
        return copied and set(knobs) <= turned

    def share(self, action: Action) -> Share:
        """What is settled for a file that shares nothing with others."""
        strict, keep = self.mend is not Level.ERROR, self.metadata is Metadata.KEEP
        return Share(action=action, strict=strict, keep_metadata=keep)

    def rule(self, kind: type[VideoFacts] | type[AudioFacts]) -> Seconds:
        """Limits on the lengths of one kind.

        With more files than the request may hold, one must go anyway: to cut all of them to fit
        would cut them too short, so each then answers for itself.
        """
        video = kind is VideoFacts
        bounds = self.limits.video if video else self.limits.audio
        rule = seconds_of(bounds, tolerant=self.limits.tolerant, mend=self.mend)
        return alone(rule) if self.crowded(Kind.VIDEO if video else Kind.AUDIO) else rule

    def crowded(self, kind: Kind) -> bool:
        """Whether the request holds more files of a kind than are taken."""
        most = {
            Kind.IMAGE: self.limits.request.images_max,
            Kind.VIDEO: self.limits.request.videos_max,
            Kind.AUDIO: self.limits.request.audio_max,
        }[kind]
        return sum(one.kind is kind for one in self.media) > most.value

    def stretch(self, index: int, *, free: bool) -> Stretch:
        """One file among those that share the seconds."""
        facts = self.media[index].facts
        bounds = self.limits.audio
        least = bounds.seconds_safe_min.value + bounds.seconds_margin.value
        return Stretch(
            index=index,
            least=float(least) if isinstance(facts, AudioFacts) else inf,
            whole=_seconds(facts) if isinstance(facts, VideoFacts | AudioFacts) else None,
            asset=self.media[index].asset,
            look=self.surveys[index].look if index in self.surveys else None,
            free=free and self.allow >= Trust.LOSSLESS,
            longer=free and self.allow >= Trust.INVENTIVE,
        )


def _seconds(facts: VideoFacts | AudioFacts) -> float | None:
    """The length, when it makes sense."""
    whole = facts.duration
    return whole if whole is not None and isfinite(whole) and whole >= 0 else None
