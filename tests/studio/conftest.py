"""One studio for all tests of a module, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .desks import Caller, opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SEEDANCE_PREP_HOME", str(home))
        for name in ("FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"):
            environment.delenv(name, raising=False)
        with opened(home, service="local") as caller:
            yield caller


@pytest.fixture
def page(shared: Caller) -> Caller:
    """An empty desk."""
    shared.http.post("/api/clear", json={})
    return shared


@pytest.fixture
def photo(fixtures_dir: Path) -> Path:
    return fixtures_dir / "photo.jpg"


@pytest.fixture
def phone(fixtures_dir: Path) -> Path:
    """Six seconds of 1080x1920: too many pixels."""
    return fixtures_dir / "phone.mov"


@pytest.fixture
def voice(fixtures_dir: Path) -> Path:
    """M4A, which is not taken."""
    return fixtures_dir / "voice.m4a"
