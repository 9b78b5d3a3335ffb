"""A server that misbehaves, and a wire to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedance_prep.wire import Wire

from .rogue import Rogue


@pytest.fixture
def rogue() -> Iterator[Rogue]:
    """A server that answers as it is told."""
    with Rogue() as one:
        yield one


@pytest.fixture
def wire(rogue: Rogue) -> Iterator[Wire]:
    """A quick wire to it, with a key."""
    with rogue.wire() as one:
        yield one
