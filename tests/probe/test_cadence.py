"""Cadence: the rate that a clip of varying steps was recorded at."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.request import Asset
from seedance_prep.probe import probe
from seedance_prep.probe.cadence import usual_step

from ..conftest import Make


def rate(times: list[float], clock: int) -> float | None:
    """Frames per second that the steps between times stand for, on a clock of whole ticks."""
    ticks = sorted(round(time * clock) for time in times)
    step = usual_step(Counter(after - before for before, after in pairwise(ticks)))
    return float(clock / step) if step else None


def times(fps: float, *, jitter: float = 0.0, gaps: float = 0.0, frames: int = 400) -> list[float]:
    """Times of frames that come late or early by ``jitter`` seconds, or not at all."""
    chance = random.Random(7)
    kept = (number for number in range(frames) if chance.random() >= gaps)
    return [number / fps + chance.gauss(0, jitter) for number in kept]


@pytest.mark.parametrize("fps", [24 / 1.001, 25, 30 / 1.001, 30, 60 / 1.001, 60.04, 120])
@pytest.mark.parametrize(("jitter", "gaps"), [(0, 0.2), (0.0005, 0), (0.0005, 0.2), (0.0004, 0.3)])
def test_jitter_and_gaps_hide_no_cadence(fps: float, jitter: float, gaps: float) -> None:
    """29.97 stays 29.97 (not 30), with a clock that jitters and frames that are missing."""
    found = rate(times(fps, jitter=jitter, gaps=gaps), 90_000)
    assert fps == pytest.approx(found, rel=0.0005)


@pytest.mark.parametrize("clock", [600, 1000])
def test_coarse_clocks_hide_no_cadence(clock: int) -> None:
    """Milliseconds of Matroska and the 600 ticks of QuickTime round every step."""
    assert 30 / 1.001 == pytest.approx(rate(times(30 / 1.001, gaps=0.1), clock), rel=0.0004)


def test_half_the_rate_for_a_while() -> None:
    """A camera that halves its rate in the dark has the full one as its cadence."""
    slow = [200 / 30 + number / 15 for number in range(100)]
    assert 30 == pytest.approx(rate([*times(30, frames=200), *slow], 1000), rel=0.0005)


def test_what_has_no_beat_has_no_cadence() -> None:
    """Steps of any length, and the 2:3 pattern of a film on fields, have no common unit."""
    chance = random.Random(5)
    steps = [chance.uniform(0.01, 0.2) for _ in range(200)]
    assert rate([sum(steps[:count]) for count in range(200)], 1000) is None
    pulldown = [(5 * number + 1) // 2 / 59.94 for number in range(200)]
    assert rate(pulldown, 1000) is None


@pytest.mark.parametrize("name", ["gaps.mp4", "gaps.mkv", "gaps.webm"])
def test_clips_with_gaps_tell_their_cadence(ffmpeg_make: Make, name: str) -> None:
    """Sample tables and packets give the same: every seventh frame missing leaves 29.97."""
    gaps = ["-f", "lavfi", "-i", "testsrc=s=160x120:r=30000/1001:d=4"]
    gaps += ["-vf", "select=mod(n\\,7)+not(n)", "-fps_mode", "vfr"]
    coder = ["-c:v", "libvpx", "-deadline", "realtime"] if name.endswith("webm") else []
    path = ffmpeg_make(name, *gaps, *coder)
    facts = probe(Asset(str(path)), Path(path)).facts
    assert isinstance(facts, VideoFacts)
    assert facts.vfr
    assert Fraction(30000, 1001) == facts.cadence
    assert facts.fps is not None
    assert 26.5 > facts.fps
