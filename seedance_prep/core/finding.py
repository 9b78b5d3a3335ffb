"""A finding: the input breaks a rule. Collected, sorted, all shown; never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(StrEnum):
    """How much it matters (see the README, "Levels")."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for an error, so that errors sort first."""
        return _RANKS[self._value_]


_RANKS = {level.value: rank for rank, level in enumerate(Level)}


class Knob(StrEnum):
    """What can be turned to mend a finding. Each knob has one solver."""

    COUNT = "count"
    KIND = "kind"
    CONTAINER = "container"
    CODEC = "codec"
    LENGTH = "length"
    SIZE = "size"
    RATE = "rate"
    COLOUR = "colour"
    BYTES = "bytes"
    LOUDNESS = "loudness"
    PROMPT = "prompt"
    PARAMETER = "parameter"


FILE_KNOBS = frozenset(Knob) - {Knob.PROMPT, Knob.PARAMETER}
"""What a plan turns; other findings say by themselves what mends them."""


class Trust(IntEnum):
    """How far a fix may go; each step includes those before it."""

    NONE = 0
    LOSSLESS = 1
    """Remux, copy-cut, metadata."""
    LOSSY = 2
    """Scale down, encode, trim, repeat or drop frames; scale up by at most 2 per side."""
    INVENTIVE = 3
    """Scale up further, lengthen, pad, crop: changes what is shown or heard."""
    DROP = 4
    """Leave assets out."""

    @property
    def label(self) -> str:
        """The word of the command line."""
        return self.name.lower()


LOSSY_SCALE_MAX = 2
"""How far a side may be scaled up at ``Trust.LOSSY``; further is ``Trust.INVENTIVE``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that one asset (or the request) breaks."""

    code: str
    """``VID003``: stable for ever."""
    name: str
    """``clip-too-long``: the fault, never advice."""
    level: Level
    message: str
    """One sentence: what was measured, what is allowed."""
    ref: str | None = None
    source: str | None = None
    measured: float | int | str | None = None
    limit: float | int | str | None = None
    knob: Knob | None = None
    """What would be turned; ``None`` when no tool can mend it."""
    trust: Trust | None = None
    """The least trust at which the fix happens; ``None`` when none does."""
    origin: str | None = None
    """Where the limit comes from: source, date, documented or enforced."""
    remedy: str | None = None
    """What the caller can do, with the option or command."""

    @property
    def where(self) -> str:
        """Which asset, for the front of a sentence: ``@Video1 phone.mov: ``."""
        parts = [part for part in (self.ref, self.source) if part]
        return f"{' '.join(parts)}: " if parts else ""

    @property
    def order(self) -> tuple[int, str, str, int, str]:
        """Sort key: level, code, reference (``@Image2`` before ``@Image10``), source."""
        tag = (self.ref or "").rstrip("0123456789")
        number = int((self.ref or "")[len(tag) :] or 0)
        return (self.level.rank, self.code, tag, number, self.source or "")
