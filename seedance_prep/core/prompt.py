"""How a prompt names its references. Reads every form in use, in any script; pure text.

Hosts differ: fal's schema says ``@Image1``, its page tips ``[Image1]``, the maker "Image 1" in
plain words and ``<Image_1>`` in examples, others ``@image1``. Numbers count per kind, from 1, in
the order of the files.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from .refs import TAGS
from .request import Kind


class TagForm(StrEnum):
    """Which of the forms in use a tag is written in."""

    FAL = "fal"
    """``@Image1``, exactly."""
    FOREIGN = "foreign"
    """``[Image1]``, ``<Image_1>``, ``@image1``, ``@Image 1``, ``@Image01``: another host's form."""
    PROSE = "prose"
    """``Image 1`` without a sign: the maker's form, or an ordinary word with a number."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One mention of a reference."""

    kind: Kind
    number: int
    form: TagForm
    text: str
    """As it stands in the prompt."""
    start: int
    """Offset of its first character in the prompt."""

    @property
    def end(self) -> int:
        """Offset just behind its last character."""
        return self.start + len(self.text)

    @property
    def ref(self) -> str:
        """The form to send: ``@Image1``."""
        return f"{TAGS[self.kind]}{self.number}"


# What the six languages of the maker's document (and their neighbours) call the three kinds.
_NOUNS = {
    Kind.IMAGE: "image|imagen|imagem|gambar|图片|圖片|图像|圖像|图|圖|画像|이미지",
    Kind.VIDEO: "video|vídeo|视频|視頻|影片|動画|동영상|비디오",
    Kind.AUDIO: "audio|áudio|音频|音頻|音声|오디오",
}
_KINDS = {noun: kind for kind, nouns in _NOUNS.items() for noun in nouns.split("|")}
_LONGEST_FIRST = "|".join(sorted(_KINDS, key=len, reverse=True))
LATIN = "A-Za-zÀ-ɏ0-9_"
"""Inside a class of a pattern: what makes a word of a script that puts spaces between words."""
# A letter right before a noun or bracket makes it part of a word; letters of scripts that are
# written without spaces may touch it. Behind a letter, ``@`` is a slip (or an e-mail address).
_TAG = re.compile(
    rf"(?:(?P<open>[@＠]{{1,2}}|(?<![{LATIN}])[\[【<＜][@＠]?)|(?<![{LATIN}@＠]))"
    rf"(?P<noun>{_LONGEST_FIRST})(?P<gap>[ _-]?#?)(?P<number>\d+)",
    re.IGNORECASE,
)
_CLOSING = {"[": "]", "【": "】", "<": ">", "＜": "＞"}
# "video 4K", "image 16:9", "image 1.5": a quantity, not a reference.
_QUANTITY = re.compile(rf"[{LATIN}%:]|[.,]\d|\s*(?:seconds?|frames?|fps|px|x\d)\b", re.IGNORECASE)
_NUMBER_END = 10**9
# The name of a file, not a reference: "@image1.jpg".
_EXTENSION = re.compile(
    r"\.(?:jpe?g|png|webp|hei[cf]|avif|jxl|bmp|gif|tiff?|mp4|mov|m4v|webm|mkv|avi|ts|mp3|wav|m4a|aac"
    rf"|ogg|opus|flac|aiff?|wma)(?![{LATIN}])",
    re.IGNORECASE,
)
_URL = r"A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%{}"
_ADDRESS = re.compile(
    rf"(?:(?:https?|ftp|file)://|(?<![{LATIN}])www\.)[{_URL}]+"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++(?<=[A-Za-z0-9])@"
    r"[A-Za-z0-9-]++(?:\.[A-Za-z][A-Za-z0-9-]*+)++",
    re.IGNORECASE,
)


def tags(prompt: str) -> tuple[Tag, ...]:
    """Every mention of a reference, in the order of the text; none inside an address."""
    return _read(prompt)[0]


def is_tag(text: str) -> bool:
    """Whether the whole of a short text is one mention of a reference."""
    return any(tag.text == text for tag in _tags(text))


def tags_in_addresses(prompt: str) -> tuple[Tag, ...]:
    """What would be a mention, if it did not stand in a URL or an e-mail address."""
    return _read(prompt)[1]


@lru_cache(maxsize=8)
def _read(prompt: str) -> tuple[tuple[Tag, ...], tuple[Tag, ...]]:
    """Each rule on the prompt asks for the same; a prompt may be long."""
    inside = addresses(prompt)
    found = tuple(_tags(prompt))
    return (
        tuple(tag for tag in found if not inside.holds(tag.start)),
        tuple(tag for tag in found if inside.holds(tag.start) and tag.form is not TagForm.PROSE),
    )


@dataclass(frozen=True, slots=True)
class Spans:
    """Parts of a text, by their offsets, in order."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Spans:
        """Parts given by start and end, in order."""
        found = tuple(spans)
        return cls(tuple(start for start, _ in found), tuple(end for _, end in found))

    def holds(self, offset: int) -> bool:
        """Whether the character at ``offset`` lies in one of them."""
        index = bisect_right(self.starts, offset) - 1
        return index >= 0 and offset < self.ends[index]


@lru_cache(maxsize=8)
def addresses(prompt: str) -> Spans:
    """URLs and e-mail addresses: what looks like a name there is none."""
    return Spans.of(match.span() for match in _ADDRESS.finditer(prompt))


_CALLED = re.compile(r"\{\{[^{}]*\}\}|\{([^\W\d][\w-]*)\}")


def called(prompt: str) -> tuple[str, ...]:
    """Every name in braces, once, in the order of the text: ``hero`` of ``{hero}``.

    Doubled braces (``{{hero}}``) and those inside an address name nothing.
    """
    inside = addresses(prompt)
    found = (one for one in _CALLED.finditer(prompt) if one[1] and not inside.holds(one.start()))
    return tuple(dict.fromkeys(one[1] for one in found))


_BEFORE = re.compile(r"[A-Za-zÀ-ɏΑ-ώА-я0-9_]")
_BEHIND = re.compile(r"[A-Za-zÀ-ɏΑ-ώА-я_]")


def glued(prompt: str, tag: Tag) -> bool:
    """Whether a tag touches a word of a script that puts spaces between words."""
    if tag.form is TagForm.PROSE:
        return False
    before, behind = prompt[max(0, tag.start - 1) : tag.start], prompt[tag.end : tag.end + 1]
    return bool(_BEFORE.match(before) or (tag.text[-1].isdigit() and _BEHIND.match(behind)))


def in_fals_form(prompt: str, files: Mapping[Kind, int]) -> str:
    """The prompt with each mention of a file in fal's form, all else as it was.

    ``files`` counts the files of each kind. Plain words ("Image 1") are taken for a mention only
    of a file that no tag mentions.
    """
    parts, done = [], 0
    for tag in foreign(prompt, files):
        number_goes_on = prompt[tag.end : tag.end + 1].isdigit()
        parts += [prompt[done : tag.start], tag.ref, " " if number_goes_on else ""]
        done = tag.end
    return "".join((*parts, prompt[done:]))


def foreign(prompt: str, files: Mapping[Kind, int]) -> tuple[Tag, ...]:
    """The mentions of files that are not in fal's form, and that can safely be brought into it."""
    found = [tag for tag in tags(prompt) if 1 <= tag.number <= files.get(tag.kind, 0)]
    signed = {tag.ref for tag in found if tag.form is not TagForm.PROSE}
    return tuple(
        tag
        for tag in found
        if tag.form is TagForm.FOREIGN or (tag.form is TagForm.PROSE and tag.ref not in signed)
    )


def renumbered(prompt: str, moves: Mapping[str, str]) -> str:
    """The prompt with each tag at the new number of its reference, all else as it was.

    ``moves`` leads from the reference before (``@Image3``) to the one after; what is not in it
    keeps its number.
    """
    parts, done = [], 0
    for tag in tags(prompt):
        after = moves.get(tag.ref)
        if after is None or after == tag.ref:
            continue
        number = after.removeprefix(TAGS[tag.kind])
        parts += [prompt[done : tag.start], _DIGITS.sub(number, tag.text, count=1)]
        done = tag.end
    return "".join((*parts, prompt[done:]))


_DIGITS = re.compile(r"\d+")


def _tags(prompt: str) -> Iterator[Tag]:
    for match in _TAG.finditer(prompt):
        opening = match["open"]
        if _EXTENSION.match(prompt, match.end()):
            continue
        if not opening and _QUANTITY.match(prompt, match.end()):
            continue
        text = _with_closing(prompt, match)
        kind = _KINDS.get(match["noun"].lower())  # a dotless or dotted i matches, but is none
        if text is None or kind is None:
            continue
        number = _number(match["number"])
        yield Tag(kind, number, _form(opening, text, kind, number), text, match.start())


def _number(digits: str) -> int:
    """The number, or one that no request reaches: absurdly long ones must cost no time."""
    return int(digits) if len(digits) < len(str(_NUMBER_END)) else _NUMBER_END


def _with_closing(prompt: str, match: re.Match[str]) -> str | None:
    """The tag as it stands, with its closing bracket; ``None`` when an open one never closes."""
    closing = _CLOSING.get((match["open"] or " ")[0])
    if closing is None:
        return match[0]
    return match[0] + closing if prompt.startswith(closing, match.end()) else None


def _form(opening: str | None, text: str, kind: Kind, number: int) -> TagForm:
    if text == f"{TAGS[kind]}{number}":
        return TagForm.FAL
    return TagForm.FOREIGN if opening else TagForm.PROSE


# Scripts written without spaces, where length is told in characters: kana, Han and its extensions.
_CHARACTER = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
)


def characters(prompt: str) -> int:
    """Number of Chinese (and Japanese) characters."""
    return len(_CHARACTER.findall(prompt))


def words(prompt: str) -> int:
    """Number of words of scripts that put spaces between them."""
    parts = _CHARACTER.sub(" ", prompt).split()
    return sum(part.isalnum() or any(map(str.isalnum, part)) for part in parts)
