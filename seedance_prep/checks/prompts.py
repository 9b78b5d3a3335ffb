"""PRM: what is said (the prompt): the files that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ..core.finding import Knob, Level, Trust
from ..core.limits import Limits
from ..core.naming import Left, file_name, loose, near, unknown, words_of
from ..core.prompt import (
    Tag,
    TagForm,
    called,
    foreign,
    glued,
    tags,
    tags_in_addresses,
)
from ..core.refs import TAGS
from ..core.request import Asset, Kind
from ..core.service import FAL
from ..core.units import plural
from .rule import Breach, Whole, rule

_MOST = 20
"""Findings of one rule about one prompt; a prompt may be a book."""


def text_of(whole: Whole) -> str:
    """The prompt; empty when there is none, or one of another type (a finding of its own)."""
    return whole.request.prompt if isinstance(whole.request.prompt, str) else ""


def _first(breaches: Iterable[Breach]) -> Iterator[Breach]:
    """The first of many; one more for all others."""
    found = iter(breaches)
    yield from islice(found, _MOST)
    if rest := sum(1 for _ in found):
        yield Breach(
            says=f"the prompt does so {rest:,} times more",
            measured=rest,
            remedy="mend these first, then check again",
        )


@rule("PRM001", Level.ERROR, rows="8 9")
def prompt_empty(whole: Whole, _: Limits) -> Breach | None:
    """The prompt says nothing.

    Why: it is the only field that the endpoint requires.
    Fix: none. Say what shall happen, and name each file as `@Image1`, `@Video1`, `@Audio1`.
    """
    if not isinstance(whole.request.prompt, str) or text_of(whole).strip():
        return None
    return Breach(says="the prompt is empty", remedy="say what shall happen, with `--prompt`")


@rule("PRM002", Level.WARNING, rows="9")
def tag_without_file(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The prompt names a file that the request does not have.

    Why: numbers count per kind from 1, in the order of the files. What the service makes of a
    number or a name that nothing stands behind is unknown, and the run is paid all the same.
    Fix: none. Correct the number or name (a near miss is offered), or add the file.
    """
    yield from _first(_fileless(whole))


def _fileless(whole: Whole) -> Iterator[Breach]:
    named: dict[str, Tag] = {}
    for tag in tags(text_of(whole)):
        if tag.form is not TagForm.PROSE and not _stands_for_a_file(tag, whole):
            named.setdefault(tag.ref, tag)
    for tag in named.values():
        count = len(whole.of(tag.kind))
        yield Breach(
            says=f"the prompt names {tag.text}, but the request has"
            f" {plural(count, _NOUNS[tag.kind]) if count else f'no {_NOUNS[tag.kind]}'}",
            measured=tag.ref,
            remedy=_range(tag.kind, count),
        )
    yield from _nameless(whole)


def _nameless(whole: Whole) -> Iterator[Breach]:
    """Names that are still there after those of the request became references."""
    names = {one.asset.name for one in whole.media}
    for name in called(text_of(whole)):
        if name not in names:
            meant = near(name, words_of(whole.media))
            yield Breach(
                says=f"the prompt names {{{name}}}, but no file is called so",
                measured=name,
                remedy=_meant(meant)
                or f"give the file as `{name}=PATH`, or take the braces out of the prompt",
            )
    for one in unknown(text_of(whole), whole.media):
        yield Breach(
            says=f"the prompt names {one.text}, but no file is called so",
            measured=one.text,
            remedy=_meant(one.meant) or f"add the file {one.text[1:]}, or correct its name",
        )


def _meant(name: str | None) -> str | None:
    return f"did you mean {name}?" if name else None


_NOUNS = {Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.AUDIO: "sound"}


def _range(kind: Kind, count: int) -> str:
    if count == 0:
        return f"add the {_NOUNS[kind]}, or take the tag out of the prompt"
    last = f" to {TAGS[kind]}{count}" if count > 1 else ""
    return f"name {TAGS[kind]}1{last}, or add the {_NOUNS[kind]}"


def _stands_for_a_file(tag: Tag, whole: Whole) -> bool:
    return 1 <= tag.number <= len(whole.of(tag.kind)) + whole.untold


@rule("PRM003", Level.WARNING, rows="9")
def file_never_mentioned(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The prompt never names this file.

    Why: the model is left to guess what the file is for, and it counts in every sum all the same.
    Fix: none. Say in the prompt what the file is for, or leave it out.
    """
    prompt = text_of(whole)
    if not prompt.strip():
        return
    mentioned = {tag.ref for tag in tags(prompt)}
    for one in whole.media:
        if one.ref is not None and one.ref not in mentioned:
            yield Breach(
                says=f"the prompt never mentions {one.ref}",
                measured=one.ref,
                media=one,
                remedy=_unsigned(prompt, one.asset)
                or f"say in the prompt what {one.ref} is for, or leave the file out",
            )


def _unsigned(prompt: str, asset: Asset) -> str | None:
    """The file's name stands in the prompt, but as plain words."""
    for word, name in ((file_name(asset), "@{}"), (asset.name, "{{{}}}")):
        if word and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", prompt):
            return f"write {name.format(word)}: only so does {word} stand for the file"
    return None


def _counts(whole: Whole) -> dict[Kind, int]:
    return {kind: len(whole.of(kind)) + whole.untold for kind in Kind}


@rule("PRM004", Level.WARNING, Knob.PROMPT, Trust.LOSSLESS, rows="9")
def tag_form_foreign(whole: Whole, limits: Limits) -> Iterator[Breach]:
    """The prompt names a file in the form of another host.

    Why: fal's schema says `@Image1`. Its own page tips say `[Image1]` and others write
    `@image1` or `<Image 1>`; hosts differ in whether they understand them.
    Fix: writes each as fal's schema does, with `--mend warnings`; nothing else in the text changes.
    """
    yield from _first(_forms(whole, limits, TagForm.FOREIGN, "is not the form of fal's schema"))


@rule("PRM005", Level.INFO, Knob.PROMPT, Trust.LOSSLESS, rows="9")
def tag_in_plain_words(whole: Whole, limits: Limits) -> Iterator[Breach]:
    """The prompt may name a file in plain words.

    Why: the maker writes "Image 1", but another host is said to ignore plain words. It is a
    warning where no tag mentions that file.
    Fix: with `--mend warnings`, writes `@Image1` where no tag mentions that file; elsewhere the
    words may mean anything and stay.
    """
    yield from _first(_forms(whole, limits, TagForm.PROSE, "may be read as plain words"))


def _forms(whole: Whole, limits: Limits, form: TagForm, why: str) -> Iterator[Breach]:
    if limits.service != FAL.name:  # each host has its own form
        return
    prompt = text_of(whole)
    safe = {(tag.text, tag.start) for tag in foreign(prompt, _counts(whole))}
    found: dict[str, Tag] = {}
    for tag in tags(prompt):
        if tag.form is form and _stands_for_a_file(tag, whole):
            found.setdefault(tag.text, tag)
    for text, tag in found.items():
        sure = (text, tag.start) in safe
        yield Breach(
            says=f"the prompt says {text}, which {why}",
            measured=text,
            level=Level.WARNING if sure else None,
            remedy=f"write {tag.ref}"
            + ("; `--mend warnings` does" if sure else ", if the file is meant"),
        )


@rule("PRM016", Level.ERROR, rows="9")
def tag_of_dropped_file(_whole: Whole, _: Limits) -> None:
    """The fix leaves out a file that the prompt names.

    Why: numbers count per kind, so the tag would point at another file, or at none.
    Fix: none. Take the tag out of the prompt, or choose which files to leave out. The plan says
    this (`--allow drop`), never the check of a source.
    """


@rule("PRM017", Level.INFO, rows="9")
def number_of_another_kind(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The prompt's number fits a file of another kind, or a count over all files.

    Why: numbers count per kind: the third file of a request may be `@Video1`. A number that was
    counted over all files points at another file, or at none.
    Fix: none. Write the tag that is offered, or call files by name (`{hero}`), which needs no
    numbers.
    """
    yield from _first(_miscounted(whole))


def _miscounted(whole: Whole) -> Iterator[Breach]:
    seen: set[str] = set()
    for tag in tags(text_of(whole)):
        if tag.form is TagForm.PROSE or tag.ref in seen or _stands_for_a_file(tag, whole):
            continue
        seen.add(tag.ref)
        if meant := _counted_over_all(tag, whole) or _same_number(tag, whole):
            yield Breach(
                says=f"{tag.text} may be meant as {meant}: numbers count per kind",
                measured=tag.ref,
                remedy=f"did you mean {meant}?",
            )


def _counted_over_all(tag: Tag, whole: Whole) -> str | None:
    """The file at that place among all files (images, videos, sounds), if it is of that kind."""
    before = 0
    for kind in Kind:
        count = len(whole.of(kind))
        if kind is tag.kind:
            number = tag.number - before
            return f"{TAGS[kind]}{number}" if 1 <= number <= count else None
        before += count
    return None


def _same_number(tag: Tag, whole: Whole) -> str | None:
    """The only file of another kind that has that number."""
    wanted = [f"{TAGS[kind]}{tag.number}" for kind in Kind]
    found = [one.ref for one in whole.media if one.ref in wanted]
    return found[0] if len(found) == 1 else None


@rule("PRM018", Level.WARNING, rows="9")
def tag_glued_to_word(whole: Whole, _: Limits) -> Iterator[Breach]:
    """A tag touches a word.

    Why: "of@Image1" and "@Image1dances" may be read as words, and the file is then never
    mentioned. Scripts that put no spaces between words are not meant.
    Fix: none. Put a space between.
    """
    yield from _first(_glued(whole))


def _glued(whole: Whole) -> Iterator[Breach]:
    prompt, seen = text_of(whole), set[str]()
    for tag in tags(prompt):
        if tag.form is TagForm.PROSE or not glued(prompt, tag):
            continue
        text = _around(prompt, tag)
        if text not in seen:
            seen.add(text)
            yield Breach(
                says=f"{tag.ref} touches a word: {text}",
                measured=text,
                remedy=f"put a space between {tag.ref} and the word",
            )


def _around(prompt: str, tag: Tag) -> str:
    """The tag with what it touches, as far as a glance goes."""
    before = _TAIL.search(prompt[max(0, tag.start - _MOST) : tag.start])
    behind = _HEAD.match(prompt[tag.end : tag.end + _MOST])
    return f"{before[0] if before else ''}{tag.text}{behind[0] if behind else ''}"


_TAIL = re.compile(r"\w+$")
_HEAD = re.compile(r"\w+")


@rule("PRM019", Level.WARNING, rows="9")
def name_not_replaced(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The prompt has the name of a file that could not become its reference.

    Why: two files of one name, or a letter right before the sign: it is not certain what is meant,
    and the words go out as they are.
    Fix: none. Give one file a name of its own (`hero=PATH`), or put a space before the sign.
    """
    remedies = {
        Left.AMBIGUOUS: "give each a name of its own (`NAME=PATH`) and write {NAME}",
        Left.GLUED: "put a space before it",
    }
    reasons = {
        Left.AMBIGUOUS: "several files are called so",
        Left.GLUED: "a letter stands right before it",
    }
    for one in loose(text_of(whole), whole.media):
        if one.why in reasons:
            says = f"{one.text} stays as it is: {reasons[one.why]}"
            yield Breach(says=says, measured=one.text, remedy=remedies[one.why])


@rule("PRM020", Level.INFO, rows="9")
def name_left_alone(whole: Whole, _: Limits) -> Iterator[Breach]:
    """What looks like a name or a tag stands in doubled braces, or in an address.

    Why: `{{hero}}` and what is part of a URL or an e-mail address is text: it goes out as it is,
    and mentions no file.
    Fix: none. Write `{hero}`, or put a space around the tag, if the file is meant.
    """
    yield from _first(_left_alone(whole))


def _left_alone(whole: Whole) -> Iterator[Breach]:
    for one in loose(text_of(whole), whole.media):
        if one.why is Left.DOUBLED:
            yield Breach(
                says=f"{one.text} stays as it is: doubled braces name no file",
                measured=one.text,
                remedy=f"write {one.text[1:-1]}, if the file is meant",
            )
        elif one.why is Left.ADDRESS:
            yield _in_address(one.text)
    for text in dict.fromkeys(tag.text for tag in tags_in_addresses(text_of(whole))):
        yield _in_address(text)


def _in_address(text: str) -> Breach:
    return Breach(
        says=f"{text} stands inside an address, and mentions no file there",
        measured=text,
        remedy="put a space before it, if a file is meant",
    )
