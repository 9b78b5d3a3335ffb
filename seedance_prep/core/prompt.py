"""How a prompt names its references. Reads every form in use, in any script; pure text.

Hosts differ: fal's schema says ``@Image1``, its page tips ``[Image1]``, the maker "Image 1" in
plain words and ``<Image_1>`` in examples, others ``@image1``. Numbers count per kind, from 1, in
the order of the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

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
_LATIN = "A-Za-zÀ-ɏ0-9_"
# A letter right before a sign or noun makes it part of a word or an address; letters of scripts
# that are written without spaces may touch it.
_TAG = re.compile(
    rf"(?:(?<![{_LATIN}])(?P<open>[@＠\[【<＜][@＠]?)|(?<![{_LATIN}@＠]))(?P<noun>{_LONGEST_FIRST})"
    r"(?P<gap>[ _-]?#?)(?P<number>\d+)",
    re.IGNORECASE,
)
_CLOSING = {"[": "]", "【": "】", "<": ">", "＜": "＞"}
# "video 4K", "image 16:9", "image 1.5": a quantity, not a reference.
_QUANTITY = re.compile(rf"[{_LATIN}%:]|[.,]\d|\s*(?:seconds?|frames?|fps|px|x\d)\b", re.IGNORECASE)
_NUMBER_END = 10**9


def tags(prompt: str) -> tuple[Tag, ...]:
    """Every mention of a reference, in the order of the text."""
    return tuple(_tags(prompt))


_CALLED = re.compile(r"\{([^\W\d][\w-]*)\}")


def called(prompt: str) -> tuple[str, ...]:
    """Every name in braces, once, in the order of the text: ``hero`` of ``{hero}``."""
    return tuple(dict.fromkeys(_CALLED.findall(prompt)))


def named(prompt: str, refs: Mapping[str, str]) -> str:
    """The prompt with ``{hero}`` as the reference of that name; braces around others stay."""
    return _CALLED.sub(lambda match: refs.get(match[1], match[0]), prompt)


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
    return sum(any(letter.isalnum() for letter in part) for part in parts)
