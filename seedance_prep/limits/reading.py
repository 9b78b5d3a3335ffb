"""A profile's document to typed limits. What is wrong with it was said before (``schema``)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar, get_type_hints

from ..core import limits as types
from ..core.limits import Basis, Bound, Limits, PriceLimits, Raster
from ..core.plan import Size

Group = TypeVar("Group")
MONEY = Bound[Decimal]
RASTER = Bound[Size]
ORIGIN = ("basis", "row", "source")
"""What says where the rasters of a resolution come from."""


def limits_of(document: Mapping[str, Any], tolerant: bool) -> Limits:
    """The limits of a document without mistakes."""
    reader = _Reader(document["sources"], frozenset(document.get("unknown", ())))
    return Limits(
        name=document["name"],
        endpoint=document["endpoint"],
        profile=document["profile"],
        service=document.get("service", "fal"),
        tolerant=tolerant,
        request=reader.group(types.RequestLimits, document, "request"),
        image=reader.group(types.ImageLimits, document, "image"),
        video=reader.group(types.VideoLimits, document, "video"),
        audio=reader.group(types.AudioLimits, document, "audio"),
        parameter=reader.group(types.ParameterLimits, document, "parameter"),
        prompt=reader.group(types.PromptLimits, document, "prompt"),
        rasters=tuple(reader.rasters(document["rasters"])),
        price=reader.price(document["price"]),
        described={name: tuple(map(str, one)) for name, one in document["described"].items()}
        if "described" in document
        else {},
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    sources: Mapping[str, Any]
    unknown: Collection[str]
    """Names of bounds that no source gives for this endpoint."""

    def group(self, kind: type[Group], document: Mapping[str, Any], name: str) -> Group:
        hints = get_type_hints(kind)
        table = document[name]
        keys = [item.name for item in fields(kind)]  # type: ignore[arg-type]
        return kind(**{key: self.bound(table[key], hints[key], f"{name}.{key}") for key in keys})

    def bound(self, table: Mapping[str, Any], hint: object, path: str) -> Bound[Any]:
        source = self.sources[table["source"]]
        basis = Basis.UNKNOWN if path in self.unknown else Basis(table["basis"])
        value = value_of(table["value"], hint)
        return Bound(value, basis, table.get("row", ""), source["text"], source["date"])

    def price(self, table: Mapping[str, Any]) -> PriceLimits:
        def one(name: str, hint: object) -> Any:  # noqa: ANN401 - as the hint says
            return self.bound(table[name], hint, f"price.{name}")

        return PriceLimits(
            usd_per_1000_tokens=self.units(table, "usd_per_1000_tokens"),
            usd_per_1000_tokens_with_video=self.units(table, "usd_per_1000_tokens_with_video"),
            video_factor=one("video_factor", MONEY),
            frame_rate=one("frame_rate", types.Count),
            extra_frames=one("extra_frames", types.Count),
            minimum_factor=one("minimum_factor", types.Number),
            billed_by_maker=table["billed_by_maker"],
            seconds_min=one("seconds_min", types.Count),
            seconds_max=one("seconds_max", types.Count),
            resolution_default=one("resolution_default", types.Word),
        )

    def rasters(self, table: Mapping[str, Mapping[str, Any]]) -> list[Raster]:
        """Each resolution is one table: its ratios, and where they all come from."""
        return [
            Raster(
                resolution=resolution,
                ratio=ratio,
                bound=self.bound(dict(sizes) | {"value": size}, RASTER, f"rasters.{resolution}"),
            )
            for resolution, sizes in table.items()
            for ratio, size in sizes.items()
            if ratio not in ORIGIN
        ]

    def units(self, table: Mapping[str, Any], name: str) -> Mapping[str, Bound[Decimal]]:
        units = table.get(name, {})
        return {key: self.bound(unit, MONEY, f"price.{name}.{key}") for key, unit in units.items()}


def value_of(value: Any, hint: object) -> Any:  # noqa: ANN401 - as the hint says
    """The value of a bound by its type. Raises ``ValueError`` for one that does not fit."""
    if hint == types.Number:
        return Fraction(_written(value))
    if hint == MONEY:
        return _money(value)
    if hint == types.Words:
        return _words(value)
    if hint == types.Word:
        return "".join(_words([value]))
    if hint == RASTER:
        return _size(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError
    return value


_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?(/\d{1,20})?")


def _written(value: object) -> str:
    """A number as it is written in the file: as text, so that none becomes binary noise."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    if not _NUMBER.fullmatch(str(value)):
        raise ValueError
    return str(value)


def _money(value: object) -> Decimal:
    text = _written(value)
    if "/" in text:
        raise ValueError
    return Decimal(text)


def _size(value: object) -> Size:
    if not isinstance(value, list) or not all(type(side) is int and side > 0 for side in value):
        raise ValueError
    width, height = value
    return Size(width, height)


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError
    return tuple(value)
