"""What holds for any facts, any request and any order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.checks import RULES, check
from seedance_prep.core.finding import Level
from seedance_prep.core.media import (
    AudioFacts,
    Fault,
    Hdr,
    ImageFacts,
    Media,
    Problem,
    Track,
    VideoFacts,
)
from seedance_prep.core.refs import numbered
from seedance_prep.core.request import Asset, Kind, Request
from seedance_prep.limits import load

from .making import FAST, STANDARD, facts_of

CODES = {judge.rule.code for judge in RULES}

counts = st.none() | st.integers(0, 10_000)
sizes = st.integers(0, 300_000_000)
lengths = st.none() | st.floats(0, 1e6) | st.sampled_from([float("inf"), float("nan"), -1.0])
rates = st.none() | st.fractions(0, 1000, max_denominator=1001)
words = st.none() | st.sampled_from(["h264", "vp9", "aac", "pcm_s16le", "RGB", "CMYK", "4:2:2", ""])
flags = st.none() | st.booleans()
tracks = st.none() | st.builds(Track, index=st.just(0), codec=words, duration=lengths)

images = st.builds(
    ImageFacts,
    container=st.sampled_from(["jpeg", "heic", ""]), bytes=sizes, width=counts, height=counts,
    orientation=counts, mode=words, bits=counts, alpha=flags, frames=counts, gps=flags,
)  # fmt: skip
videos = st.builds(
    VideoFacts,
    container=st.sampled_from(["mp4", "mov", "avi", ""]), demuxer=st.just("mov"), bytes=sizes,
    codec=words, width=counts, height=counts, coded_width=counts, coded_height=counts, sar=rates,
    rotation=counts, mirrored=flags, fps=rates, vfr=flags, duration=lengths, bits=counts,
    chroma=words, hdr=st.none() | st.sampled_from(Hdr), interlaced=flags, audio=tracks,
    audio_tracks=st.integers(0, 5),
)  # fmt: skip
sounds = st.builds(
    AudioFacts,
    container=st.sampled_from(["mp3", "wav", "ogg", ""]), demuxer=st.just("mp3"), bytes=sizes,
    codec=words, duration=lengths,
)  # fmt: skip
assets = st.builds(
    Asset,
    source=st.text(min_size=1) | st.sampled_from(["http://[", "http://localhost/x", "data:,", "-"]),
    start=st.none() | st.floats(0, 20),
    end=st.none() | st.floats(21, 40),
)
problems = st.none() | st.builds(Problem, fault=st.sampled_from(Fault), says=st.text(min_size=1))
media = st.builds(
    Media,
    asset=assets,
    kind=st.none() | st.sampled_from(Kind),
    facts=st.none() | images | videos | sounds,
    problem=problems,
    path=st.sampled_from([None, Path("/private/copy")]),
    sha256=st.none() | st.sampled_from(["aa", "bb"]),
)
anything: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())
)
requests = st.builds(
    Request,
    prompt=anything,
    resolution=anything,
    duration=anything,
    aspect_ratio=anything,
    generate_audio=anything,
    seed=anything,
    end_user_id=anything,
    bitrate_mode=anything,
    extra=st.dictionaries(st.text() | st.sampled_from(["draft", "seed", "image_url"]), anything),
)
limits = st.builds(load, st.sampled_from([FAST, STANDARD]), tolerant=st.booleans())


@given(requests, st.lists(media, max_size=15), limits)
def test_check_never_raises_and_every_finding_has_its_rule(
    request: Any, files: list[Media], rules: Any
) -> None:
    """Whatever the facts and values are, check answers with sorted findings of known codes."""
    found = check(request, numbered(files), rules)
    assert list(found) == sorted(found, key=lambda finding: finding.order)
    assert {finding.code for finding in found} <= CODES
    assert all(finding.message and finding.remedy for finding in found)
    assert all(type(one.measured) in JSON and type(one.limit) in JSON for one in found)


JSON = (float, int, str, type(None), bool)


@given(requests, st.lists(media, max_size=8), limits, st.randoms())
def test_the_order_of_the_files_does_not_matter(
    request: Any, files: list[Media], rules: Any, random: Any
) -> None:
    """The same numbered files in another order yield the same findings."""
    ready = list(numbered(files))
    first = check(request, ready, rules)
    random.shuffle(ready)
    again = check(request, ready, rules)
    assert sorted(map(repr, first)) == sorted(map(repr, again))


@given(st.lists(media, min_size=1, max_size=8), limits)
def test_a_file_that_is_not_known_is_never_passed_over(files: list[Media], rules: Any) -> None:
    """A file without facts has an error of its own, whatever else is in the request."""
    found = check(Request(), numbered(files), rules)
    unread = sum(one.facts is None for one in files)
    blamed = [one for one in found if one.code.startswith("FIL") and one.level is Level.ERROR]
    assert len(blamed) >= unread


@pytest.mark.parametrize("endpoint", [FAST, STANDARD])
@pytest.mark.parametrize("kind", ["image", "video", "audio"])
def test_facts_that_are_all_unknown_warn_and_break_nothing(kind: str, endpoint: str) -> None:
    """Unknown breaks no rule by a guess; it yields warnings, and no error about the file."""
    good = facts_of(kind, {})
    assert good is not None
    optional = [
        name for name, item in type(good).__dataclass_fields__.items() if "None" in str(item.type)
    ]
    nothing: dict[str, Any] = dict.fromkeys(optional)
    blank = replace(good, **nothing)
    one = Media(asset=Asset("x"), ref=f"@{kind.title()}1", kind=Kind(kind), facts=blank)
    found = check(Request(), [one], load(endpoint))
    own = [finding for finding in found if finding.ref]
    assert Level.WARNING in {finding.level for finding in own}
    assert {finding.level for finding in own} <= {Level.WARNING, Level.INFO}
    assert all(finding.measured is None for finding in own)


@given(st.integers(300, 6000), st.integers(300, 6000))
def test_pixels_sides_and_ratio_agree_with_plain_arithmetic(width: int, height: int) -> None:
    """A size has an error exactly when it lies outside the published window or ratio."""
    facts = facts_of("video", {"width": width, "height": height})
    one = Media(asset=Asset("x"), ref="@Video1", kind=Kind.VIDEO, facts=facts)
    found = check(Request(), [one], load(FAST))
    inside = 409_600 <= width * height <= 927_408
    fits = Fraction(2, 5) <= Fraction(width, height) <= Fraction(5, 2)
    assert (inside and fits) == all(finding.level is not Level.ERROR for finding in found)
