"""Names for a report that is shared: the last part of a path, and nothing of where it lies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.media import Media
from ..core.outcome import Output, Report
from .runs import bare_name
from .text import shown

LONGEST = 160
"""Signs of a name that are shown."""


@dataclass(frozen=True, slots=True)
class Names:
    """Takes the folders of a report's own files out of its sentences."""

    places: tuple[tuple[str, str], ...]
    """Paths and URLs as given, the longest first, and what is shown for them."""

    @classmethod
    def of(cls, report: Report) -> Names:
        """From the sources and outputs of a report."""
        given = [one.source for one in report.assets]
        given += [str(one.path) for one in report.assets if one.path]
        given += [name for one in report.outputs for name in (one.shown, str(one.path))]
        pairs = {path: brief_name(path) for path in given if bare_name(path) != path}
        return cls(tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0]))))

    def clean(self, sentence: str) -> str:
        """A sentence without folders, and without what would act on a screen."""
        for path, name in self.places:
            sentence = sentence.replace(path, name)
        return shown(_HOME.sub(_last, sentence))


_HOME = re.compile(r"(?<![\w/.])(?:/[^\s/'\"`]+){2,}")
"""A path from the root, wherever else it came from."""


def _last(match: re.Match[str]) -> str:
    return bare_name(match.group())


def brief_name(path: str) -> str:
    """The last part of a path or URL, safe to show, of bounded length."""
    name = shown(bare_name(path)) or "?"
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def name_of(media: Media) -> str:
    """What an asset is called where others read it."""
    return "stdin" if media.source == "-" else brief_name(media.source)


def output_name(output: Output) -> str:
    """What an output goes out as."""
    return brief_name(output.shown)
