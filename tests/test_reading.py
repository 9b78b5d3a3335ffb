"""Several files are read as each would be alone, whatever becomes of the process they share."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_prep.core.media import Fault
from seedance_prep.core.request import Asset
from seedance_prep.process import Bounds
from seedance_prep.reader import SHARED, Placed, read, read_all

NAMES = ("photo.jpg", "clip_720p.mp4", "voice.m4a", "cmyk.jpg", "anim.gif", "alpha16.png")


@pytest.fixture
def files(fixtures_dir: Path, tmp_path: Path) -> list[Placed]:
    """Good ones, and between them one that is not there and one that is no media."""
    places = [fixtures_dir / name for name in NAMES]
    (tmp_path / "note.mp4").write_text("no media at all, but words")
    places[2:2] = [tmp_path / "gone.jpg", tmp_path / "note.mp4"]
    return [(Asset(str(path)), path) for path in places]


@pytest.mark.parametrize("jobs", [1, 3])
def test_facts_do_not_depend_on_company(files: list[Placed], jobs: int) -> None:
    """In the order given, each with its own problem or the very facts that it has alone."""
    got = read_all(files, jobs)
    assert [read(*one) for one in files] == got
    assert [Fault.MISSING, Fault.NOT_MEDIA] == [one.problem.fault for one in got if one.problem]


def test_a_process_that_falls_costs_nobody_his_facts(files: list[Placed]) -> None:
    """When the shared process hits a bound, every file is read in one of its own."""
    assert read_all(files, 2, SHARED) == read_all(files, 2, Bounds(seconds=0.001))


def test_no_files(files: list[Placed]) -> None:
    """None are read, and one alone is read alone."""
    assert [] == read_all([], 2)
    assert [read(*files[0])] == read_all(files[:1], 2)
