"""The price of a request: the vectors of the limits document, and laws over all requests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.media import AudioFacts, Facts, ImageFacts, Media, VideoFacts
from seedance_prep.core.price import Cost, Line, cost
from seedance_prep.core.request import DEFAULT_ENDPOINT, Asset, Kind, Request
from seedance_prep.limits import load, profile

FAST = DEFAULT_ENDPOINT
STANDARD = "bytedance/seedance-2.0/reference-to-video"


def video(seconds: float | None, ref: str = "@Video1") -> Media:
    facts = VideoFacts(container="mp4", demuxer="mov", bytes=1, duration=seconds)
    return medium(Kind.VIDEO, facts, ref)


def medium(kind: Kind, facts: Facts | None, ref: str) -> Media:
    return Media(asset=Asset("x"), ref=ref, kind=kind, facts=facts)


IMAGE = medium(Kind.IMAGE, ImageFacts(container="jpeg", bytes=1), "@Image1")
SOUND = medium(
    Kind.AUDIO, AudioFacts(container="mp3", demuxer="mp3", bytes=1, duration=9.0), "@Audio1"
)


def price(
    endpoint: str,
    resolution: str | None,
    ratio: str | None,
    output: int | str | None,
    media: list[Media],
    tolerant: bool = False,
) -> Cost:
    request = Request(endpoint=endpoint, resolution=resolution, aspect_ratio=ratio, duration=output)
    return cost(request, media, load(endpoint, tolerant=tolerant))


VECTORS = [
    (1, FAST, "720p", "16:9", 5, 0, "1.209600", "1.219680"),
    (2, STANDARD, "720p", "16:9", 5, 0, "1.512000", "1.524600"),
    (3, FAST, "480p", "16:9", 5, 0, "0.562464", "0.567151"),
    (4, STANDARD, "480p", "1:1", 4, 0, "0.537600", "0.543200"),
    (5, FAST, "720p", "21:9", 4, 0, "0.972405", "0.982534"),
    (6, STANDARD, "1080p", "16:9", 5, 0, "3.402000", "3.430350"),
    (7, STANDARD, "4k", "16:9", 5, 0, "7.776000", "7.840800"),
    (8, FAST, "720p", "16:9", 5, 4, "1.306368", "1.312416"),
    (9, FAST, "480p", "16:9", 5, 4, "0.607461", "0.610273"),
    (10, FAST, "720p", "4:3", 10, 5, "2.191001", "2.489221"),
    (11, FAST, "480p", "1:1", 12, 2, "0.903168", "1.292928"),
    (12, FAST, "720p", "9:16", 4, 15, "2.757888", "2.763936"),
    (13, STANDARD, "720p", "16:9", 5, 3, "1.451520", "1.640520"),
    (14, STANDARD, "720p", "16:9", 5, 10 / 3, "1.512000", "1.640520"),
    (15, STANDARD, "720p", "16:9", 5, 15, "3.628800", "3.636360"),
    (16, STANDARD, "720p", "16:9", 15, 15, "5.443200", "5.450760"),
    (17, STANDARD, "4k", "16:9", 5, 4, "8.398080", "8.436960"),
    (18, FAST, "480p", "4:3", 6, 9.87, "1.052600", "1.055364"),
]


@pytest.mark.parametrize(
    ("number", "endpoint", "resolution", "ratio", "output", "inputs", "low", "high"), VECTORS
)
def test_vector(
    number: int,
    endpoint: str,
    resolution: str,
    ratio: str,
    output: int,
    inputs: float,
    low: str,
    high: str,
) -> None:
    """Low and high of each vector of the limits document agree to six places."""
    got = price(endpoint, resolution, ratio, output, [video(inputs)] if inputs else [])
    assert (Decimal(low), Decimal(high)) == (got.low, got.high)


def test_lines_of_a_short_reference_name_each_reason() -> None:
    """Output, reference, free files, the minimum and the extra frame each have a line."""
    got = price(STANDARD, "720p", "16:9", 5, [IMAGE, video(3.0), SOUND])
    assert [
        Line(
            what="output 5 s at 1280x720"
            " ($0.014 per 1000 tokens x 0.6 with video among the inputs)",
            amount=Decimal("0.907200"),
        ),
        Line(
            what="reference video @Video1: 3.00 s, charged like output", amount=Decimal("0.544320")
        ),
        Line(what="1 image and 1 sound: free", amount=Decimal("0.000000")),
        Line(
            what="may be charged: the maker's minimum of 9 s",
            amount=Decimal("0.181440"),
            uncertain=True,
        ),
        Line(
            what="may be charged: one frame more than 24 a second",
            amount=Decimal("0.007560"),
            uncertain=True,
        ),
    ] == list(got.lines)


def test_default_request_runs_from_4_to_15_seconds_of_720p() -> None:
    """Nothing given: 720p, the cheapest raster for 4 s up to the dearest for 15 s."""
    got = price(FAST, None, None, None, [])
    assert Decimal("0.967680") == got.low
    assert price(FAST, "720p", "4:3", 15, []).high == got.high
    assert "may be charged: an output of 15 s at 834x1112" in [line.what for line in got.lines]


@pytest.mark.parametrize("duration", ["auto", 3, "16", 5.5, True, "five", ""])
def test_duration_that_the_endpoint_does_not_take_counts_as_auto(duration: object) -> None:
    """A bad duration is a finding elsewhere; the price falls back to the whole range."""
    assert price(FAST, None, None, None, []) == price(FAST, None, None, duration, [])  # type: ignore[arg-type]


@pytest.mark.parametrize("resolution", ["1080p", "4k", "540p", ""])
def test_resolution_that_the_tier_lacks_counts_as_the_default(resolution: str) -> None:
    """The fast tier has no 1080p: its price is that of 720p, not an exception."""
    assert price(FAST, "720p", "1:1", 8, []) == price(FAST, resolution, "1:1", 8, [])


def test_unknown_aspect_ratio_counts_as_auto() -> None:
    """An aspect ratio that no raster has gives the range over all rasters."""
    assert price(FAST, "480p", "auto", 8, []) == price(FAST, "480p", "2:1", 8, [])


def test_video_of_unknown_length_is_priced_up_to_all_seconds() -> None:
    """High takes the 15 s that all videos may have, and a line says so."""
    got = price(FAST, "720p", "16:9", 5, [video(4.0), video(None, "@Video2")])
    assert price(FAST, "720p", "16:9", 5, [video(15.0)]).high == got.high
    assert price(FAST, "720p", "16:9", 5, [video(5.8)]).low == got.low
    said = "may be charged: videos of 15.00 s together (length of @Video2 unknown)"
    assert said in [line.what for line in got.lines]


def test_unread_video_of_a_tolerant_request_may_run_the_enforced_sum() -> None:
    """With tolerance the sum may be 15.2 s, so high counts 15.2 s."""
    unread = medium(Kind.VIDEO, None, "@Video1")
    got = price(FAST, "720p", "16:9", 5, [unread], tolerant=True)
    assert price(FAST, "720p", "16:9", 5, [video(15.2)]).high == got.high


def test_same_video_twice_is_charged_twice() -> None:
    """Seconds are counted per place in the request, not per file."""
    once, twice = (price(FAST, "720p", "1:1", 4, [video(7.0)] * count) for count in (1, 2))
    assert price(FAST, "720p", "1:1", 4, [video(14.0)]).low == twice.low > once.low


@pytest.mark.parametrize(
    ("number", "endpoint", "resolution", "ratio", "output", "inputs", "tokens"),
    [
        (1, FAST, "720p", "16:9", 5, 0, "108000"),
        (2, STANDARD, "720p", "16:9", 5, 0, "108000"),
        (3, FAST, "480p", "16:9", 5, 0, "50220"),
        (4, STANDARD, "480p", "1:1", 4, 0, "38400"),
        (5, FAST, "720p", "21:9", 4, 0, "86821.875"),
        (6, STANDARD, "1080p", "16:9", 5, 0, "243000"),
        (7, STANDARD, "4k", "16:9", 5, 0, "972000"),
        (8, FAST, "720p", "16:9", 5, 4, "194400"),
        (9, FAST, "480p", "16:9", 5, 4, "90396"),
        (10, FAST, "720p", "4:3", 10, 5, "326041.875"),
        (11, FAST, "480p", "1:1", 12, 2, "134400"),
        (12, FAST, "720p", "9:16", 4, 15, "410400"),
        (13, STANDARD, "720p", "16:9", 5, 3, "172800"),
        (15, STANDARD, "720p", "16:9", 5, 15, "432000"),
        (16, STANDARD, "720p", "16:9", 15, 15, "648000"),
        (17, STANDARD, "4k", "16:9", 5, 4, "1749600"),
        (18, FAST, "480p", "4:3", 6, 9.87, "156636.9"),
    ],
)
def test_tokens_of_a_vector(
    number: int,
    endpoint: str,
    resolution: str,
    ratio: str,
    output: int,
    inputs: float,
    tokens: str,
) -> None:
    """The tokens are the document's, not rounded."""
    got = price(endpoint, resolution, ratio, output, [video(inputs)] if inputs else [])
    assert Fraction(tokens) == got.tokens_low
    assert got.tokens_high is not None
    assert got.tokens_high > Fraction(tokens)


MAKER = [
    # Tokens of the maker's own bills, as the limits document has them.
    ("720p", "16:9", 5, None, 108_900),
    ("720p", "16:9", 4, None, 87_300),
    ("480p", "16:9", 5, None, Fraction("50638.5")),
    ("480p", "16:9", 4, None, Fraction("40594.5")),
    ("720p", "16:9", 4, 4.0, 173_700),
]


@pytest.mark.parametrize(("resolution", "ratio", "output", "inputs", "tokens"), MAKER)
def test_the_makers_own_bill(
    resolution: str, ratio: str, output: int, inputs: float | None, tokens: Fraction
) -> None:
    """The maker bills one frame more and a minimum: nothing of that is uncertain."""
    media = [video(inputs)] if inputs else []
    got = cost(
        Request(resolution=resolution, aspect_ratio=ratio, duration=output),
        media,
        profile("byteplus"),
    )
    unit = Fraction("0.0043") if inputs else Fraction("0.007")
    assert got.low == got.high
    assert abs(Fraction(got.low) - tokens * unit / 1000) <= Fraction(1, 2_000_000)


def test_the_makers_minimum_is_certain_where_the_maker_bills() -> None:
    """A reference of 2 s at 5 s of 4k is billed as 9 s in all."""
    request = Request(resolution="4k", aspect_ratio="16:9", duration=5)
    got = cost(request, [video(2.0)], profile("byteplus"))
    tokens = Fraction(194_400) * 9 + 8_100
    assert abs(Fraction(got.low) - tokens * Fraction("0.0024") / 1000) < Fraction(1, 1_000_000)
    auto = cost(replace(request, duration="-1"), [video(2.0)], profile("byteplus"))
    assert auto.low < got.low < auto.high


@pytest.mark.parametrize(
    ("output", "lengths", "advice"),
    [
        (5, [], None),
        (
            5,
            [6.0],
            (
                "trim @Video1 to 3.3 s and it costs no more than without it"
                " (unless the maker's minimum is charged)"
            ),
        ),
        (
            8,
            [3.0, 4.0],
            (
                "trim @Video1 and @Video2 to 5.3 s together and they cost no more than without them"
                " (unless the maker's minimum is charged)"
            ),
        ),
        (
            15,
            [8.0],
            (
                "@Video1 runs 8.00 s; up to 10 s it costs no more than no video"
                " (unless the maker's minimum is charged)"
            ),
        ),
        (
            4,
            [2.0, 2.0],
            "up to 2.6 s a video costs no more than none; 2 videos cannot be that short",
        ),
        (
            "auto",
            [8.0],
            (
                "videos cost no more than none up to 2.6 s for 4 s and 10 s for 15 s of output"
                " (unless the maker's minimum is charged)"
            ),
        ),
    ],
)
def test_advice_says_how_short_is_cheap(
    output: int | str, lengths: list[float], advice: str | None
) -> None:
    """The length up to which the discount pays for the video, rounded down."""
    media = [video(length, f"@Video{number}") for number, length in enumerate(lengths, 1)]
    assert advice == price(FAST, "720p", "16:9", output, media).advice


@given(st.sampled_from([FAST, STANDARD]), st.integers(4, 15))
def test_break_even_is_where_both_cost_the_same(endpoint: str, output: int) -> None:
    """Up to that length a video costs no more than none, beyond it more, by the low figure."""
    alone = price(endpoint, "720p", "16:9", output, [])
    assert alone.break_even is not None
    even = float(alone.break_even)
    assert price(endpoint, "720p", "16:9", output, [video(even - 0.01)]).low < alone.low
    assert price(endpoint, "720p", "16:9", output, [video(even + 0.01)]).low > alone.low


def test_a_second_of_reference_has_its_price() -> None:
    """0.6 of a second of output: $0.145152 on the fast tier at 720p."""
    assert Decimal("0.145152") == price(FAST, "720p", "16:9", 5, []).reference_second


ENDPOINTS = st.sampled_from([FAST, STANDARD])
RESOLUTIONS = st.sampled_from([None, "480p", "720p", "1080p", "4k"])
RATIOS = st.sampled_from([None, "auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"])
OUTPUTS = st.one_of(st.none(), st.just("auto"), st.integers(4, 15))
LENGTHS = st.lists(
    st.one_of(st.none(), st.floats(0.0, 40.0), st.sampled_from([float("inf"), float("nan")])),
    max_size=3,
)


@given(ENDPOINTS, RESOLUTIONS, RATIOS, OUTPUTS, LENGTHS)
def test_lines_add_up(
    endpoint: str, resolution: str, ratio: str, output: int, lengths: list[float | None]
) -> None:
    """Certain lines add up to low, all lines to high, none is negative, high is above low."""
    got = price(endpoint, resolution, ratio, output, [video(length) for length in lengths])
    assert got.low == sum(line.amount for line in got.lines if not line.uncertain)
    assert got.high == sum(line.amount for line in got.lines)
    assert all(line.amount >= 0 for line in got.lines)
    assert 0 < got.low < got.high


@given(ENDPOINTS, RESOLUTIONS, RATIOS, st.integers(4, 14), st.floats(0, 40), st.floats(0, 40))
def test_more_seconds_never_cost_less(
    endpoint: str, resolution: str, ratio: str, output: int, one: float, other: float
) -> None:
    """A longer output or a longer reference costs as much or more, low and high."""
    short, long = sorted((one, other))
    least = price(endpoint, resolution, ratio, output, [video(short)])
    for more in (
        price(endpoint, resolution, ratio, output, [video(long)]),
        price(endpoint, resolution, ratio, output + 1, [video(short)]),
    ):
        assert least.low <= more.low
        assert least.high <= more.high


@given(ENDPOINTS, RESOLUTIONS, OUTPUTS, LENGTHS, st.integers(0, 9), st.integers(0, 3))
def test_images_and_sounds_are_free(
    endpoint: str,
    resolution: str,
    output: int,
    lengths: list[float | None],
    images: int,
    sounds: int,
) -> None:
    """Adding images and sounds changes neither low nor high."""
    videos = [video(length) for length in lengths]
    plain = price(endpoint, resolution, None, output, videos)
    full = price(
        endpoint, resolution, None, output, [*[IMAGE] * images, *videos, *[SOUND] * sounds]
    )
    assert (plain.low, plain.high) == (full.low, full.high)


@given(RATIOS, st.integers(4, 15), st.floats(2, 15))
def test_minimum_cancels_the_discount(ratio: str, output: int, length: float) -> None:
    """At its high end a request with video never costs less than the same without."""
    assert (
        price(FAST, "720p", ratio, output, [video(length)]).high
        >= price(FAST, "720p", ratio, output, []).low
    )


def test_no_video_is_cheap_where_the_minimum_is_certain() -> None:
    """The maker bills 9 s at least for an output of 5 s: more than the discount gives."""
    request = Request(resolution="720p", aspect_ratio="16:9", duration=5)
    got = cost(request, [video(2.0)], profile("byteplus"))
    assert 0 == got.break_even
    assert "with the maker's minimum, no video is short enough to cost no more than none" == (
        got.advice
    )
