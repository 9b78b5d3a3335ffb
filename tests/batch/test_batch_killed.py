"""Batches that are killed, starved or abandoned: taken up again, they come to the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts.batches.__main__ import cluster
from scripts.batches.scene import Program, differing, kills, outcomes, told, written
from seedance_prep.local import LocalService, Pace

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
SMALL = ("photo.jpg", "tone.wav", "beach.heic", "alpha16.png", "clip_720p.mp4", "anim.gif")


def lines_of(fixtures: Path, count: int) -> list[dict[str, Any]]:
    return [
        {"prompt": f"@Image1 {number}", "assets": [str(fixtures / SMALL[number % len(SMALL)])]}
        for number in range(count)
    ]


@pytest.fixture
def manifest(tmp_path: Path, fixtures_dir: Path) -> Path:
    """Forty lines of small files."""
    return written(tmp_path / "m.jsonl", lines_of(fixtures_dir, 40))


@pytest.mark.slow
def test_killed_ten_times_it_comes_to_the_same(tmp_path: Path, manifest: Path) -> None:
    """Every line told once, every file made the same, and no draft is left behind."""
    calm, hit = (
        Program(manifest, tmp_path / name, ("--fix", "--no-cache", "--out", str(tmp_path / "out")))
        for name in ("calm", "hit")
    )
    seconds = calm.whole()
    (tmp_path / "out").rename(tmp_path / "calm-out")
    done = kills(hit, 10, seconds, random.Random(4))
    hit.finished()
    assert sum(done) > 0
    assert [] == differing(calm.results, hit.results)
    assert 40 == len(outcomes(hit.results))
    hidden = [path.name for path in (tmp_path / "out").glob("*/.*")]
    assert [] == hidden


@pytest.mark.slow
def test_of_processes_a_worker_may_die(tmp_path: Path, manifest: Path) -> None:
    """Whatever was lost with it is done again, each line alone, and nobody is blamed."""
    calm, hit = (
        Program(manifest, tmp_path / name, ("--check", "--no-cache", *words))
        for name, words in (("calm", ()), ("hit", ("--executor", "processes")))
    )
    calm.whole()
    child = hit.start()
    for count in (3, 15):
        _until(lambda: len(list(told(hit.results))) > count, child)  # noqa: B023
        os.kill(_workers(child.pid)[0], signal.SIGKILL)
    child.wait(120)
    assert [] == differing(calm.results, hit.results)


def _workers(pid: int) -> list[int]:
    """Processes of the pool (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in children}
    return [number for number, command in commands.items() if b"spawn_main" in command]


@pytest.mark.slow
def test_on_dask_a_worker_may_die(tmp_path: Path, manifest: Path) -> None:
    """Of two worker processes one is killed midway; no line is lost or told twice."""
    pytest.importorskip("distributed")
    calm = Program(manifest, tmp_path / "calm", ("--check", "--no-cache"))
    calm.whole()
    with cluster() as held:
        words = ("--check", "--no-cache", "--scheduler", held.scheduler_address)
        hit = Program(manifest, tmp_path / "hit", words)
        child = hit.start()
        _until(lambda: len(list(told(hit.results))) > 5, child)
        os.kill(next(iter(held.workers.values())).pid, signal.SIGKILL)
        child.wait(120)
    assert [] == differing(calm.results, hit.results)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_told(tmp_path: Path, manifest: Path) -> None:
    """The batch says so and ends 3; on another executor it goes on where it was."""
    pytest.importorskip("distributed")
    calm = Program(manifest, tmp_path / "calm", ("--check", "--no-cache"))
    calm.whole()
    home = tmp_path / "hit"
    with cluster() as held:
        words = ("--check", "--no-cache", "--scheduler", held.scheduler_address)
        hit = Program(manifest, home, words)
        child = hit.start()
        _until(lambda: len(list(told(hit.results))) > 5, child)
    assert 3 == child.wait(120)
    assert "the Dask scheduler went away" in hit.log.read_text()
    later = Program(manifest, home, ("--check", "--no-cache"))
    later.finished()
    assert [] == differing(calm.results, later.results)
    assert 5 < sum(one["kept"] for one in told(later.results))


@pytest.mark.slow
def test_killed_while_it_spends_every_line_is_paid_once(tmp_path: Path, fixtures_dir: Path) -> None:
    """By the count of the service, whatever the moment."""
    small = {"resolution": "480p", "duration": 4, "aspect_ratio": "1:1"}
    lines = [one | small for one in lines_of(fixtures_dir, 6)]
    for one in lines:
        one["assets"] = [str(fixtures_dir / "photo.jpg")]
    manifest = written(tmp_path / "m.jsonl", lines)
    with LocalService(0, None, Pace(queued=0, running=1)) as service:
        words = ("--generate", "--out", str(tmp_path / "out"), "--service", service.base, "--yes")
        hit = Program(manifest, tmp_path / "hit", words)
        dice = random.Random(5)
        for _ in range(8):
            hit.killed(1.0 + dice.uniform(0.0, 1.5), speaking=False)
        hit.finished()
        assert {1} == set(Counter(service.submissions).values())
        assert 6 == len(service.jobs)
    assert {"ok"} == {one["state"] for one in told(hit.results)}
    assert 6 == len(list((tmp_path / "out").glob("*/output.mp4")))


@pytest.mark.slow
def test_a_full_disk_is_told_and_survived(tmp_path: Path, fixtures_dir: Path) -> None:
    """No file may grow beyond 20 kB: the batch ends 3, and goes on when there is room."""
    manifest = written(tmp_path / "m.jsonl", lines_of(fixtures_dir, 24))
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))\n"
        "from seedance_prep.__main__ import main\nmain(sys.argv[1:])\n"
    )
    words = ["batch", str(manifest), "--check", "--results", str(tmp_path / "r.jsonl")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def ended(*start: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, *start, *words]
        return subprocess.run(
            argv, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    starved = ended("-c", code)
    assert 3 == starved.returncode
    assert "Traceback" not in starved.stderr
    assert 1 == ended("-m", "seedance_prep").returncode
    assert 24 == len(outcomes(tmp_path / "r.jsonl"))


def test_ctrl_c_ends_it_at_once_and_it_goes_on(tmp_path: Path, manifest: Path) -> None:
    """130, one sentence, and what was done is kept."""
    hit = Program(manifest, tmp_path / "hit", ("--check", "--no-cache", "--jobs", "1"))
    child = hit.start()
    _until(lambda: len(list(told(hit.results))) > 2, child)
    child.send_signal(signal.SIGINT)
    assert 130 == child.wait(30)
    assert "interrupted" in hit.log.read_text()
    hit.words = ("--check", "--no-cache")
    hit.finished()
    assert 40 == len(outcomes(hit.results))
    assert any(one["kept"] for one in told(hit.results))


def _until(true: Any, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not true() and child.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
