"""Whatever is done to the bytes of a file, check and fix come to an end that is true."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from scripts.survey.measured import measured
from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.outcome import Report
from seedance_prep.core.plan import Action
from seedance_prep.core.request import Asset, Request

from .strategies import Mutant, mutants, small

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FILES = small(FIXTURES)
OPTIONS = pipeline.Options(allow=Trust.INVENTIVE, jobs=1)
BRIEF = settings(max_examples=20, derandomize=True, database=None, deadline=None)
LONG = settings(max_examples=1500, derandomize=True, database=None, deadline=None)
FIXES = settings(max_examples=100, derandomize=True, database=None, deadline=None)
FEW = settings(max_examples=3, derandomize=True, database=None, deadline=None)


def check(mutant: Mutant) -> None:
    """Facts or a problem, and never an exception that nobody foresaw."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "changed" + mutant.source.suffix)
        data = mutant.data()
        path.write_bytes(data)
        (asset,) = drain(pipeline.checking(Request(assets=[Asset(str(path))]), OPTIONS)).assets
        assert (asset.facts is None) == (asset.problem is not None)
        assert "fell over it" not in (asset.problem.says if asset.problem else "")
        assert (data, [path]) == (path.read_bytes(), list(Path(name).iterdir()))


def fix(mutant: Mutant) -> None:
    """An output that an independent reader finds inside the limits, or an error that says why."""
    with tempfile.TemporaryDirectory() as name:
        path, out = Path(name, "changed" + mutant.source.suffix), Path(name, "out")
        path.write_bytes(mutant.data())
        beside = Path(name, "photo.jpg")
        shutil.copyfile(FIXTURES / "photo.jpg", beside)
        request = Request(assets=[Asset(str(path)), Asset(str(beside))])
        report = drain(pipeline.fixing(request, out, OPTIONS))
        assert {one.path for one in report.outputs} == set(out.iterdir())
        _made(report, path)


def _made(report: Report, path: Path) -> None:
    made = [one for one in report.outputs if one.media.source == str(path)]
    errors = [one for one in report.findings if one.level is Level.ERROR]
    assert made or errors
    for one in made:
        assert [] == measured(one.path, one.action is Action.UNTOUCHED)


@BRIEF
@given(mutants(FILES))
def test_a_check_of_changed_bytes(mutant: Mutant) -> None:
    """Some, the same ones each time."""
    check(mutant)


@FEW
@given(mutants(FILES))
def test_a_fix_of_changed_bytes(mutant: Mutant) -> None:
    """Some, the same ones each time."""
    fix(mutant)


@pytest.mark.slow
@LONG
@given(mutants(FILES))
def test_checks_of_changed_bytes(mutant: Mutant) -> None:
    """Many of them."""
    check(mutant)


@pytest.mark.slow
@FIXES
@given(mutants(FILES))
def test_fixes_of_changed_bytes(mutant: Mutant) -> None:
    """Many of them."""
    fix(mutant)
