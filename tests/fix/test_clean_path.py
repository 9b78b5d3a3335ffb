"""pydub looks for an ffmpeg and warns; nobody who fixes a sound ever sees that."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT

VERSIONS = ("3.11", "3.12", "3.13")


def fixed(python: Path, fixtures: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Fix a voice note with no program on PATH, every warning shown, everything compiled anew."""
    environment = {
        "PATH": str(folder / "nothing"),
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "default",
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
    files = [str(fixtures / name) for name in ("photo.jpg", "voice.m4a")]
    words = [str(python), "-m", "seedance_prep", "fix", *files, "--out", str(folder / "ready")]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def installed(version: str) -> str | None:
    """A Python of that version: on PATH, or beside it where pyenv keeps them."""
    kept = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")
    for python in filter(None, (shutil.which(f"python{version}"), *map(str, kept))):
        told = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if (
            subprocess.run(told, capture_output=True, text=True, check=False).stdout
            == f"{version}\n"
        ):
            return python
    return None


def silent(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert (0, "") == (done.returncode, done.stderr)
    assert (folder / "ready" / "audio1.mp3").exists()


def test_stderr_stays_empty_without_a_path(fixtures_dir: Path, tmp_path: Path) -> None:
    """Neither a missing ffmpeg nor what pydub imports is spoken of."""
    silent(fixed(Path(sys.executable), fixtures_dir, tmp_path), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_stderr_stays_empty_on_every_python(
    version: str, fixtures_dir: Path, tmp_path: Path
) -> None:
    """The same in a new environment of each Python that is supported and installed here."""
    python = installed(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    venv = tmp_path / "venv"
    subprocess.run([python, "-m", "venv", str(venv)], check=True)
    made = venv / "bin" / "python"
    wanted = ["-r", str(ROOT / "requirements.txt")]
    filled = subprocess.run([str(made), "-m", "pip", "install", "--quiet", *wanted], check=False)
    if filled.returncode:
        pytest.skip(f"what the package needs cannot be installed for Python {version} here")
    silent(fixed(made, fixtures_dir, tmp_path), tmp_path)
