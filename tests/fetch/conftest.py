"""A server that answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..wire.rogue import Rogue


@pytest.fixture
def rogue() -> Iterator[Rogue]:
    """On 127.0.0.1."""
    with Rogue() as one:
        yield one
