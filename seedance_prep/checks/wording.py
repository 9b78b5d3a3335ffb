"""PRM, continued: how much the prompt says, and wording that may not do what it seems to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.finding import Level
from ..core.limits import Limits
from ..core.prompt import characters, words
from ..core.units import plural
from .prompts import text_of
from .rule import Breach, Whole, rule


@rule("PRM006", Level.WARNING, rows="9", bounds="prompt.words_advised prompt.characters_advised")
def prompt_too_long(whole: Whole, limits: Limits) -> Iterator[Breach]:
    """The prompt is longer than the maker advises.

    Why: the maker advises at most 1000 English words or 500 Chinese characters; some hosts cut
    longer ones silently.
    Fix: none. Say less.
    """
    prompt = text_of(whole)
    measures = (
        (words(prompt), limits.prompt.words_advised, "word"),
        (characters(prompt), limits.prompt.characters_advised, "Chinese character"),
    )
    for count, most, noun in measures:
        if count > most.value:
            yield Breach(
                says=f"the prompt has {plural(count, noun)}; at most {most.value} are advised",
                measured=count,
                limit=most,
                remedy="say it in fewer words",
            )


_QUOTED = re.compile(
    r'(?<!\d)["“„](?=\S)([^"“„”]{2,400})["“”]|«([^«»]{2,400})»|「([^「」]{2,400})」|『([^『』]{2,400})』'
)


@rule("PRM021", Level.INFO, rows="9")
def dialogue_quoted(whole: Whole, _: Limits) -> Breach | None:
    """The prompt has words in quotation marks.

    Why: quoted words are taken for lines to be spoken. Without sound nobody hears them, and quoted
    lyrics are said to trip the service's scanner of texts (one field report).
    Fix: none. Say who speaks and how; describe a song instead of quoting it; leave the quotation
    marks out where nothing is to be heard.
    """
    found = [next(filter(None, match.groups())) for match in _QUOTED.finditer(text_of(whole))]
    spoken = [text for text in found if len(text.split()) > 1 or characters(text) > 1]
    if not spoken:
        return None
    silent = whole.request.generate_audio is False
    shown = spoken[0] if len(spoken[0]) <= _SHOWN else f"{spoken[0][: _SHOWN - 1]}…"
    return Breach(
        says=f"the prompt quotes “{shown}”"
        + (", but generate_audio is off: nobody will hear it" if silent else " to be spoken"),
        measured=len(spoken),
        remedy="turn the sound on (`--generate-audio`), or leave the quotation marks out"
        if silent
        else "say who speaks, and describe a song instead of quoting its lyrics",
    )


_SHOWN = 60

_FRAMES = re.compile(
    r"\b(?:first|start(?:ing)?|opening|last|end(?:ing)?|final|closing)[ -]frames?\b"
    r"|首帧|尾帧|第一帧|最后一帧|首幀|尾幀",
    re.IGNORECASE,
)


@rule("PRM022", Level.INFO, rows="R8")
def first_frame_wording(whole: Whole, _: Limits) -> Breach | None:
    """The prompt speaks of a first or last frame, beside references.

    Why: here a picture is a reference, which guides; it is not the frame that the video starts or
    ends on, and the endpoint has no field for one. Words are the only way to ask for it.
    Fix: none. Where the very picture must be the first frame, use the image-to-video endpoint,
    which takes no references.
    """
    found = _FRAMES.search(text_of(whole))
    if found is None or not whole.media:
        return None
    return Breach(
        says=f"the prompt says “{found[0]}”, but a reference only guides, it is no frame",
        measured=found[0],
        remedy="use the image-to-video endpoint where the picture must be that very frame",
    )
