"""Sentences for the page: what is pressed and chosen there, where people are told options. Pure.

The words in quotation marks are those that the page has on its fields and buttons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SAID = (
    (r"`seedance-prep resume \S+ --submit-again`", "“Generate”, and “Pay again”,"),
    (r"`seedance-prep resume(?! [^`]*--request-id)[^`]*`", "“Resume” under “Earlier runs”"),
    (r"--request-id ID(?!`)", "`seedance-prep resume --request-id ID` in a terminal"),
    (r"`seedance-prep (?:runs|cancel)[^`]*`", "“Earlier runs”"),
    (r"run `seedance-prep check`(?: on it, and fix)?(?: again)?", "drop the file again"),
    (r"`seedance-prep fix [^`]*` mends it", "a fix mends it"),
    (r"`fix`", "a fix"),
    (r"--submit-again pays", "“Pay again” pays"),
    (r" \(--max-cost\)", " (“Pay at most”)"),
    (r"try it all with --service local", "choose the local service"),
    (r"`(?:fix )?--(keep|strip)-metadata`", r"“Metadata of files: \1”"),
    (r"`?--mend warnings`?", "“A fix mends: errors and warnings”"),
    (r"`?--allow none`?", "“A fix may: touch nothing”"),
    (r"`?--allow lossless`?", "“A fix may: repackage and cut”"),
    (r"`?--allow lossy`?", "“A fix may: also scale and encode”"),
    (r"`?--allow inventive`?", "“A fix may: also crop, pad, lengthen”"),
    (r"`?--allow drop`?", "“A fix may: also leave files out”"),
    (r"`--generate-audio`", "“Sound: with sound”"),
    (r"with (?:`--prompt`|--prompt or --prompt-file)", "in “Prompt”"),
    (r" \(`#t=START,END`\)", " by its two ends"),
    (r"leave out `t=`", "keep all of it"),
    (r"`#frame=crop` crops", "“When the ratio is off: crop” crops"),
    (r"add `#?as=video`", "choose “Use it as: a video”"),
)
WORDS = tuple((re.compile(found), said) for found, said in _SAID)
FIELDS = frozenset(("message", "remedy", "error", "advice", "reason", "says"))
"""Fields of a document that hold sentences."""


def for_page(sentence: str) -> str:
    """The sentence with fields and buttons instead of commands and options."""
    if "-" not in sentence and "`" not in sentence:
        return sentence
    for found, said in WORDS:
        sentence = found.sub(said, sentence)
    return sentence


def told(document: object, field: str = "") -> Any:  # noqa: ANN401 - JSON
    """A document, its sentences in the words of the page."""
    if isinstance(document, Mapping):
        return {name: told(value, name) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [told(value, field) for value in document]
    return for_page(document) if isinstance(document, str) and field in FIELDS else document
