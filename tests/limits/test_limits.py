"""The numbers themselves: each with its source, and the sizes of the pixel window."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from seedance_prep.checks import check
from seedance_prep.core.finding import Level
from seedance_prep.core.limits import Basis, Bound, bounds_of
from seedance_prep.core.media import Media, VideoFacts
from seedance_prep.core.request import DEFAULT_ENDPOINT, Asset, Kind, Request
from seedance_prep.errors import UsageError
from seedance_prep.limits import endpoints, load

STANDARD = "bytedance/seedance-2.0/reference-to-video"
ROW = re.compile(r"R([1-9]|10)|I[1-5]|V([1-9]|1[01])|A[1-4]|7|8|9|11")


@pytest.mark.parametrize("endpoint", endpoints())
def test_every_number_has_its_source(endpoint: str) -> None:
    """Value, basis, row, source and date stand beside every number, rasters too."""
    limits = load(endpoint)
    bounds = bounds_of(limits) | {str(one.size): one.bound for one in limits.rasters}
    assert len(bounds) > 60
    for name, bound in bounds.items():
        assert bound.source, name
        assert re.fullmatch(r"2026-\d\d(-\d\d)?", bound.date), name
        assert ROW.fullmatch(bound.row), name
        assert bound.basis in Basis
        assert bound.origin == f"{bound.basis.value}; {bound.source} ({bound.date})"


def test_numbers_are_exact() -> None:
    """Seconds, rates and ratios are fractions, money is decimal: no binary noise anywhere."""
    limits = load(DEFAULT_ENDPOINT)
    assert Fraction(76, 5) == limits.video.seconds_max.value
    assert Fraction(119, 5) == limits.video.fps_min.value
    assert Fraction(60000, 1001) == limits.video.fps_safe_max.value
    assert Fraction(5, 3) == limits.price.minimum_factor.value
    assert Decimal("0.0112") == limits.price.usd_per_1000_tokens["720p"].value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("request.images_max", 9),
        ("request.videos_max", 3),
        ("request.audio_max", 3),
        ("request.files_max", 12),
        ("image.bytes_end", 30_000_000),
        ("image.bytes_advised", 10_000_000),
        ("image.side_min", 300),
        ("image.side_max", 6000),
        ("image.ratio_min", Fraction("0.4")),
        ("image.ratio_max", Fraction("2.5")),
        ("image.ratio_safe_min", Fraction("0.41")),
        ("image.ratio_safe_max", Fraction("2.49")),
        ("video.pixels_min", 409_600),
        ("video.pixels_max", 927_408),
        ("video.pixels_max_tolerant", 8_295_044),
        ("video.fps_max", 60),
        ("video.fps_safe_min", 24),
        ("video.seconds_min", Fraction("1.8")),
        ("video.seconds_safe_min", 2),
        ("video.seconds_safe_max", 15),
        ("video.total_seconds_max", 15),
        ("video.total_seconds_max_tolerant", Fraction("15.2")),
        ("video.total_seconds_min", 2),
        ("video.total_seconds_min_tolerant", Fraction("1.8")),
        ("video.total_bytes_end", 50_000_000),
        ("audio.seconds_min", Fraction("1.8")),
        ("audio.seconds_max", Fraction("15.2")),
        ("audio.total_seconds_max", 15),
        ("audio.total_seconds_max_tolerant", Fraction("15.2")),
        ("audio.bytes_max", 15_000_000),
        ("audio.bytes_advised", 10_000_000),
    ],
)
def test_both_endpoints_share_the_limits_on_media(name: str, value: object) -> None:
    """Each number is the document's, and the two tiers do not differ in it."""
    assert value == bounds_of(load(DEFAULT_ENDPOINT))[name].value
    assert value == bounds_of(load(STANDARD))[name].value


def test_standard_extends_fast() -> None:
    """Standard differs in resolutions, rasters and unit prices, and in nothing else."""
    fast, standard = load(DEFAULT_ENDPOINT), load(STANDARD)
    old, new = bounds_of(fast), bounds_of(standard)
    media = {name for name in new if not name.startswith("price.") and new[name] != old[name]}
    assert {"parameter.resolution"} == media
    assert ("480p", "720p") == fast.parameter.resolution.value
    assert ("480p", "720p", "1080p", "4k") == standard.parameter.resolution.value
    assert set(fast.rasters) < set(standard.rasters)
    assert set(standard.parameter.resolution.value) == set(standard.price.usd_per_1000_tokens)
    same = replace(standard, name=fast.name, endpoint=fast.endpoint, parameter=fast.parameter)
    assert fast == replace(same, rasters=fast.rasters, price=fast.price)


def test_every_resolution_has_six_rasters() -> None:
    """Each resolution that the endpoint takes has a raster for each of its six shapes."""
    for endpoint in endpoints():
        limits = load(endpoint)
        shapes = set(limits.parameter.aspect_ratio.value) - {"auto", "adaptive"}
        for resolution in limits.parameter.resolution.value:
            assert shapes == {raster.ratio for raster in limits.rasters_of(resolution)}


def test_an_unknown_endpoint_is_a_usage_error_with_the_nearest() -> None:
    """No limits are made up for another endpoint."""
    with pytest.raises(UsageError, match=rf"did you mean {STANDARD}\?"):
        load("bytedance/seedance-2.0/reference-to-vide")
    with pytest.raises(UsageError, match="no limits are known for the endpoint 'x'; known: "):
        load("x")


def test_tolerance_changes_no_number() -> None:
    """``--tolerant`` is a reading of the numbers, not another set of them."""
    assert bounds_of(load(STANDARD)) == bounds_of(load(STANDARD, tolerant=True))
    assert load(STANDARD, tolerant=True).tolerant


def test_a_bound_says_where_it_comes_from() -> None:
    """The origin reads as a phrase."""
    bound = Bound(1, Basis.ENFORCED, "V7", "error texts", "2026-07-13")
    assert "enforced; error texts (2026-07-13)" == bound.origin


WINDOW = {
    "too few": ["480x360", "640x480", "720x480", "848x480", "852x480", "614x664"],
    "taken": [
        "640x640", "854x480", "720x576", "864x480", "960x540", "1024x576", "1024x768", "1280x720",
        "960x960", "1280x724", "1112x834", "834x1112",
    ],
    "too many": [
        "1280x726", "1280x732", "1080x1080", "1920x1080", "1080x1920", "2206x946", "3840x2160",
        "3326x2494",
    ],
    "far too many": ["4096x2160"],
}  # fmt: skip
CODES: dict[str, dict[bool, dict[str, Level]]] = {
    "too few": {False: {"VID008": Level.ERROR}, True: {"VID008": Level.ERROR}},
    "taken": {False: {}, True: {}},
    "too many": {False: {"VID009": Level.ERROR}, True: {"VID009": Level.WARNING}},
    "far too many": {False: {"VID009": Level.ERROR}, True: {"VID009": Level.ERROR}},
}


@pytest.mark.parametrize("tolerant", [False, True], ids=["strict", "tolerant"])
@pytest.mark.parametrize(
    ("text", "verdict"), [(text, verdict) for verdict in WINDOW for text in WINDOW[verdict]]
)
def test_the_pixel_window_counts_pixels(text: str, verdict: str, tolerant: bool) -> None:
    """The well-known sizes fall on the side of the window that the document's table says."""
    width, height = map(int, text.split("x"))
    facts = VideoFacts(container="mp4", demuxer="mov", bytes=1, width=width, height=height)
    media = Media(asset=Asset("x"), ref="@Video1", kind=Kind.VIDEO, facts=facts)
    found = check(Request(), [media], load(DEFAULT_ENDPOINT, tolerant=tolerant))
    pixels = {one.code: one.level for one in found if one.code in {"VID008", "VID009"}}
    assert CODES[verdict][tolerant] == pixels


@pytest.mark.parametrize("resolution", ["480p", "720p"])
def test_the_models_own_rasters_lie_in_the_pixel_window(resolution: str) -> None:
    """Every output raster of 480p and 720p would itself pass as a reference."""
    limits = load(DEFAULT_ENDPOINT)
    least, most = limits.video.pixels_min.value, limits.video.pixels_max.value
    sizes = [raster.size for raster in limits.rasters_of(resolution)]
    assert 6 == len(sizes)
    assert [True] * 6 == [least <= size.pixels <= most for size in sizes]
