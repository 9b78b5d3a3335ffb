"""Running the command line as a person does, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from PIL import Image

from seedance_prep.__main__ import status


class Make(Protocol):
    def __call__(self, name: str, *args: str) -> Path: ...


@dataclass(frozen=True)
class Answer:
    """What one call left behind."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


Call = Callable[..., Answer]


@pytest.fixture
def call(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Call:
    """``call("check", path)`` in this process, in an empty folder, without a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path / "home"))
    for name in ("FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)

    def run(*argv: object) -> Answer:
        capfd.readouterr()
        code = status([str(part) for part in argv])
        said = capfd.readouterr()
        return Answer(code, said.out, said.err)

    return run


@pytest.fixture
def spawn(tmp_path: Path) -> Call:
    """``spawn("check", path)`` as a process of its own."""

    def run(*argv: object, **options: Any) -> Answer:
        environment = os.environ | {"SEEDANCE_PREP_HOME": str(tmp_path / "home")}
        environment |= {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        settings: dict[str, Any] = {"cwd": tmp_path, "capture_output": True} | options
        done = subprocess.run(
            [sys.executable, "-m", "seedance_prep", *map(str, argv)],
            text=True,
            timeout=120,
            check=False,
            env=environment,
            **settings,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def clip(ffmpeg_make: Make) -> Path:
    """A video that breaks no rule: 854x480, 25 fps, 3 s."""
    return ffmpeg_make("clip.mp4", *scene("854x480", 3), *SAFE)


@pytest.fixture
def small(ffmpeg_make: Make) -> Path:
    """848x480: 407,040 pixels, under the floor."""
    return ffmpeg_make("small.mp4", *scene("848x480", 3), *SAFE)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture that breaks no rule."""
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (640, 480), (200, 120, 40)).save(path)
    return path


SAFE = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart")


def scene(size: str, seconds: float, rate: str = "25") -> tuple[str, ...]:
    """ffmpeg's arguments for a moving test picture."""
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}")
