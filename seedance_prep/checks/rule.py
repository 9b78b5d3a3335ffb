"""How a rule is written: a decorated pure function of a subject and the limits.

    @rule("VID003", Level.ERROR, Knob.LENGTH, Trust.LOSSY, rows="V7", bounds="video.seconds_max")
    def clip_too_long(clip: Clip, limits: Limits) -> Breach | None:
        \"\"\"Clip runs longer than the service takes.

        Why: …
        Fix: …
        \"\"\"

The function's name is the fault's, its docstring the page that ``rules VID003`` prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from inspect import cleandoc
from typing import Any, Generic, TypeVar

from ..core.finding import Knob, Level, Trust
from ..core.limits import Bound, Limits
from ..core.media import AudioFacts, ImageFacts, Media, VideoFacts
from ..core.request import Asset, Kind, Request
from ..core.rule import Rule

Measured = Fraction | float | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What a judge found; the engine makes a finding of it."""

    says: str
    """What was measured and what is allowed."""
    measured: Measured | None = None
    limit: Bound[Any] | Fraction | None = None
    """The limit that is broken, with its origin; a bare number when the file itself sets it."""
    level: Level | None = None
    """When it is not the rule's own."""
    trust: Trust | None = None
    """When this case needs more (or less) than the usual one."""
    remedy: str | None = None
    """When the option that lets ``fix`` mend it does not say it all."""
    media: Media | None = None
    """The asset, when a rule over the whole request blames one."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Subject of the rules over the request: everything at once."""

    request: Request
    media: Sequence[Media]

    def of(self, kind: Kind) -> list[Media]:
        """The assets of one kind, readable or not."""
        return [one for one in self.media if one.kind is kind]

    @property
    def untold(self) -> int:
        """Assets whose kind could not be told: they may be of any."""
        return sum(one.kind is None for one in self.media)


Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Seen(Generic[Facts]):
    """Subject of the rules on one readable file: its facts, and what the caller said of it."""

    facts: Facts
    asset: Asset


Picture = Seen[ImageFacts]
Clip = Seen[VideoFacts]
Sound = Seen[AudioFacts]

Verdict = Breach | Iterable[Breach] | None


@dataclass(frozen=True, slots=True)
class Judge:
    """A rule with the function that judges. The function takes the subject of its family."""

    rule: Rule
    breaches: Callable[[Any, Limits], Verdict]

    def judge(self, subject: object, limits: Limits) -> tuple[Breach, ...]:
        """Every breach, as a tuple."""
        verdict = self.breaches(subject, limits)
        if verdict is None:
            return ()
        return (verdict,) if isinstance(verdict, Breach) else tuple(verdict)


def rule(
    code: str,
    level: Level,
    knob: Knob | None = None,
    trust: Trust | None = None,
    *,
    rows: str = "",
    bounds: str = "",
    tolerant: bool = False,
) -> Callable[[Callable[[Any, Limits], Verdict]], Judge]:
    """Make a judge of a function. ``rows`` and ``bounds`` are lists separated by spaces."""

    def decorate(function: Callable[[Any, Limits], Verdict]) -> Judge:
        described = Rule(
            code=code,
            name=function.__name__.replace("_", "-"),
            level=level,
            knob=knob,
            trust=trust,
            rows=tuple(rows.split()),
            bounds=tuple(bounds.split()),
            tolerant=tolerant,
            page=cleandoc(function.__doc__ or ""),
        )
        return Judge(described, function)

    return decorate
