"""Frame rates: what a clip of any cadence is encoded at."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.media import VideoFacts
from seedance_prep.plan.rate import target_rate

from .building import GOOD_VIDEO, LIMITS


def _target(fps: Fraction | None, *, vfr: bool | None = False) -> Fraction:
    return target_rate(VideoFacts(**GOOD_VIDEO | {"fps": fps, "vfr": vfr}), LIMITS.video)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1", "24"),
        ("6", "24"),
        ("8", "24"),
        ("12", "24"),
        ("12.5", "25"),
        ("10", "30"),
        ("15", "30"),
        ("14.985", "30000/1001"),
        ("20", "24"),
        ("23.5", "24"),
        ("24000/1001", "24"),
        ("24", "24"),
        ("27.5", "27.5"),
        ("29.97", "30000/1001"),
        ("30", "30"),
        ("60000/1001", "60000/1001"),
        ("60", "60000/1001"),
        ("60.04", "60000/1001"),
        ("120", "60000/1001"),
        ("100", "50"),
        ("90", "30"),
        ("62", "60000/1001"),
        ("1000", "50"),
    ],
)
def test_a_constant_rate_becomes_one_that_every_source_takes(source: str, expected: str) -> None:
    """Frames come equally often where a common rate allows it; the rest goes to the nearest."""
    assert Fraction(expected) == _target(Fraction(source))


@pytest.mark.parametrize(
    ("source", "expected"), [("29.87", "30000/1001"), ("26", "25"), ("59.9", "60000/1001")]
)
def test_a_varying_rate_becomes_the_nearest_standard_one(source: str, expected: str) -> None:
    """The average of a phone's clip is no rate to keep."""
    assert Fraction(expected) == _target(Fraction(source), vfr=True)
    assert Fraction(expected) == _target(Fraction(source), vfr=None)


def test_an_unknown_rate_becomes_30() -> None:
    """What could not be measured is encoded at what phones aim for."""
    assert Fraction(30) == _target(None)


@given(fps=st.fractions(Fraction(1, 10), 2000, max_denominator=1001), vfr=st.booleans())
def test_every_rate_ends_in_the_safe_window(fps: Fraction, vfr: bool) -> None:
    """24 to 59.94, whatever comes in."""
    bounds = LIMITS.video
    got = _target(fps, vfr=vfr)
    assert bounds.fps_safe_min.value <= got <= bounds.fps_safe_max.value
