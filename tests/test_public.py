"""What is public is there, is complete, and costs nothing to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import seedance_prep as prep

ROOT = Path(__file__).resolve().parents[1]


def test_all_names_exist() -> None:
    """Every name of ``__all__`` can be had, and the list is sorted."""
    assert sorted(prep.__all__) == list(prep.__all__)
    for name in prep.__all__:
        assert getattr(prep, name) is not None


def test_functions_stay_functions() -> None:
    """``prep.check`` and ``prep.fix`` are functions whatever was imported before."""
    code = (
        "import seedance_prep.checks, seedance_prep.fixes, seedance_prep.pipeline\n"
        "import seedance_prep as prep; from seedance_prep.core.request import Request\n"
        "r = Request(images=['nowhere.png'])\n"
        "print(prep.check(r).ok, callable(prep.fix))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert "False True\n" == done.stdout, done.stderr


def test_import_loads_no_room() -> None:
    """Importing the package loads nothing but itself."""
    code = (
        "import sys; before = set(sys.modules); import seedance_prep;"
        "print(sorted(m for m in set(sys.modules) - before if m.startswith('seedance_prep')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "['seedance_prep']\n" == done.stdout
