"""The same request at other tiers, resolutions and lengths."""

from __future__ import annotations

from seedance_prep.core.media import Media, VideoFacts
from seedance_prep.core.offers import offers
from seedance_prep.core.price import cost
from seedance_prep.core.request import Asset, Kind, Request
from seedance_prep.limits import names, profile
from seedance_prep.report.prices import offer_document, table

CLIP = Media(
    asset=Asset("x.mp4"),
    ref="@Video1",
    kind=Kind.VIDEO,
    facts=VideoFacts(container="mp4", demuxer="mov", bytes=1, duration=4.0),
)
ASKED = Request(resolution="720p", aspect_ratio="16:9", duration=6)


def test_each_offer_is_the_price_of_that_request() -> None:
    """Every resolution of every tier, at the usual lengths and the one that was asked for."""
    tiers = [profile(name) for name in names()]
    found = offers(ASKED, [CLIP], tiers)
    assert {"fast", "standard", "mini", "byteplus"} == {one.name for one in found}
    assert {4, 5, 6, 8, 10, 15} == {one.duration for one in found}
    assert ["480p", "720p", "1080p", "4k"] == list(
        dict.fromkeys(one.resolution for one in found if one.name == "standard")
    )
    (same,) = [
        one for one in found if (one.name, one.resolution, one.duration) == ("fast", "720p", 6)
    ]
    known = cost(ASKED, [CLIP], tiers[0])
    assert (known.low, known.high) == (same.low, same.high)


def test_the_table_has_a_row_for_each_resolution_and_a_column_for_each_length() -> None:
    """Low and high in cents; one figure where they look the same."""
    lines = table(offers(ASKED, [], [profile("fast")])).splitlines()
    assert ["4", "s", "5", "s", "6", "s", "8", "s", "10", "s", "15", "s"] == lines[0].split()
    assert ["fast", "480p", "$0.45", "$0.56-0.57"] == lines[1].split()[:4]
    assert 3 == len(lines)
    assert len({len(line) for line in lines[1:]}) == 1


def test_an_offer_as_json() -> None:
    """By the names of the request."""
    (first, *_) = offers(ASKED, [], [profile("mini")])
    assert {
        "profile": "mini",
        "endpoint": "bytedance/seedance-2.0/mini/reference-to-video",
        "resolution": "480p",
        "duration": 4,
        "low": 0.281232,
        "high": 0.284162,
    } == offer_document(first)
