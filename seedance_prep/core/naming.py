"""What a prompt may call its files: ``{hero}`` for ``hero=beach.jpg``, ``@beach.jpg`` for a file.

A name becomes the reference that its file has at this moment (``@Image2``): numbers count per kind
and shift whenever a file is added, dropped or moved; names do not. Nothing else in the text
changes. In one pass, so that what a name stands for is never read as a name again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from pathlib import PurePath
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from .media import Media
from .prompt import LATIN, Spans, addresses, is_tag, renumbered, tags
from .refs import TAGS
from .request import Asset, Kind


@dataclass(frozen=True, slots=True)
class Called:
    """A name as it stands in the prompt, and the reference that it stands for."""

    text: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A prompt as given and as sent, with the names that became references."""

    given: str
    sent: str
    names: tuple[Called, ...] = ()
    """Each once, in the order of the text."""

    def moved(self, moves: Mapping[str, str]) -> Binding:
        """The same after files moved: ``moves`` leads from each reference before to the one after.

        A name whose file was left out is no longer among the names.
        """
        names = tuple(replace(one, ref=moves[one.ref]) for one in self.names if one.ref in moves)
        return replace(self, sent=renumbered(self.sent, moves), names=names)


class Left(StrEnum):
    """Why something that looks like a name was left as it is."""

    AMBIGUOUS = "ambiguous"
    """Several files are called so."""
    DOUBLED = "doubled"
    """It stands in doubled braces."""
    ADDRESS = "address"
    """It stands in a URL or an e-mail address."""
    GLUED = "glued"
    """A letter stands right before the sign."""


@dataclass(frozen=True, slots=True)
class Loose:
    """What looks like a name of a file, but was left as it is."""

    text: str
    why: Left


def bind(prompt: str, media: Iterable[Media]) -> Binding:
    """The prompt with each name as the reference of its file; ``media`` are numbered."""
    known = Names.of(media)
    names: dict[str, str] = {}

    def sent(match: re.Match[str]) -> str:
        ref, why = known.meaning(prompt, match)
        if why or ref is None:
            return match[0]
        names[match[0]] = ref
        return ref + (" " if prompt[match.end() : match.end() + 1].isdigit() else "")

    text = known.pattern.sub(sent, prompt) if known.pattern else prompt
    return Binding(given=prompt, sent=text, names=tuple(Called(*one) for one in names.items()))


def loose(prompt: str, media: Iterable[Media]) -> Iterator[Loose]:
    """Each name of a file that ``bind`` leaves as it is, once, with the reason."""
    known, seen = Names.of(media), set[str]()
    for match in known.pattern.finditer(prompt) if known.pattern else ():
        _, why = known.meaning(prompt, match)
        if why and match[0] not in seen:
            seen.add(match[0])
            yield Loose(match[0], why)


@dataclass(frozen=True, slots=True)
class Names:
    """What the files of a request may be called, and how that is found in a text."""

    refs: Mapping[str, str | None]
    """By the words as they stand in a prompt; ``None`` where they fit several files."""
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, media: Iterable[Media]) -> Names:
        """The names of numbered media; one that has no reference (yet) has none."""
        refs: dict[str, str | None] = {}
        for one in media:
            for word in _words(one.asset) if one.ref else ():
                refs[word] = one.ref if refs.get(word, one.ref) == one.ref else None
        return cls(refs, _pattern(tuple(sorted(refs))))

    def meaning(self, prompt: str, match: re.Match[str]) -> tuple[str | None, Left | None]:
        """The reference of what was found, or why it is left as it is."""
        text = match[0]
        if addresses(prompt).holds(match.start()):
            return None, Left.ADDRESS
        if text.startswith("{{"):
            return None, Left.DOUBLED
        if text.startswith("@") and match.start() and _LETTER.match(prompt, match.start() - 1):
            return None, Left.GLUED
        ref = self.refs[text]
        return ref, None if ref else Left.AMBIGUOUS


_LETTER = re.compile(f"[{LATIN}]")


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Longest first; doubled braces before single ones."""
    longest = sorted(words, key=len, reverse=True)
    braces = [re.escape(word) for word in longest if word.startswith("{")]
    files = [re.escape(word) for word in longest if word.startswith("@")]
    parts = [rf"\{{(?:{'|'.join(braces)})\}}", *braces] if braces else []
    if files:  # not the head of a longer word: "@beach.jpgs", "@beach.jpg.bak"
        parts.append(rf"(?:{'|'.join(files)})(?![{LATIN}])(?!\.[{LATIN}])")
    return re.compile("|".join(parts)) if parts else None


def words_of(media: Iterable[Media]) -> list[str]:
    """Everything that the files may be called, with sign or braces, sorted."""
    return sorted({word for one in media for word in _words(one.asset)})


@lru_cache(maxsize=256)
def _words(asset: Asset) -> frozenset[str]:
    """``{hero}``, ``@beach.jpg`` and ``@refs/beach.jpg``, composed and decomposed."""
    words = {f"{{{asset.name}}}"} if asset.name else set[str]()
    nameless = asset.remote or _inline(asset)
    files = {file_name(asset), "" if nameless else asset.source} - {"", "-"}
    words |= {f"@{name}" for name in files if not is_tag(f"@{name}")}
    return frozenset(words).union(
        normalize(form, word) for word in words if not word.isascii() for form in ("NFC", "NFD")
    )


def file_name(asset: Asset) -> str:
    """The last part of a path or of a URL's path; empty for data given inline."""
    if asset.remote:
        try:
            return unquote(PurePath(urlsplit(asset.source).path).name)
        except ValueError:
            return ""
    return "" if _inline(asset) else PurePath(asset.source).name


def _inline(asset: Asset) -> bool:
    return asset.source[:5].lower() == "data:"


# Near misses -------------------------------------------------------------------------------------

_MENTION = re.compile(r"@([^\s@{}\[\]<>()（），。、；：！？,;:!?\"'“”「」*]+)")
_BRACES = re.compile(r"(?<!\{)\{(?![^\W\d][\w-]*\})[^{}\n]{1,60}\}(?!\})")
_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_NUMBERED = re.compile(r"([^\W\d_]+)[ _-]?(\d*)$")
_KINDS = {
    **dict.fromkeys(("image", "img", "pic", "picture", "photo", "still"), Kind.IMAGE),
    **dict.fromkeys(("video", "vid", "clip", "movie"), Kind.VIDEO),
    **dict.fromkeys(("audio", "aud", "sound", "music", "voice"), Kind.AUDIO),
}
_LOOKED_AT = 200
"""Different mentions that are compared with the names: a long text must cost little time."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words that look like a mention of a file, though no file is called so."""

    text: str
    meant: str | None
    """What it may have been meant to be."""


def unknown(prompt: str, media: Iterable[Media]) -> Iterator[Unknown]:
    """Mentions by ``@`` that are neither a reference nor a name, each once.

    An ``@word`` that is near nothing (the name of an account) is left alone, unless it ends like
    the name of a file.
    """
    files = tuple(media)
    words = words_of(files)
    for text in _mentions(prompt, _pattern(tuple(words))):
        meant = near(text, words) or _reference(text, files)
        if meant or _FILE.search(text):
            yield Unknown(text, meant)
    yield from _braced(prompt, [word for word in words if word.startswith("{")])


def _braced(prompt: str, names: list[str]) -> Iterator[Unknown]:
    """``{ hero }``, ``{my heor}``: near a name, but not of the form that ``called`` reads."""
    found = dict.fromkeys(match[0] for match in _BRACES.finditer(prompt) if names)
    for text in islice((text for text in found if text not in names), _LOOKED_AT):
        if meant := near(text[1:-1].strip(), names):
            yield Unknown(text, meant)


def _mentions(prompt: str, names: re.Pattern[str] | None) -> Iterable[str]:
    """The first ``@words`` that are no reference, no name, and in no address, each once."""
    inside, seen = addresses(prompt), dict[str, None]()
    taken = Spans.of((tag.start, tag.end) for tag in tags(prompt))
    for match in _MENTION.finditer(prompt):
        at = match.start()
        if len(seen) == _LOOKED_AT:
            break
        if not (inside.holds(at) or taken.holds(at) or (names and names.match(prompt, at))):
            seen.setdefault(match[0].rstrip("."))
    return seen


def near(text: str, words: Iterable[str]) -> str | None:
    """The name that ``text`` may be a slip of, in whichever form a name takes."""
    shown = {word[1:].rstrip("}").casefold(): word for word in words}
    wanted = text.strip("@{}").casefold()
    stems = [word for word in shown if word.startswith(f"{wanted}.")]
    found = stems or get_close_matches(wanted, shown, 1, 0.75)
    return shown[found[0]] if found else None


def _reference(text: str, media: Iterable[Media]) -> str | None:
    """``@Image1`` for ``@Imgae1``, ``@Pic1``, and for ``@Image`` where there is one."""
    match = _NUMBERED.fullmatch(text[1:])
    found = get_close_matches(match[1].casefold(), _KINDS, 1, 0.7) if match else []
    if match is None or not found:
        return None
    refs = [one.ref for one in media if one.kind is _KINDS[found[0]]]
    ref = f"{TAGS[_KINDS[found[0]]]}{int(match[2]) if match[2].isascii() and match[2] else 1}"
    return ref if ref in refs and (match[2] or len(refs) == 1) else None
