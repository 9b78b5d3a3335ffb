"""PRM, continued: how it shall come out (the parameters)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ..core.finding import Level
from ..core.limits import Limits, Words
from ..core.request import PARAMETERS, Request
from .rule import Breach, Whole, rule
from .words import listed

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
    takes = f"takes {listed(taken.value)}" if taken.value else "has no such parameter"
    return Breach(
        says=f"{name} is {_brief(value)}; this endpoint {takes}",
        measured=value if isinstance(value, int) else str(value)[:_SHOWN],
        limit=taken,
        remedy=_nearest(name, str(value), taken),
    )


def _nearest(name: str, value: str, taken: Words) -> str:
    """The same value spelt as the endpoint does; nearness of letters says nothing of numbers."""
    if not taken.value:
        return f"leave {name} out"
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
