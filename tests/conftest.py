"""What all tests share: where media are, and media made on the spot by the package's own ffmpeg."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

from seedance_prep import process
from seedance_prep.wire import Wire

from .wire.rogue import Rogue

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("no clock", deadline=None)  # a busy machine is no failure
settings.load_profile("no clock")


class Make(Protocol):
    """``ffmpeg_make("clip.mp4", "-f", "lavfi", "-i", "testsrc2=d=3", …)``: the file's path.

    Made once per session for the same name and arguments: never write to what it returns, copy it.
    """

    def __call__(self, name: str, *args: str) -> Path: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the tests marked slow, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked slow, unless ``--all`` or an ``-m`` that names it asks for it."""
    if config.getoption("--all") or "slow" in config.getoption("-m"):
        return
    skip = pytest.mark.skip(reason="slow: run with --all")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def fixtures_dir() -> Path:
    """The small media of the repository, described in ``MANIFEST.toml``."""
    return ROOT / "fixtures"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real media that nobody here made; beside the repository where present."""
    found = ROOT.parent / "shared" / "corpus"
    if not found.is_dir():
        pytest.skip("no corpus of real media beside the repository (../shared/corpus)")
    return found


@pytest.fixture(scope="session")
def ffmpeg_make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Media made by ffmpeg from its arguments (inputs, filters, codecs), once per session."""
    folder = tmp_path_factory.mktemp("made")

    def make(name: str, *args: str) -> Path:
        digest = hashlib.sha256("\0".join(args).encode()).hexdigest()[:12]
        target = folder / digest / name
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            argv = [process.ffmpeg(), "-v", "error", "-nostdin", "-y", *args, str(target)]
            subprocess.run(argv, check=True, capture_output=True)
        return target

    return make


def gone(number: int) -> bool:
    """Whether a process has ended, or does so within five seconds."""
    state = Path(f"/proc/{number}/stat")
    for _ in range(100):
        try:
            if state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


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
