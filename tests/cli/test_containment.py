"""What holds a decoder, told by ``doctor``, and what is left where it cannot be had."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep import process

from ..conftest import ROOT
from ..hostile.test_tricks import TEXTS
from .conftest import Call

OFF = "SEEDANCE_PREP_SANDBOX"
LAYERS = {"own files": "Landlock", "no network": "seccomp"}


def told(call: Call) -> dict[str, str]:
    """Each line of ``doctor`` by what it is about."""
    lines = call("doctor", "--service", "http://127.0.0.1:9").out.splitlines()
    return {line[9:23].strip(): line for line in lines}


def test_a_layer_in_force_is_told_with_what_it_holds(call: Call) -> None:
    """Its line says what a decoder can do, and by what means; or what a lack of it means."""
    lines = told(call)
    for name, layer in LAYERS.items():
        assert layer in lines[name]
        there = any(layer in one for one in process.in_force())
        assert ("ok" if there else "no") == lines[name].split()[0]


def test_what_is_left_away_is_told_with_what_that_means(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who switched it off is told that all is well."""
    monkeypatch.setenv(OFF, "off")
    lines = told(call)
    for name in LAYERS:
        assert "no" == lines[name].split()[0]
        assert f"switched off by {OFF}: a decoder in wrong hands could" in lines[name]
    assert "inside this program" in lines["readers"]
    assert "memory limit" in lines["containment"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_files_are_fixed_and_refused_without_the_layers(tmp_path: Path, fixtures_dir: Path) -> None:
    """A machine without them does the same work: what comes of it is the very same."""
    (tmp_path / "lure.mp4").write_text(TEXTS["dash"](tmp_path / "x.mp4", "http://127.0.0.1:9"))
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(90))
    Image.effect_noise((400, 400), 40).convert("RGB").save(tmp_path / "photo.tif")
    found = [_fixed(tmp_path, layers) for layers in ("on", "off")]
    assert found[0] == found[1]
    assert "DASH manifest" in found[1][0]
    assert ["image1.png"] == list(found[1][1])


def _fixed(folder: Path, layers: str) -> tuple[str, dict[str, bytes]]:
    out = folder / "ready"
    argv = [sys.executable, "-m", "seedance_prep", "fix", "photo.tif", "lure.mp4", "cut.png"]
    home = {OFF: layers, "PYTHONPATH": str(ROOT), "SEEDANCE_PREP_HOME": str(folder / "home")}
    done = subprocess.run(
        [*argv, "--out", "ready"], cwd=folder, env=home, capture_output=True, text=True, check=False
    )
    assert 1 == done.returncode, done.stderr
    made = {path.name: path.read_bytes() for path in out.iterdir()}
    shutil.rmtree(out)
    return done.stdout, made
