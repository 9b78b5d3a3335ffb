"""The best window of clips whose faults are known, through probe, look and choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_prep.core.look import Look
from seedance_prep.core.media import Media
from seedance_prep.core.plan import Choice, Want, Window
from seedance_prep.core.request import Asset
from seedance_prep.plan.best import choose
from seedance_prep.probe import probe
from seedance_prep.survey import survey

from ..conftest import Make
from .sources import BY_NAME, KEPT, SOURCES, Source

QUICK = ("black-head", "frozen-middle", "a-cut", "words", "silence")
FIRST = Window(0.0, KEPT)


def _media(path: Path) -> Media:
    return probe(Asset(str(path)), path)


def _looked(path: Path, kept: float = KEPT) -> Look:
    look = survey(_media(path), Want(index=0, look=kept)).look
    assert look is not None
    return look


def _best(source: Source, make: Make) -> Choice:
    path = source.make(make)
    facts = _media(path).facts
    assert facts is not None
    choice = choose(_looked(path), KEPT, getattr(facts, "duration", 0.0))
    assert choice is not None
    return choice


@pytest.mark.parametrize("name", QUICK)
def test_the_best_window_avoids_what_the_first_one_has(name: str, ffmpeg_make: Make) -> None:
    """Black, a frozen picture, a cut, an end in mid-word, silence."""
    source = BY_NAME[name]
    assert source.faults(FIRST)
    choice = _best(source, ffmpeg_make)
    assert [] == source.faults(choice.best.window), choice
    assert 2 == len(choice.others)


@pytest.mark.slow
def test_every_fault_is_avoided_and_first_is_beaten(ffmpeg_make: Make) -> None:
    """On all sources no fault is left, and on at least ten of them ``first`` has one."""
    left = {one.name: one.faults(_best(one, ffmpeg_make).best.window) for one in SOURCES}
    assert {} == {name: faults for name, faults in left.items() if faults}
    assert 10 <= sum(bool(one.faults(FIRST)) for one in SOURCES)
