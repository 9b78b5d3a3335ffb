"""How many findings there are, of a file or of all, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.finding import Finding, Level
from ..core.media import Media
from ..core.outcome import Output
from ..core.units import plural


def counted(findings: Iterable[Finding]) -> str:
    """``1 error, 2 warnings``; empty for none."""
    levels = [one.level for one in findings]
    counts = {level: levels.count(level) for level in Level}
    return ", ".join(plural(count, level.value) for level, count in counts.items() if count)


def found_in(
    media: Media, findings: Sequence[Finding], output: Output | None = None
) -> list[Finding]:
    """The findings about one asset, those of level info aside.

    ``output`` is what was made of it, if anything: numbers move where others were left out.
    """
    ref, source = output.ref if output else media.ref, media.source
    return [
        one
        for one in findings
        if one.level is not Level.INFO
        and one.ref == ref
        and (ref is not None or one.source == source)
    ]
