"""A second run of the same request takes all from the cache, and gives the very same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.cache import Cache
from seedance_prep.choices import Options
from seedance_prep.core.event import drain
from seedance_prep.core.outcome import Report
from seedance_prep.core.plan import Action
from seedance_prep.pipeline import checking, fixing

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """A picture that is too narrow by a little, so that it is made anew."""
    path = tmp_path / "narrow.png"
    Image.linear_gradient("L").resize((250, 400)).convert("RGB").save(path)
    return path


def runs(home: Path, times: int, *names: Path | str) -> list[dict[str, Any]]:
    """The same request several times, in a process of its own."""
    argv = [sys.executable, "-m", "tests.cache.counting", str(home), str(times), *map(str, names)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def fixed(cache: Cache, out: Path, *sources: Path) -> Report:
    request = prep.Request(assets=list(sources))
    return drain(fixing(request, out, Options(cache=cache)))


def test_a_second_run_does_no_media_work(fixtures_dir: Path, still: Path, tmp_path: Path) -> None:
    """It starts no process, and its outputs, facts and findings are the same to the byte.

    So does one in another process, later.
    """
    names: list[Path | str] = [
        still,
        f"{fixtures_dir / 'tone.wav'}#loudness=-20",
        fixtures_dir / "clip_720p.mp4",
        f"{fixtures_dir / 'anim_12fps.mp4'}#keep=best",
    ]
    first, second = runs(tmp_path, 2, *names)
    (later,) = runs(tmp_path, 1, *names)
    assert first["started"] > 3
    assert 0 == second["started"]
    if first["answerer"] == later["answerer"]:  # nobody has worked on the package meanwhile
        assert 0 == later["started"]
    assert first["sums"] == second["sums"] == later["sums"] != {}
    assert first["document"] == second["document"] == later["document"]
    actions = [one["output"]["action"] for one in first["document"]["assets"]]
    assert {"encoded", "untouched"} == set(actions)


def test_a_tampered_output_is_made_anew(still: Path, tmp_path: Path) -> None:
    """The bytes that come out are always those that were proven."""
    source = still
    with Cache(tmp_path / "cache", 10**8) as cache:
        (first,) = fixed(cache, tmp_path / "one", source).outputs
        (kept,) = (tmp_path / "cache" / "files").glob("??/*")
        kept.write_bytes(kept.read_bytes()[:-1] + b"!")
        (second,) = fixed(cache, tmp_path / "two", source).outputs
    assert first.sha256 == second.sha256
    assert first.path.read_bytes() == second.path.read_bytes()
    assert Action.ENCODED is second.action


def test_the_cache_is_no_part_of_the_outputs(still: Path, tmp_path: Path) -> None:
    """Whatever is done to an output later, the next one is as it was made."""
    with Cache(tmp_path / "cache", 10**8) as cache:
        for turn in range(3):
            (output,) = fixed(cache, tmp_path / str(turn), still).outputs
            right = output.path.read_bytes()
            output.path.write_bytes(b"changed by its owner")
        (again,) = fixed(cache, tmp_path / "0", still).outputs
    assert right == again.path.read_bytes()


def test_an_output_that_stands_is_left(still: Path, tmp_path: Path) -> None:
    """The same run into the same folder writes nothing anew; a link there is replaced."""
    with Cache(tmp_path / "cache", 10**8) as cache:
        (first,) = fixed(cache, tmp_path / "out", still).outputs
        before = first.path.stat()
        fixed(cache, tmp_path / "out", still)
        assert before.st_ino == first.path.stat().st_ino
        aside = first.path.rename(tmp_path / "aside.png")
        first.path.symlink_to(aside)
        fixed(cache, tmp_path / "out", still)
    assert not first.path.is_symlink()


def test_a_source_is_never_replaced(still: Path, tmp_path: Path) -> None:
    """Also not by what the cache has of it."""
    out = tmp_path / "out"
    out.mkdir()
    shutil.copy(still, out / "image1.png")
    right = (out / "image1.png").read_bytes()
    with Cache(tmp_path / "cache", 10**8) as cache:
        fixed(cache, tmp_path / "elsewhere", still)
        with pytest.raises(prep.MachineError, match="is one of the sources and is never replaced"):
            fixed(cache, out, out / "image1.png")
    assert right == (out / "image1.png").read_bytes()


def test_a_changed_source_is_judged_anew(fixtures_dir: Path, still: Path, tmp_path: Path) -> None:
    """By its content, whatever its name."""
    source = tmp_path / "file"
    with Cache(tmp_path / "cache", 10**8) as cache:
        for name, kind in ((still, "image"), ("tone.wav", "audio"), (still, "image")):
            shutil.copy(fixtures_dir / name, source)
            options = Options(cache=cache)
            report = drain(checking(prep.Request(assets=[source]), options))
            assert kind == report.assets[0].kind
            assert str(source) == report.assets[0].source


def test_a_damaged_file_is_known_and_a_missing_one_looked_for(tmp_path: Path) -> None:
    """What is wrong with content lasts; that a file is not there does not."""
    broken, late = tmp_path / "broken.png", tmp_path / "late.png"
    broken.write_bytes(b"no picture at all")
    with Cache(tmp_path / "cache", 10**8) as cache:
        told = []
        for _ in range(2):
            report = drain(checking(prep.Request(assets=[broken, late]), Options(cache=cache)))
            told.append({one.source: one.message for one in report.findings})
            late.write_bytes(b"GIF89a")
    assert told[0][str(broken)] == told[1][str(broken)]
    assert "does not exist" == told[0][str(late)] != told[1][str(late)]
