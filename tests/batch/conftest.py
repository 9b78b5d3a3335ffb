"""A home of its own for every batch, and requests of fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from seedance_prep.client import Client
from seedance_prep.local import Faults, LocalService, Pace
from seedance_prep.sending import Settings
from seedance_prep.submit.fal import Pace as Polls

from ..wire.rogue import QUICK, SHORT

SETTINGS = Settings(retry=QUICK, timeouts=SHORT, pace=Polls(first=0.01, longest=0.05, silence=5))


class Serve(Protocol):
    def __call__(self, faults: Faults | None = None) -> tuple[LocalService, Client]: ...


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ledger, journal and cache of this test only."""
    place = tmp_path / "home"
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(place))
    return place


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(Faults(…))``: a local service and a client of it."""
    with ExitStack() as stack:

        def start(faults: Faults | None = None) -> tuple[LocalService, Client]:
            service = stack.enter_context(LocalService(0, faults, Pace(queued=0, running=0)))
            return service, stack.enter_context(Client(service.base, settings=SETTINGS))

        yield start
