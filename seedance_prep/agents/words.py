"""Sentences for agents: tools and arguments where people are told commands and options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_COMMANDS = (
    (re.compile(r"`seedance-prep resume r-[\w-]+ --submit-again`"), "generate with submit_again"),
    (re.compile(r"--request-id ID"), "resume --request-id ID on the command line"),
    (re.compile(r"`seedance-prep (?:resume|runs) (r-[\w-]+)[^`]*`"), r"run_status of \1"),
    (re.compile(r"`seedance-prep cancel (r-[\w-]+)`"), r"cancel of \1"),
    (re.compile(r"`seedance-prep (?:resume|runs)[^`]*`"), "run_status"),
    (re.compile(r"`seedance-prep (fix|check|price|generate|rules)\b[^`]*`"), r"the tool \1"),
    (
        re.compile(r"--prompt(?: TEXT)? or --prompt-file(?: FILE)?"),
        "request.prompt",
    ),
)
_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
_STARTS = {
    "allow-folder",
    "allow-stores",
    "request-id",
    "out",
    "service",
    "allow-private-addresses",
}
"""Options that only the owner of the server can give: they are no arguments."""
_IN_REQUEST = {"profile", "tolerant", "endpoint", "resolution", "duration", "aspect-ratio"}


def for_agents(sentence: str) -> str:
    """The sentence with tools and arguments instead of commands and options."""
    for found, said in _COMMANDS:
        sentence = found.sub(said, sentence)
    return _OPTION.sub(_argument, sentence)


def _argument(found: re.Match[str]) -> str:
    name = found[1]
    if name in _STARTS:
        return found[0]
    return f"{'request.' if name in _IN_REQUEST else ''}{name.replace('-', '_')}"


SAID = frozenset(("message", "remedy", "error", "advice"))
"""Fields of a document that hold sentences."""


def told(document: object, names: Mapping[str, str], field: str = "") -> Any:  # noqa: ANN401 - JSON
    """A document as an agent is told it: files as it has named them, sentences in its words."""
    if isinstance(document, Mapping):
        return {key: told(value, names, key) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [told(value, names, field) for value in document]
    if not isinstance(document, str):
        return document
    for path, name in names.items():
        if path in document and field != "path":
            document = document.replace(path, name)
    return for_agents(document) if field in SAID else document
