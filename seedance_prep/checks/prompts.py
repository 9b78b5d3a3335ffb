"""PRM: what is said (the prompt) and how it shall come out (the parameters)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ..core.finding import Level
from ..core.limits import Limits, Words
from ..core.prompt import Tag, TagForm, called, characters, tags, words
from ..core.refs import TAGS
from ..core.request import PARAMETERS, Kind, Request
from ..core.units import plural
from .rule import Breach, Whole, rule
from .words import listed


def _prompt(whole: Whole) -> str | None:
    """The prompt when there is one; one of another type has a finding of its own."""
    return whole.request.prompt if isinstance(whole.request.prompt, str) else None


@rule("PRM001", Level.ERROR, rows="8 9")
def prompt_empty(whole: Whole, _: Limits) -> Breach | None:
    """The prompt says nothing.

    Why: it is the only field that the endpoint requires.
    Fix: none. Say what shall happen, and name each file as `@Image1`, `@Video1`, `@Audio1`.
    """
    prompt = _prompt(whole)
    if prompt is None or prompt.strip():
        return None
    return Breach(says="the prompt is empty", remedy="say what shall happen, with `--prompt`")


@rule("PRM002", Level.WARNING, rows="9")
def tag_without_file(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The prompt names a file that the request does not have.

    Why: numbers count per kind from 1, in the order of the files. What the service makes of a
    number that nothing stands behind is unknown, and the run is paid all the same.
    Fix: none. Correct the number, or add the file.
    """
    named: dict[str, Tag] = {}
    for tag in tags(_prompt(whole) or ""):
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
    """Names in braces that are still there after those of the request became references."""
    names = {one.asset.name for one in whole.media}
    for name in called(_prompt(whole) or ""):
        if name not in names:
            yield Breach(
                says=f"the prompt names {{{name}}}, but no file is called so",
                measured=name,
                remedy=f"give the file as `{name}=PATH`, or take the braces out of the prompt",
            )


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
    prompt = _prompt(whole)
    if prompt is None or not prompt.strip():
        return
    mentioned = {tag.ref for tag in tags(prompt)}
    for one in whole.media:
        if one.ref is not None and one.ref not in mentioned:
            yield Breach(
                says=f"the prompt never mentions {one.ref}",
                measured=one.ref,
                media=one,
                remedy=f"say in the prompt what {one.ref} is for, or leave the file out",
            )


@rule("PRM004", Level.WARNING, rows="9")
def tag_form_foreign(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The prompt names a file in the form of another host.

    Why: fal's schema says `@Image1`. Its own page tips say `[Image1]` and others write
    `@image1` or `<Image 1>`; hosts differ in whether they understand them.
    Fix: none yet. Write it as fal's schema does.
    """
    yield from _forms(whole, TagForm.FOREIGN, "is not the form of fal's schema")


@rule("PRM005", Level.INFO, rows="9")
def tag_in_plain_words(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The prompt may name a file in plain words.

    Why: the maker writes "Image 1", but another host is said to ignore plain words.
    Fix: none yet. Write it as fal's schema does, if the file is meant.
    """
    yield from _forms(whole, TagForm.PROSE, "may be read as plain words")


def _forms(whole: Whole, form: TagForm, why: str) -> Iterator[Breach]:
    found: dict[str, Tag] = {}
    for tag in tags(_prompt(whole) or ""):
        if tag.form is form and _stands_for_a_file(tag, whole):
            found.setdefault(tag.text, tag)
    for text, tag in found.items():
        remedy = f"write {tag.ref}"
        yield Breach(says=f"the prompt says {text}, which {why}", measured=text, remedy=remedy)


@rule("PRM006", Level.WARNING, rows="9", bounds="prompt.words_advised prompt.characters_advised")
def prompt_too_long(whole: Whole, limits: Limits) -> Iterator[Breach]:
    """The prompt is longer than the maker advises.

    Why: the maker advises at most 1000 English words or 500 Chinese characters; some hosts cut
    longer ones silently.
    Fix: none. Say less.
    """
    prompt = _prompt(whole) or ""
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


_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "prompt": ((str,), "text"),
    "resolution": ((str,), "text"),
    "duration": ((str, int), "text or a whole number"),
    "aspect_ratio": ((str,), "text"),
    "generate_audio": ((bool,), "true or false"),
    "seed": ((int,), "a whole number"),
    "end_user_id": ((str,), "text"),
    "bitrate_mode": ((str,), "text"),
}


def _given(request: Request) -> dict[str, Any]:
    """All parameters as given; at run time they may be of any type."""
    prompt = {} if request.prompt is None else {"prompt": request.prompt}
    return prompt | request.parameters()


def _fits(name: str, value: object) -> bool:
    kinds, _ = _TYPES[name]
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


_SHOWN = 60


@rule("PRM007", Level.ERROR, rows="8")
def parameter_of_wrong_type(whole: Whole, _: Limits) -> Iterator[Breach]:
    """A parameter's value is of the wrong type.

    Why: the endpoint's schema has one type for each: text, true or false, a whole number.
    Fix: none. Give the value as the message says. `duration` may be a whole number; text is sent.
    """
    for name, value in _given(whole.request).items():
        if name in _TYPES and not _fits(name, value):
            says = f"{name} is {_brief(value)}; it must be {_TYPES[name][1]}"
            remedy = f"give {name} as {_TYPES[name][1]}"
            yield Breach(says=says, measured=_brief(value), remedy=remedy)


def _not_offered(whole: Whole, name: str, taken: Words) -> Breach | None:
    value = whole.request.parameters().get(name)
    if value is None or not _fits(name, value) or str(value) in taken.value:
        return None
    return Breach(
        says=f"{name} is {_brief(value)}; this endpoint takes {listed(taken.value)}",
        measured=value if isinstance(value, int) else str(value)[:_SHOWN],
        limit=taken,
        remedy=_nearest(name, str(value), taken),
    )


def _nearest(name: str, value: str, taken: Words) -> str:
    """The same value spelt as the endpoint does; nearness of letters says nothing of numbers."""
    spelt = value.strip().lower()
    if spelt in taken.value:
        return f"did you mean {spelt}?"
    return f"set {name} to one of them, or leave it out"


@rule("PRM008", Level.ERROR, rows="8", bounds="parameter.resolution")
def resolution_not_offered(whole: Whole, limits: Limits) -> Breach | None:
    """The endpoint does not make video of this resolution.

    Why: the fast endpoint stops at 720p; 1080p there is refused after the upload.
    Fix: none. Choose another resolution, or the standard endpoint with `--endpoint`.
    """
    return _not_offered(whole, "resolution", limits.parameter.resolution)


@rule("PRM009", Level.ERROR, rows="8", bounds="parameter.duration")
def duration_not_offered(whole: Whole, limits: Limits) -> Breach | None:
    """The endpoint does not make video of this length.

    Why: it takes "auto" or whole seconds from 4 to 15; 3 and 16 are refused.
    Fix: none. Choose another length.
    """
    return _not_offered(whole, "duration", limits.parameter.duration)


@rule("PRM010", Level.ERROR, rows="8", bounds="parameter.aspect_ratio")
def aspect_ratio_not_offered(whole: Whole, limits: Limits) -> Breach | None:
    """The endpoint does not make video of this shape.

    Why: it has a fixed list of shapes; "auto" follows the first medium, video before image.
    Fix: none. Choose another shape.
    """
    return _not_offered(whole, "aspect_ratio", limits.parameter.aspect_ratio)


@rule("PRM011", Level.ERROR, rows="8", bounds="parameter.bitrate_mode")
def bitrate_mode_not_offered(whole: Whole, limits: Limits) -> Breach | None:
    """The endpoint has no such bit rate mode.

    Why: it knows "standard" and "high".
    Fix: none. Choose one of them.
    """
    return _not_offered(whole, "bitrate_mode", limits.parameter.bitrate_mode)


@rule("PRM012", Level.ERROR, rows="8")
def parameter_unknown(whole: Whole, limits: Limits) -> Iterator[Breach]:
    """The endpoint has no parameter of this name.

    Why: a misspelt name may be ignored without a word, and the run is paid all the same.
    Fix: none. Correct the name, or leave it out.
    """
    judged_elsewhere = (
        *PARAMETERS,
        *limits.parameter.upstream_refused.value,
        *limits.request.frame_roles.value,
    )
    for name in whole.request.extra:
        if name not in judged_elsewhere:
            yield Breach(
                says=f"the endpoint has no parameter {_brief(name)}",
                measured=name,
                remedy=_meant(name),
            )


def _meant(name: str) -> str:
    if name.endswith(("_url", "_urls")):
        return "give the files as assets; their addresses are filled in after the upload"
    near = get_close_matches(name.lower(), ("prompt", *PARAMETERS), 1)
    return f"did you mean {near[0]}?" if near else f"leave it out; known: {', '.join(PARAMETERS)}"


@rule("PRM013", Level.ERROR, rows="8", bounds="parameter.upstream_refused")
def parameter_refused(whole: Whole, limits: Limits) -> Iterator[Breach]:
    """The maker's service refuses this parameter for this model.

    Why: it answers "must be empty"; the names belong to older models.
    Fix: none. Leave it out.
    """
    refused = limits.parameter.upstream_refused
    for name in whole.request.extra:
        if name in refused.value:
            says = f"{name} is refused upstream for this model"
            yield Breach(says=says, measured=name, limit=refused, remedy=f"leave out {name}")


@rule("PRM014", Level.INFO, rows="8")
def seed_without_effect(whole: Whole, _: Limits) -> Breach | None:
    """A seed is given, which may have no effect.

    Why: the published table lists it, so it is sent; the newest types do not, and the maker does
    not support it for this model.
    Fix: not needed. Do not rely on the same seed giving the same video.
    """
    seed = whole.request.parameters().get("seed")
    if seed is None:
        return None
    return Breach(
        says="a seed is sent as given, but may have no effect on this model",
        measured=_brief(seed),
        remedy="do not rely on it to repeat a result",
    )


@rule("PRM015", Level.WARNING, rows="8", bounds="parameter.end_user_id_length_max")
def end_user_id_too_long(whole: Whole, limits: Limits) -> Breach | None:
    """The end user's id is longer than the maker documents.

    Why: it is passed on as an identifier of at most 64 characters.
    Fix: none. Give a shorter one, for instance a hash.
    """
    value, most = whole.request.parameters().get("end_user_id"), limits.parameter
    if not isinstance(value, str) or len(value) <= most.end_user_id_length_max.value:
        return None
    return Breach(
        says=f"end_user_id has {len(value)} characters;"
        f" at most {most.end_user_id_length_max.value} are documented",
        measured=len(value),
        limit=most.end_user_id_length_max,
        remedy="give a shorter id, for instance a hash",
    )


@rule("PRM016", Level.ERROR, rows="9")
def tag_of_dropped_file(_whole: Whole, _: Limits) -> None:
    """The fix leaves out a file that the prompt names.

    Why: numbers count per kind, so the tag would point at another file, or at none.
    Fix: none. Take the tag out of the prompt, or choose which files to leave out. The plan says
    this (`--allow drop`), never the check of a source.
    """
