"""Names for a report that is shared: references and neutral names, unless files' own are wanted.

A name is taken out of every sentence in all forms in which one can stand there: as it was given,
its last part, as a shell or a terminal is shown it, decoded from an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from unicodedata import normalize
from urllib.parse import unquote

from ..core.finding import Finding
from ..core.media import Media
from ..core.outcome import Output, Report
from ..core.shell import quoted
from .runs import bare_name
from .text import shown

LONGEST = 160
"""Signs of a name that are shown."""
SHORTEST = 3
"""Signs of a last part that is looked for in sentences; what is shorter is also a word in them."""


@dataclass(frozen=True, slots=True)
class Names:
    """What each file of a report is called on its pages."""

    own: bool
    """Files' own names are shown; folders never are."""
    places: tuple[tuple[str, str], ...]
    """What can stand in a sentence, the longest first, and what is shown for it."""

    @classmethod
    def of(cls, report: Report, *, own: bool = False) -> Names:
        """From the sources and outputs of a report."""
        found: dict[str, str] = {}
        for one in report.outputs:
            for path in (one.shown, str(one.path)):
                found |= dict.fromkeys(_forms(path), output_name(one))
        for number, media in enumerate(report.assets):
            label = brief_name(media.source) if own else ref_of(media, number)
            paths = [media.source, *([str(media.path)] if media.path else [])]
            given = paths if own else [*paths, *map(bare_name, paths)]
            for path in given:
                if own and bare_name(path) == path:
                    continue
                for form in _forms(path):
                    found.setdefault(form, label)
        places = [(form, label) for form, label in found.items() if len(form) >= SHORTEST]
        return cls(own, tuple(sorted(places, key=lambda pair: -len(pair[0]))))

    def clean(self, sentence: str) -> str:
        """A sentence without folders and names, and without what would act on a screen."""
        kept = self._without(sentence, "/")
        kept = kept if self.own else _ADDRESS.sub(r"\1/…", kept)
        return shown(self._without(_HOME.sub(self._place, kept)))

    def title(self, media: Media, number: int) -> str:
        """What the asset at ``number`` is called in a heading."""
        ref = ref_of(media, number)
        return f"{ref} {name_of(media)}" if self.own else ref

    def where(self, one: Finding) -> str:
        """Which file a finding is about; empty for the request itself."""
        if self.own:
            return self.clean(one.where.removesuffix(": "))
        return one.ref or self.clean(one.source or "")

    def _without(self, sentence: str, behind: str = "") -> str:
        """Known names replaced; ``behind``: signs after which there is more to one."""
        low = sentence.lower()
        held = {form.lower(): label for form, label in self.places if form.lower() in low}
        if not held:
            return sentence
        forms = "|".join(map(re.escape, held))
        known = re.compile(
            rf"(?<![A-Za-z0-9_{behind}-])@?({forms})(?![A-Za-z0-9_-])", re.IGNORECASE
        )
        return known.sub(lambda found: held.get(found[1].lower(), "…"), sentence)

    def _place(self, found: re.Match[str]) -> str:
        return bare_name(found.group()) if self.own else "…"


_HOME = re.compile(r"(?<![\w/.])(?:/[^\s/'\"`]+){2,}")
"""A path from the root, wherever else it came from."""
_ADDRESS = re.compile(r"\b(https?://[\w.:-]+)/[^\s'\"`]*", re.IGNORECASE)
"""An address, wherever it came from."""


def _forms(path: str) -> Iterator[str]:
    """A path or name in every way in which a sentence may hold it."""
    inline = f"{path.partition(',')[0]},…" if path[:5].lower() == "data:" else path
    for one in dict.fromkeys((path, f"./{path}", inline, unquote(path))):
        for form in dict.fromkeys((one, normalize("NFC", one), normalize("NFD", one))):
            yield from (form, shown(form), quoted(form).removeprefix("$").strip("'"))
            yield form.replace("'", "'\"'\"'")


def ref_of(media: Media, number: int) -> str:
    """``@Image1``; of an asset whose kind cannot be told, its place among those given."""
    return media.ref or f"file {number + 1}"


def brief_name(path: str) -> str:
    """The last part of a path or URL, safe to show, of bounded length."""
    name = shown(bare_name(path)) or "?"
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def name_of(media: Media) -> str:
    """What an asset is called by its owner."""
    return "stdin" if media.source == "-" else brief_name(media.source)


def output_name(output: Output) -> str:
    """What an output goes out as: ``video1.mp4``, also where it stays where it is."""
    name = brief_name(output.shown)
    if _NEUTRAL.fullmatch(name):
        return name
    ending = PurePosixPath(name).suffix
    return output.ref.lstrip("@").lower() + (ending if _ENDING.fullmatch(ending) else "")


_NEUTRAL = re.compile(r"(image|video|audio)\d+\.\w{2,5}")
_ENDING = re.compile(r"\.[A-Za-z0-9]{2,5}")
