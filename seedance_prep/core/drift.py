"""Where two profiles differ, and what an OpenAPI document says otherwise than a profile."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import AnswerError
from .foreign import Json
from .limits import Bound, Count, Limits, bounds_of
from .request import PARAMETERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A number that two profiles do not have alike; ``None`` where one has none."""

    path: str
    """``video.pixels_max``."""
    one: Bound[Any] | None
    other: Bound[Any] | None


def differences(one: Limits, other: Limits) -> tuple[Difference, ...]:
    """Every number that differs in its value or in how far it binds, by its path."""
    first, second = bounds_of(one), bounds_of(other)
    return tuple(
        Difference(path=path, one=first.get(path), other=second.get(path))
        for path in dict.fromkeys((*first, *second))
        if _told(first.get(path)) != _told(second.get(path))
    )


def _told(bound: Bound[Any] | None) -> object:
    return bound and (bound.value, bound.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that the service describes otherwise than the profile."""

    path: str
    """``image_urls.maxItems``."""
    what: str
    """``new parameter``, ``parameter gone``, ``new value``, ``value gone``, ``bound``,
    ``new number``, ``number gone``, ``default``, ``required``."""
    profile: str | None
    document: str | None


Found = Iterator[Drift]
LISTS = ("image_urls", "video_urls", "audio_urls")
UNDOCUMENTED = "seed"
"""Taken by the endpoint, in its types or not."""
_ENUMS = ("resolution", "duration", "aspect_ratio", "bitrate_mode")


def drifted(document: object, limits: Limits) -> tuple[Drift, ...]:
    """What an OpenAPI document of the endpoint says otherwise than the profile, sorted.

    Raises ``AnswerError``, with the path inside it, for what is no such document.
    """
    schema = Schema.of(document, limits.endpoint)
    fields = schema.properties()
    found = [*_names(fields, limits), *_required(schema)]
    for name, spec in fields.items():
        found += [*_values(name, spec, limits), *_bounds(name, spec, limits)]
        found += _numbers(name, spec, limits)
    return tuple(sorted(found, key=lambda one: (one.path, one.what, str(one.document))))


@dataclass(frozen=True, slots=True)
class Schema:
    """The input of an endpoint inside its OpenAPI document."""

    root: Json
    schema: Json

    @classmethod
    def of(cls, document: object, endpoint: str) -> Schema:
        """The schema of the POST body of the endpoint."""
        root = Json(document, "openapi")
        paths = root.at("paths")
        place = paths.at(f"/{endpoint}")
        post = place.at("post") if place.value is not None else place
        if post.value is None:
            known = [path for path in paths.fields() if "{" not in path]
            raise AnswerError(
                f"openapi.paths describes no POST to /{endpoint}, but {', '.join(known) or 'none'}"
            )
        body = post.at("requestBody").at("content").at("application/json").at("schema")
        found = cls(root, body)
        return cls(root, found.resolved(body))

    def resolved(self, spec: Json) -> Json:
        """What a reference stands for; a reference to a reference is followed, not for ever."""
        for _ in range(8):
            target = spec.fields().get("$ref")
            if not isinstance(target, str):
                return spec
            spec = self.root
            for part in target.removeprefix("#/").split("/"):
                spec = spec.at(part)
        raise AnswerError(f"{spec.path} refers to itself")

    def properties(self) -> Mapping[str, Json]:
        """Each parameter with its description, references resolved."""
        inner = self.schema.at("properties")
        return {name: self._spec(inner.at(name)) for name in inner.fields()}

    def _spec(self, spec: Json) -> Json:
        """An optional parameter is often "this or null": what it is then."""
        spec = self.resolved(spec)
        merged = dict(spec.fields())
        for word in ("anyOf", "oneOf", "allOf"):
            for choice in spec.maybe_items(word):
                inner = self.resolved(choice).fields()
                if inner.get("type") != "null":
                    merged = inner | merged
        return Json(merged, spec.path)


def _names(fields: Mapping[str, Json], limits: Limits) -> Found:
    absent = {name for name in _ENUMS if not getattr(limits.parameter, name).value}
    known = {"prompt", *LISTS, *PARAMETERS} - absent
    for name in sorted(set(fields) - known):
        yield Drift(path=name, what="new parameter", profile=None, document=_type(fields[name]))
    for name in sorted(known - set(fields) - {UNDOCUMENTED}):
        yield Drift(path=name, what="parameter gone", profile=name, document=None)


def _type(spec: Json) -> str:
    return str(spec.fields().get("type", "of any type"))


def _required(schema: Schema) -> Found:
    names = {str(one.value) for one in schema.schema.maybe_items("required")}
    for name in sorted(names - {"prompt"}):
        yield Drift(path=name, what="required", profile="optional", document="required")
    if "prompt" not in names:
        yield Drift(path="prompt", what="required", profile="required", document="optional")


def _values(name: str, spec: Json, limits: Limits) -> Found:
    if name in _ENUMS:
        known: Sequence[str] = getattr(limits.parameter, name).value
        listed = [str(one.value) for one in spec.maybe_items("enum")]
        for value in listed:
            if known and value not in known:
                yield Drift(path=name, what="new value", profile=None, document=value)
        for value in known:
            if listed and value not in listed:
                yield Drift(path=name, what="value gone", profile=value, document=None)
    default, ours = spec.fields().get("default"), limits.price.resolution_default.value
    if name == "resolution" and default not in {None, ours}:
        yield Drift(path=name, what="default", profile=ours, document=str(default))


def _bounds(name: str, spec: Json, limits: Limits) -> Found:
    request, parameter = limits.request, limits.parameter
    known: Mapping[tuple[str, str], Count] = {
        ("image_urls", "maxItems"): request.images_max,
        ("video_urls", "maxItems"): request.videos_max,
        ("audio_urls", "maxItems"): request.audio_max,
        ("end_user_id", "maxLength"): parameter.end_user_id_length_max,
    }
    for word in ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum"):
        stated, ours = spec.fields().get(word), known.get((name, word))
        if stated is None or (ours is not None and stated == ours.value):
            continue
        shown = None if ours is None else str(ours.value)
        yield Drift(path=f"{name}.{word}", what="bound", profile=shown, document=str(stated))


def _numbers(name: str, spec: Json, limits: Limits) -> Found:
    """Limits in prose: the numbers of a description, against those that were read before."""
    described = spec.fields().get("description")
    if name not in limits.described or not isinstance(described, str):
        return
    now, before = Counter(numbers(described)), Counter(limits.described[name])
    path = f"{name}.description"
    for number in _each(now - before):
        yield Drift(path=path, what="new number", profile=None, document=number)
    for number in _each(before - now):
        yield Drift(path=path, what="number gone", profile=number, document=None)


def _each(counted: Counter[str]) -> Iterable[str]:
    return sorted(counted.elements(), key=lambda number: (len(number), number))


_MENTION = re.compile(r"@\w+")
_BY = re.compile(r"(?<=\d)[x×](?=\d)")
_NUMBER = re.compile(r"(?<![A-Za-z\d.,])\d+(?:[.,]\d+)*")


def numbers(text: str) -> list[str]:
    """The numbers of a description in order, without those of names (``@Image1``, ``MP4``)."""
    return _NUMBER.findall(_BY.sub(" ", _MENTION.sub(" ", text)))
