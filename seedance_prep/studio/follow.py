"""The prompt follows the files: a mention stays with its file, wherever that one moves.

Pure values. ``@Image2`` of a file that becomes the first image is ``@Image1`` from then on; a name
in braces follows its renaming; what a file that is gone was called becomes its own name, so that it
never falls to another file and a finding says that nothing is called so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.naming import file_name
from ..core.prompt import is_tag, renumbered, tags
from ..core.refs import TAGS, numbered
from .desk import Desk


@dataclass(frozen=True, slots=True)
class Called:
    """What a prompt may call one file."""

    ref: str | None
    name: str | None
    file: str

    @property
    def own(self) -> str:
        """What it is called whatever its number: its name, else its file's."""
        if self.name:
            return f"{{{self.name}}}"
        told = f"@{self.file}"
        plain = not is_tag(told) and not any(map(str.isspace, told))
        return told if plain else "(a file that is gone)"


def called(desk: Desk) -> dict[str, Called] | None:
    """What each file is called, by id; ``None`` while one is unread: numbers are not known yet."""
    if len(desk.readable) < len(desk.pieces):
        return None
    media = numbered(one.media for one in desk.pieces if one.media)
    return {
        one.id: Called(read.ref, one.asset.name, file_name(one.asset))
        for one, read in zip(desk.pieces, media, strict=True)
    }


def followed(prompt: str, before: Mapping[str, Called], after: Mapping[str, Called]) -> str:
    """The prompt of the files as they were called ``before``, for what they are called now."""
    now = {known: after.get(known) for known in before}
    for known, one in before.items():
        there = now[known]
        if one.name and there and there.name != one.name:
            new = f"{{{there.name}}}" if there.name else there.ref or there.own
            prompt = prompt.replace(f"{{{one.name}}}", new)
    targets = {one.ref: _target(one, now[known]) for known, one in before.items() if one.ref}
    parts, done = [], 0
    for tag in tags(prompt):
        if (target := targets.get(tag.ref)) is None:
            continue
        same = target.startswith(TAGS[tag.kind])
        words = renumbered(tag.text, {tag.ref: target}) if same else target
        parts += [prompt[done : tag.start], words]
        done = tag.end
    return "".join((*parts, prompt[done:]))


def _target(before: Called, now: Called | None) -> str:
    """What a reference becomes: that of its file now, or words that no other file answers to."""
    return (now.ref if now else None) or (now or before).own
