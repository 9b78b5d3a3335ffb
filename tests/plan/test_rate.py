"""Frame rates: what a clip of any cadence is encoded at."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.media import VideoFacts
from seedance_prep.plan.rate import target_rate

from .building import GOOD_VIDEO, LIMITS


def _target(
    fps: Fraction | None, *, vfr: bool | None = False, cadence: Fraction | None = None
) -> Fraction:
    known = {"fps": fps, "vfr": vfr, "cadence": cadence}
    return target_rate(VideoFacts(**GOOD_VIDEO | known), LIMITS.video)


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
        ("20", "40"),
        ("23.5", "47"),
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
        ("90", "45"),
        ("62", "60000/1001"),
        ("1000", "1000/17"),
    ],
)
def test_a_constant_rate_becomes_one_that_every_source_takes(source: str, expected: str) -> None:
    """Frames come equally often where a common rate allows it; the rest goes to the nearest."""
    assert Fraction(expected) == _target(Fraction(source))


@pytest.mark.parametrize(
    ("average", "cadence", "expected"),
    [
        ("26.1", "30000/1001", "30000/1001"),
        ("29.5", "29.94", "30000/1001"),
        ("29.5", "29.87", "29.87"),
        ("59.2", "60.04", "60000/1001"),
        ("13", "60", "60000/1001"),
        ("23.1", "23.97", "24"),
        ("9.3", "10", "30"),
        ("100", "120", "60000/1001"),
        ("27.1", "27.5", "27.5"),
    ],
)
def test_a_varying_rate_becomes_the_one_it_was_recorded_at(
    average: str, cadence: str, expected: str
) -> None:
    """Gaps make the average of a phone's or a screen's clip no rate to keep."""
    got = _target(Fraction(average), vfr=True, cadence=Fraction(cadence))
    assert Fraction(expected) == got


@pytest.mark.parametrize(
    ("average", "expected"),
    [("26", "30"), ("13", "30"), ("24000/1001", "24"), ("33", "48"), ("80", "60000/1001")],
)
def test_frames_without_a_beat_find_room(average: str, expected: str) -> None:
    """Where the steps have no common unit, the rate leaves out as few frames as it can."""
    assert Fraction(expected) == _target(Fraction(average), vfr=True)


@pytest.mark.parametrize(
    ("source", "expected"), [("29.87", "30000/1001"), ("24000/1001", "24"), ("25.1", "25")]
)
def test_a_rate_that_may_vary_becomes_the_standard_one_it_is_near(
    source: str, expected: str
) -> None:
    """Where nobody can tell whether it varies, the rate is a measured one."""
    assert Fraction(expected) == _target(Fraction(source), vfr=None)


def test_an_unknown_rate_becomes_30() -> None:
    """What could not be measured is encoded at what phones aim for."""
    assert Fraction(30) == _target(None)


RATES = st.fractions(Fraction(1, 10), 2000, max_denominator=1001)


@given(fps=RATES, vfr=st.sampled_from([True, False, None]), cadence=st.none() | RATES)
def test_every_rate_ends_in_the_safe_window(
    fps: Fraction, vfr: bool | None, cadence: Fraction | None
) -> None:
    """24 to 59.94, whatever comes in."""
    bounds = LIMITS.video
    got = _target(fps, vfr=vfr, cadence=cadence)
    assert bounds.fps_safe_min.value <= got <= bounds.fps_safe_max.value
