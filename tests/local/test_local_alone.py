"""The service judges by itself."""

from __future__ import annotations

import ast
from pathlib import Path

from seedance_prep import local
from seedance_prep.local import Pace, run

from .conftest import QUICK, Caller


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
