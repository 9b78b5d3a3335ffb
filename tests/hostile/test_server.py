"""A server goes on serving while strangers send it what they can."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT

ROUNDS = 3
GROWN = 40
"""Megabytes by which the last round may hold more than the first: caches and fragments."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_good_requests_beside_hostile_ones(corpus: Path) -> None:
    """They come to the same bytes as alone, and nothing of the others is left."""
    argv = [sys.executable, "-m", "scripts.fuzzing.scene", str(corpus / "hostile")]
    done = subprocess.run(
        [*argv, "--rounds", str(ROUNDS)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    first, *others = [json.loads(line) for line in done.stdout.splitlines()]
    assert ROUNDS == len(others)
    for one in others:
        assert (8, 12) == (one["good"], one["refused"] + one["made"])
        assert (0, 2, []) == (one["zombies"], one["processes"], one["left"])
        assert (first["descriptors"], first["threads"]) == (one["descriptors"], one["threads"])
    assert others[-1]["held"] <= first["held"] + GROWN
