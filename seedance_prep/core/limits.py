"""Types of the limits. The numbers are data: TOML files in ``seedance_prep.limits``.

Every number is a :class:`Bound`: its value, whether it is published or known to be enforced,
its source with date, and the row of the limits document that it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any, Generic, TypeVar

from .plan import Size

T = TypeVar("T")


class Basis(StrEnum):
    """How far a number binds."""

    PUBLISHED = "published"
    """fal states it for the endpoint."""
    DOCUMENTED = "documented"
    """The maker states it."""
    ENFORCED = "enforced"
    """Seen in error texts of the running service."""
    ADVICE = "advice"
    """Better kept, not required."""
    INFERRED = "inferred"
    """A conclusion from the other numbers."""
    UNKNOWN = "unknown"
    """No source says it for this endpoint; the number is that of its nearest relative."""


@dataclass(frozen=True, slots=True)
class Bound(Generic[T]):
    """One number of the limits with where it comes from."""

    value: T
    basis: Basis
    row: str
    source: str
    date: str

    @property
    def origin(self) -> str:
        """For people: ``enforced; error texts published by users (2026-07-13)``."""
        return f"{self.basis.value}; {self.source} ({self.date})"


Number = Bound[Fraction]
Count = Bound[int]
Word = Bound[str]
Words = Bound[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """What the request as a whole obeys."""

    images_max: Count
    videos_max: Count
    audio_max: Count
    files_max: Count
    references_min: Count
    audio_companions_min: Count
    """Images or videos that must stand beside a sound."""
    inline_bytes_advised: Count
    frame_roles: Words
    """Names of first- and last-frame fields, which do not go with references."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What each image obeys."""

    formats: Words
    bytes_end: Count
    """Exclusive: a file must be smaller."""
    bytes_advised: Count
    side_min: Count
    side_max: Count
    ratio_min: Number
    ratio_max: Number
    ratio_safe_min: Number
    ratio_safe_max: Number
    modes_safe: Words
    """Pillow's modes that every reader understands; what happens to others is unknown."""
    bits_safe_max: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLimits:
    """What each video obeys, and all of them together."""

    containers: Words
    video_codecs: Words
    audio_codecs: Words
    audio_codecs_mov: Words
    """Taken in MOV only, and only by the newest document; ``pcm`` stands for all ``pcm_…``."""
    bits_safe_max: Count
    chroma_safe: Words
    pixels_min: Count
    pixels_max: Count
    pixels_max_tolerant: Count
    side_min: Count
    side_max: Count
    ratio_min: Number
    ratio_max: Number
    ratio_safe_min: Number
    ratio_safe_max: Number
    fps_min: Number
    fps_max: Number
    fps_safe_min: Number
    fps_safe_max: Number
    seconds_min: Number
    seconds_max: Number
    seconds_safe_min: Number
    seconds_safe_max: Number
    total_seconds_min: Number
    total_seconds_min_tolerant: Number
    total_seconds_max: Number
    total_seconds_max_tolerant: Number
    total_bytes_end: Count
    """Exclusive: the sum must be smaller."""
    bytes_max: Count
    """Inclusive, of each video."""
    seconds_margin: Number
    """Kept free per clip when clips are cut to fit a sum: muxing adds to what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLimits:
    """What each sound obeys, and all of them together."""

    containers: Words
    wav_codecs_safe: Words
    seconds_min: Number
    seconds_max: Number
    seconds_safe_min: Number
    seconds_safe_max: Number
    total_seconds_max: Number
    total_seconds_max_tolerant: Number
    bytes_max: Count
    """Inclusive."""
    bytes_advised: Count
    seconds_margin: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterLimits:
    """The values that the endpoint's parameters take."""

    resolution: Words
    duration: Words
    aspect_ratio: Words
    bitrate_mode: Words
    end_user_id_length_max: Count
    upstream_refused: Words
    """Names that the maker's service answers with "must be empty"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptLimits:
    """Advice on the length of the prompt."""

    words_advised: Count
    characters_advised: Count
    """Chinese characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """One output size of the model."""

    resolution: str
    ratio: str
    bound: Bound[Size]

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.bound.value


@cache
def _exact(amount: Decimal) -> Fraction:
    return Fraction(amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLimits:
    """What a token costs and how tokens are counted."""

    usd_per_1000_tokens: Mapping[str, Bound[Decimal]]
    """By resolution."""
    video_factor: Bound[Decimal]
    """Factor on the price when at least one video is among the inputs."""
    frame_rate: Count
    """Frames per second of the output, and of input seconds as they are charged."""
    extra_frames: Count
    """Frames that the maker bills beyond the seconds."""
    minimum_factor: Number
    """With video: total seconds are at least ceil(factor x output seconds)."""
    billed_by_maker: bool
    """Whether the maker sends the bill, so that extra frames and minimum are certain."""
    seconds_min: Count
    seconds_max: Count
    resolution_default: Word
    usd_per_1000_tokens_with_video: Mapping[str, Bound[Decimal]] = field(default_factory=dict)
    """By resolution, where a list says it instead of ``video_factor``."""

    def unit(self, resolution: str, *, with_video: bool) -> Fraction:
        """USD per 1000 tokens."""
        if with_video and resolution in self.usd_per_1000_tokens_with_video:
            return _exact(self.usd_per_1000_tokens_with_video[resolution].value)
        unit = _exact(self.usd_per_1000_tokens[resolution].value)
        return unit * _exact(self.video_factor.value) if with_video else unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Everything known about one endpoint at one date."""

    name: str
    """``fast``: short for the endpoint."""
    endpoint: str
    profile: str
    """``fal-2026-08``."""
    service: str
    """``fal``, or whose API it is."""
    tolerant: bool
    """Whether published-but-known-to-be-accepted is only a warning."""
    request: RequestLimits
    image: ImageLimits
    video: VideoLimits
    audio: AudioLimits
    parameter: ParameterLimits
    prompt: PromptLimits
    rasters: tuple[Raster, ...]
    price: PriceLimits
    described: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The numbers in the published description of each parameter, in order, as they were read."""

    def rasters_of(self, resolution: str) -> tuple[Raster, ...]:
        """The output sizes of one resolution."""
        return tuple(raster for raster in self.rasters if raster.resolution == resolution)


def bounds_of(limits: object) -> dict[str, Bound[Any]]:
    """Every bound inside a limits value, by dotted name, for tables and tests."""
    found: dict[str, Bound[Any]] = {}
    for item in fields(limits):  # type: ignore[arg-type]
        value = getattr(limits, item.name)
        if isinstance(value, Bound):
            found[item.name] = value
        elif hasattr(value, "__dataclass_fields__"):
            found |= {f"{item.name}.{name}": bound for name, bound in bounds_of(value).items()}
        elif isinstance(value, Mapping):
            bounds = {key: one for key, one in value.items() if isinstance(one, Bound)}
            found |= {f"{item.name}.{key}": one for key, one in bounds.items()}
    return found
