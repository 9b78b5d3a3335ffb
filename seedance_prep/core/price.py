"""What a request costs, as a range, and why.

tokens = width x height x 24 x seconds / 1024, of the output raster. Without video among the inputs
the seconds are the output's; with video they are the inputs' and the output's, at 0.6 of the price.
The maker also charges one more frame and a minimum of ceil(5/3 x output seconds). Nobody outside
knows whether fal does, too: *low* leaves both out, *high* has both, and lines say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, isfinite

from .limits import Limits, PriceLimits, Raster
from .media import Media, VideoFacts
from .request import Kind, Request
from .units import plural, seconds

_PIXEL_FRAMES_PER_TOKEN = 1024
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reason for an amount."""

    what: str
    amount: Decimal
    uncertain: bool = False
    """Whether it is part of ``high`` only; such lines start with "may be charged"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Money for one job.

    The lines that are not ``uncertain`` add up to ``low``, all lines together to ``high``, exactly.
    """

    low: Decimal
    high: Decimal
    lines: tuple[Line, ...] = ()
    currency: str = "USD"
    tokens_low: Fraction | None = None
    """What ``low`` is the price of; not rounded."""
    tokens_high: Fraction | None = None
    reference_second: Decimal | None = None
    """What each second of reference video adds, where it adds the least."""
    break_even: Fraction | None = None
    """Seconds of video in all up to which a video costs no more than none, by the low figure; of
    the shortest output that the request may have."""
    advice: str | None = None
    """What that means for the videos of this request."""


def cost(request: Request, media: Sequence[Media], limits: Limits) -> Cost:
    """What ``request`` costs when ``media`` are what is sent (after the fix, not the sources).

    USD to six places. A parameter that the endpoint does not take counts as if it were not given;
    to say so is the business of a rule. Sources: the limits' price table.
    """
    steps = tuple(_steps(request, media, limits))
    lines = _rounded(steps)
    certain = sum((line.amount for line in lines if not line.uncertain), Decimal(0))
    cheap, _ = _rasters(request, limits)
    per_token = limits.price.unit(cheap.resolution, with_video=_discounted(media)) / 1000
    second = _amount(_Bill(raster=cheap, output=1), limits.price, discounted=True)
    return Cost(
        low=certain,
        high=sum((line.amount for line in lines), Decimal(0)),
        lines=lines,
        tokens_low=max(total for _, total, uncertain in steps if not uncertain) / per_token,
        tokens_high=steps[-1][1] / per_token,
        reference_second=_decimal(second),
        break_even=_even(_durations(request, limits)[0], cheap, limits),
        advice=_advice(request, media, limits),
    )


def _discounted(media: Sequence[Media]) -> bool:
    return any(item.kind is Kind.VIDEO for item in media)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bill:
    """What is counted: everything that the amount depends on."""

    raster: Raster
    output: int
    """Seconds."""
    inputs: Fraction = Fraction(0)
    """Seconds of all videos among the inputs."""
    at_least: int = 0
    """Seconds that are charged in any case."""
    extra_frames: int = 0


def _amount(bill: _Bill, price: PriceLimits, discounted: bool) -> Fraction:
    charged = max(bill.output + bill.inputs, Fraction(bill.at_least))
    frames = charged * price.frame_rate.value + bill.extra_frames
    tokens = bill.raster.size.pixels * frames / _PIXEL_FRAMES_PER_TOKEN
    return tokens * price.unit(bill.raster.resolution, with_video=discounted) / 1000


_Step = tuple[str, Fraction, bool]
"""What is added to the bill, its total from then on, and whether that is uncertain."""


def _steps(request: Request, media: Sequence[Media], limits: Limits) -> Iterator[_Step]:
    """The bill as it grows, from the certain to the uncertain."""
    price = limits.price
    videos = [item for item in media if item.kind is Kind.VIDEO]
    cheap, dear = _rasters(request, limits)
    shortest, longest = _durations(request, limits)

    def total(bill: _Bill) -> Fraction:
        return _amount(bill, price, bool(videos))

    bill = _Bill(raster=cheap, output=shortest)
    yield _output_text(bill, price, bool(videos)), total(bill), False
    for video in videos:
        bill = replace(bill, inputs=bill.inputs + _seconds(video, limits))
        yield _video_text(video, limits), total(bill), False
    if free := _free(media):
        yield free, total(bill), False
    if price.billed_by_maker:
        for what, grown in _makers(bill, price, videos):
            yield what, total(grown), False
            bill = grown
    bill = replace(bill, raster=dear, output=longest)
    bill = replace(bill, at_least=_minimum(bill, price)) if bill.at_least else bill
    yield _longest_text(bill), total(bill), True
    if unknown := [video for video in videos if _length(video) is None]:
        bill = replace(bill, inputs=max(bill.inputs, _most_seconds(limits)))
        yield _unknown_text(unknown, limits), total(bill), True
    if not price.billed_by_maker:
        for what, grown in _makers(bill, price, videos):
            yield _may(what), total(grown), True


def _makers(
    bill: _Bill, price: PriceLimits, videos: Sequence[Media]
) -> Iterator[tuple[str, _Bill]]:
    """What the maker adds to a bill."""
    if videos:
        bill = replace(bill, at_least=_minimum(bill, price))
        yield f"the maker's minimum of {bill.at_least} s", bill
    bill = replace(bill, extra_frames=price.extra_frames.value)
    yield "one frame more than 24 a second", bill


def _minimum(bill: _Bill, price: PriceLimits) -> int:
    return ceil(price.minimum_factor.value * bill.output)


def _rounded(steps: Iterable[_Step]) -> tuple[Line, ...]:
    """Differences of rounded totals, so that rounding never accumulates; what adds nothing goes."""
    lines: list[Line] = []
    before = Decimal(0)
    for what, total, uncertain in steps:
        after = _decimal(total)
        if after != before or not uncertain:
            lines.append(Line(what=what, amount=after - before, uncertain=uncertain))
        before = after
    return tuple(lines)


def _decimal(value: Fraction) -> Decimal:
    """Half up at six places, from the exact value: no digit is rounded twice."""
    return (Decimal(floor(value * 1_000_000 + Fraction(1, 2))) / 1_000_000).quantize(_PLACES)


def _rasters(request: Request, limits: Limits) -> tuple[Raster, Raster]:
    """The cheapest and the dearest raster that the request may come out at."""
    asked = str(request.resolution)
    known = asked in limits.price.usd_per_1000_tokens
    offered = limits.rasters_of(asked if known else limits.price.resolution_default.value)
    fitting = [raster for raster in offered if raster.ratio == str(request.aspect_ratio)] or offered
    by_size = sorted(fitting, key=lambda raster: raster.size.pixels)
    return by_size[0], by_size[-1]


def _durations(request: Request, limits: Limits) -> tuple[int, int]:
    """The shortest and the longest output, seconds."""
    asked = str(request.duration)
    if asked.isdecimal() and asked in limits.parameter.duration.value:
        return int(asked), int(asked)
    return limits.price.seconds_min.value, limits.price.seconds_max.value


def _length(video: Media) -> Fraction | None:
    duration = video.facts.duration if isinstance(video.facts, VideoFacts) else None
    return _as_written(duration) if duration is not None and isfinite(duration) else None


@lru_cache(maxsize=256)
def _as_written(duration: float) -> Fraction:
    """9.87 as it is written, not as a float stores it."""
    return Fraction(str(duration))


def _seconds(video: Media, limits: Limits) -> Fraction:
    """Seconds of one video; of unknown length, the shortest that the service takes."""
    length = _length(video)
    return limits.video.seconds_min.value if length is None else length


def _most_seconds(limits: Limits) -> Fraction:
    bound = limits.video
    return (bound.total_seconds_max_tolerant if limits.tolerant else bound.total_seconds_max).value


# Break-even ------------------------------------------------------------------------------------


def _even(output: int, raster: Raster, limits: Limits) -> Fraction:
    """Seconds of video at which the discount on the output has paid for them.

    None at all (0) where a minimum that is charged for certain takes more than the discount gives.
    """
    price, resolution = limits.price, raster.resolution
    without, discounted = (price.unit(resolution, with_video=x) for x in (False, True))
    paid = output * without / discounted
    minimum = ceil(price.minimum_factor.value * output) if price.billed_by_maker else 0
    return Fraction(0) if minimum > paid else paid - output


def _advice(request: Request, media: Sequence[Media], limits: Limits) -> str | None:
    """Up to which length the videos of this request cost no more than none."""
    videos = [item for item in media if item.kind is Kind.VIDEO]
    if not videos:
        return None
    (shortest, longest), (raster, _) = _durations(request, limits), _rasters(request, limits)
    if not _even(shortest, raster, limits):
        return "with the maker's minimum, no video is short enough to cost no more than none"
    if shortest != longest:
        ends = (f"{_even_text(out, raster, limits)} for {out} s" for out in (shortest, longest))
        return (
            f"videos cost no more than none up to {' and '.join(ends)} of output{_unless(limits)}"
        )
    return _trimmed(videos, shortest, raster, limits)


def _trimmed(videos: Sequence[Media], output: int, raster: Raster, limits: Limits) -> str:
    total = sum((_seconds(video, limits) for video in videos), Fraction(0))
    even, most = _even(output, raster, limits), _even_text(output, raster, limits)
    names = " and ".join(video.ref or video.source for video in videos)
    they, together = ("it", "") if len(videos) == 1 else ("they", " together")
    s = "s" if len(videos) == 1 else ""
    if total <= even:
        return (
            f"{names} run{s} {seconds(float(total))}{together}; up to {most} {they} cost{s} no more"
            f" than no video{_unless(limits)}"
        )
    if even < len(videos) * limits.video.seconds_safe_min.value:
        count = plural(len(videos), "video")
        return f"up to {most} a video costs no more than none; {count} cannot be that short"
    return (
        f"trim {names} to {most}{together} and {they} cost{s} no more than without"
        f" {'it' if len(videos) == 1 else 'them'}{_unless(limits)}"
    )


def _even_text(output: int, raster: Raster, limits: Limits) -> str:
    """Rounded down, so that it holds."""
    return f"{floor(_even(output, raster, limits) * 10) / 10:g} s"


def _unless(limits: Limits) -> str:
    return "" if limits.price.billed_by_maker else " (unless the maker's minimum is charged)"


# Words -----------------------------------------------------------------------------------------


def _output_text(bill: _Bill, price: PriceLimits, discounted: bool) -> str:
    resolution, listed = bill.raster.resolution, price.usd_per_1000_tokens_with_video
    unit = price.usd_per_1000_tokens[resolution].value
    factor = f" x {price.video_factor.value} with video among the inputs" if discounted else ""
    if discounted and resolution in listed:
        unit, factor = listed[resolution].value, " with video among the inputs"
    return f"output {bill.output} s at {bill.raster.size} (${unit} per 1000 tokens{factor})"


def _may(what: str) -> str:
    return f"may be charged: {what}"


def _longest_text(bill: _Bill) -> str:
    return _may(f"an output of {bill.output} s at {bill.raster.size}")


def _video_text(video: Media, limits: Limits) -> str:
    name = video.ref or video.source
    if (length := _length(video)) is None:
        least = float(limits.video.seconds_min.value)
        return f"reference video {name}: length unknown, at least {seconds(least)}"
    return f"reference video {name}: {seconds(float(length))}, charged like output"


def _unknown_text(unknown: Sequence[Media], limits: Limits) -> str:
    names = ", ".join(video.ref or video.source for video in unknown)
    most = seconds(float(_most_seconds(limits)))
    return _may(f"videos of {most} together (length of {names} unknown)")


def _free(media: Sequence[Media]) -> str:
    counts = {kind: sum(item.kind is kind for item in media) for kind in (Kind.IMAGE, Kind.AUDIO)}
    nouns = {Kind.IMAGE: "image", Kind.AUDIO: "sound"}
    parts = [plural(count, nouns[kind]) for kind, count in counts.items() if count]
    return f"{' and '.join(parts)}: free" if parts else ""
