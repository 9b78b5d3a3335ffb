"""The service judges by itself."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seedance_prep import local
from seedance_prep.local import Pace, run

from .conftest import QUICK, Caller

ROOT = Path(local.__file__).parents[2]


def test_the_service_shares_no_rules_with_the_product() -> None:
    """Of the package it imports the door to processes and the exceptions, nothing else."""
    folder = Path(local.__file__).parent
    found = set()
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                found.add(node.module)
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith("seedance_prep") for name in names)
    assert {"errors", "process"} == found


def test_only_loopback_is_bound(standing: Caller) -> None:
    """The base is 127.0.0.1 and the port is its own."""
    assert standing.service.base.startswith("http://127.0.0.1:")
    assert not standing.service.base.endswith(":0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    """Ended from outside, the service leaves no file behind."""
    code = "from seedance_prep.local import run; run(on_ready=lambda base: print(base, flush=True))"
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(
        argv, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith("http://127.0.0.1:")
        assert 1 == len(list(tmp_path.iterdir()))
        child.send_signal(number)
        assert 0 != child.wait(20)
    assert [] == list(tmp_path.iterdir())


def test_run_says_its_base_once_it_listens() -> None:
    """``run`` hands out the base when requests are answered, and stops when interrupted."""

    class Interrupted(KeyboardInterrupt):
        pass

    bases = []

    def ready(base: str) -> None:
        bases.append(base)
        raise Interrupted

    try:
        run(0, on_ready=ready, pace=QUICK)
    except Interrupted:
        bases.append("stopped")
    assert "stopped" == bases[1]
    assert Pace() != QUICK
