"""Every fault at every step, once and for ever: what comes of it is what the README says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedance_prep.local import ALWAYS, KINDS, PLACES

from .troubles import ALONE, STEPS, Scene, expected, outcome, scene

EXPECTED = expected()


@pytest.fixture(scope="module")
def at(
    ffmpeg_make: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """One service and one caller for all faults: each cleans up after itself."""
    picture = ffmpeg_make("a.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400", "-frames:v", "1")
    with scene(tmp_path_factory.mktemp("scene"), picture) as found:
        yield found


def step_of(fault: str) -> Callable[[Scene], Callable[[], object]]:
    """What is done where this fault befalls."""
    return ALONE.get(fault) or STEPS[fault.partition("_")[0]]


def test_the_table_is_whole() -> None:
    """Each place with each kind, and the faults of one place only."""
    assert {f"{place}_{kind}" for place in PLACES for kind in KINDS} | set(ALONE) == set(EXPECTED)
    assert set(PLACES) == set(STEPS)


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_that_comes_once(at: Scene, fault: str) -> None:
    """Got over, or the exit status that is due; never a second paid request."""
    assert EXPECTED[fault][0] == outcome(at, fault, step_of(fault), 1)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(one, marks=pytest.mark.slow) if one.endswith("_late") else one
        for one in EXPECTED
    ],
)
def test_a_fault_that_stays(at: Scene, fault: str) -> None:
    """An end with the exit status that is due; never a second paid request."""
    assert EXPECTED[fault][1] == outcome(at, fault, step_of(fault), ALWAYS)
