"""What a rule is, apart from the function that judges: its code, its level, its page."""

from __future__ import annotations

from dataclasses import dataclass

from .finding import Knob, Level, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the registry. ``check`` pairs it with a judge; ``report`` shows it."""

    code: str
    """``VID003``: stable for ever."""
    name: str
    """``clip-too-long``: the fault, never advice."""
    level: Level
    """The level of its findings; see ``tolerant``."""
    knob: Knob | None
    """What would be turned to mend it; ``None`` when no tool can."""
    trust: Trust | None
    """The least trust that mends the usual case; a finding may need more and says so."""
    rows: tuple[str, ...]
    """Rows of the limits document that it stands for."""
    bounds: tuple[str, ...]
    """Dotted names of the limits that it compares with, as in ``bounds_of``."""
    tolerant: bool
    """Whether ``--tolerant`` lowers it to a warning within what is known to be accepted."""
    page: str
    """What it means, why it matters, how it is mended."""

    @property
    def family(self) -> str:
        """``VID`` of ``VID003``."""
        return self.code[:3]

    @property
    def summary(self) -> str:
        """First line of the page, without its full stop."""
        return self.page.partition("\n")[0].rstrip(".")
