"""Profiles as data: the shipped ones, one's own with every mistake named, where two differ."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.drift import differences
from seedance_prep.core.limits import Basis, bounds_of
from seedance_prep.errors import UsageError
from seedance_prep.limits import load, names, profile
from seedance_prep.limits.schema import mistakes

FAST = "bytedance/seedance-2.0/fast/reference-to-video"
TEXT = (files("seedance_prep.limits") / "fast.toml").read_text(encoding="utf-8")


def whole() -> dict[str, Any]:
    """The shipped fast profile as a document that may be spoilt."""
    return tomllib.loads(TEXT)


def test_every_tier_has_a_profile() -> None:
    """fal's three tiers, and the maker's own API."""
    assert ("fast", "standard", "mini", "byteplus") == names()
    assert [
        ("bytedance/seedance-2.0/fast/reference-to-video", "fal"),
        ("bytedance/seedance-2.0/reference-to-video", "fal"),
        ("bytedance/seedance-2.0/mini/reference-to-video", "fal"),
        ("dreamina-seedance-2-0", "byteplus"),
    ] == [(profile(name).endpoint, profile(name).service) for name in names()]


@pytest.mark.parametrize("name", names())
def test_shipped_profiles_have_no_mistake(name: str, tmp_path: Path) -> None:
    """Each passes the schema that a profile of one's own must pass."""
    own = tmp_path / "own.toml"
    own.write_text(f'extends = "{name}"\n', encoding="utf-8")
    assert bounds_of(profile(own)).keys() == bounds_of(profile(name)).keys()


def test_a_profile_has_three_names() -> None:
    """Its own, its endpoint's, and that of a file."""
    assert load(FAST) == profile("fast") == profile(FAST)
    with pytest.raises(UsageError, match=r"no profile or file 'fest'; did you mean fast\?"):
        profile("fest")


def test_what_is_unknown_says_unknown() -> None:
    """The mini tier's unpublished numbers are the fast one's, and say that nobody knows."""
    mini, fast = bounds_of(profile("mini")), bounds_of(profile("fast"))
    assert Basis.UNKNOWN is mini["video.fps_max"].basis
    assert fast["video.fps_max"].value == mini["video.fps_max"].value
    assert Basis.PUBLISHED is mini["image.bytes_end"].basis
    assert () == mini["parameter.bitrate_mode"].value
    assert {Basis.UNKNOWN} == {
        one.basis for path, one in mini.items() if path.startswith("image.ratio")
    }
    assert Basis.UNKNOWN not in {one.basis for one in fast.values()}


def test_the_makers_numbers() -> None:
    """15 files, more formats, 4k references, each video up to 200 MB."""
    maker = bounds_of(profile("byteplus"))
    assert 15 == maker["request.files_max"].value
    assert {"bmp", "tiff", "gif", "heic"} < set(maker["image.formats"].value)
    assert 8_295_044 == maker["video.pixels_max"].value
    assert 200_000_000 == maker["video.bytes_max"].value
    assert Basis.PUBLISHED not in {one.basis for one in maker.values()}  # that is fal's word


def test_two_profiles_differ_where_they_do() -> None:
    """Value and basis count; a profile does not differ from itself."""
    fast, standard = profile("fast"), profile("standard")
    assert () == differences(fast, fast)
    found = {one.path: one for one in differences(fast, standard)}
    assert {
        "parameter.resolution",
        "price.usd_per_1000_tokens.480p",
        "price.usd_per_1000_tokens.720p",
        "price.usd_per_1000_tokens.1080p",
        "price.usd_per_1000_tokens.4k",
    } == set(found)
    assert found["price.usd_per_1000_tokens.4k"].one is None


def spoilt(path: str, value: Any) -> dict[str, Any]:
    """The fast profile with something else at a path; ``...`` takes it out."""
    document = whole()
    *parents, last = path.split("/")
    table = document
    for name in parents:
        table = table[name]
    if value is ...:
        del table[last]
    else:
        table[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("endpoint", ..., "endpoint: is missing"),
        ("endpoint", 3, "endpoint: must be text"),
        ("video", 3, "video: must be a table"),
        ("vidoe", {}, "vidoe: is not known here; did you mean video?"),
        ("video/fps_max", ..., "video.fps_max: is missing"),
        ("video/fps_mox", {}, "video.fps_mox: is not known here; did you mean fps_max?"),
        ("video/fps_max", 60, "video.fps_max: must be a table with value, basis and source"),
        ("video/fps_max/value", "sixty", "video.fps_max.value: 'sixty' is not a number"),
        ("video/fps_max/value", -60, "video.fps_max.value: -60 is not a number"),
        ("video/fps_max/value", "1/0", "video.fps_max.value: '1/0' is not a number"),
        ("video/fps_max/value", "1e9999999", "video.fps_max.value: '1e9999999' is not a number"),
        ("video/fps_max/value", "10", "video.fps_min.value: is above video.fps_max.value"),
        ("image/side_min/value", 3.5, "image.side_min.value: 3.5 is not a whole number"),
        ("image/formats/value", "jpeg", "image.formats.value: 'jpeg' is not a list of texts"),
        ("image/side_min/basis", "rumour", "image.side_min.basis: 'rumour' is not one of"),
        ("image/side_min/source", "me", "image.side_min.source: 'me' is not in [sources]"),
        ("image/side_min/row", 3, "image.side_min.row: must be text"),
        ("sources/fal", "fal", "sources.fal: must be a table with text and date"),
        ("sources/fal/date", "August", "sources.fal.date: must be a date as text"),
        ("sources/fal/text", 3, "sources.fal.text: must be text"),
        ("price/seconds_min/value", "4", "price.seconds_min.value: '4' is not a whole number"),
        ("price/seconds_min/value", 16, "price.seconds_min.value: is above price.seconds_max"),
        ("price/resolution_default/value", 3, "price.resolution_default.value: 3 is not text"),
        ("rasters/720p/basis", "rumour", "rasters.720p.basis: 'rumour' is not one of"),
        ("rasters/720p/source", ..., "rasters.720p.source: is missing"),
        ("price/billed_by_maker", 1, "price.billed_by_maker: must be true or false"),
        (
            "price/usd_per_1000_tokens/720p/value",
            "cheap",
            "price.usd_per_1000_tokens.720p.value: 'cheap' is not an amount",
        ),
        ("price/usd_per_1000_tokens/720p", ..., "price.usd_per_1000_tokens.720p: is missing"),
        ("price/usd_per_1000_tokens", 3, "price.usd_per_1000_tokens: must be a table"),
        ("rasters/720p", ..., "rasters.720p: is missing"),
        ("rasters/720p", 3, "rasters.720p: must be a table of ratios"),
        ("rasters/720p/16:9", [1280], "rasters.720p.16:9: [1280] is not [WIDTH, HEIGHT]"),
        ("unknown", ["video.nothing"], "unknown[0]: there is no 'video.nothing'"),
        ("unknown", "video", "unknown: must be a list of names"),
        ("described", 3, "described: must be a table"),
        ("described/duration", [4], "described.duration: must be a list of numbers as text"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_by_its_path(path: str, value: Any, says: str) -> None:
    """What is missing, unknown, of a wrong type, negative, or does not go together."""
    found = mistakes(spoilt(path, value))
    assert 1 == sum(one.startswith(says) for one in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """A file with three has three sentences; a file that is no TOML, or no file, has one."""
    own = tmp_path / "own.toml"
    own.write_text(
        'extends = "fast"\nvidoe = 1\n[image.side_min]\nvalue = "a"\nbasis = "b"\nsource = "fal"\n',
        encoding="utf-8",
    )
    with pytest.raises(UsageError) as caught:
        profile(own)
    assert ["vidoe", "image.side_min.value", "image.side_min.basis"] == [
        line.strip().partition(":")[0] for line in str(caught.value).splitlines()[1:]
    ]
    own.write_text("= 1", encoding="utf-8")
    with pytest.raises(UsageError, match="is no TOML: Invalid"):
        profile(own)
    own.write_bytes(b"\xff\xff\xff")
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        profile(own)
    own.write_text('extends = "fest"', encoding="utf-8")
    with pytest.raises(UsageError, match=r"no profile 'fest'; did you mean fast\?"):
        profile(own)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
PLACES = st.sampled_from([
    "endpoint", "sources", "sources/fal", "request", "video/fps_max", "video/fps_max/value",
    "price", "price/frame_rate", "rasters/720p/16:9", "price/resolution_default",
    "price/usd_per_1000_tokens", "rasters", "rasters/720p",
    "parameter/resolution", "parameter/resolution/value", "unknown", "described", "prompt",
])  # fmt: skip


@given(PLACES, ANYTHING)
def test_whatever_stands_there_is_judged(path: str, value: Any) -> None:
    """No document makes the schema fail; one without mistakes can be loaded."""
    document = spoilt(path, value)
    if not mistakes(document):
        from seedance_prep.limits.reading import limits_of

        assert limits_of(document, tolerant=False).name == "fast"
