"""The work of ``scripts/fuzz``: hand out changed files, and count what became of them."""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from .counts import Counts
from .mutate import mutant

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 400_000
"""Bytes of a file that is changed: small ones get through many more times."""
DEADLINES = {False: 60.0, True: 300.0}
"""Seconds for a check and for a fix; each child of theirs has deadlines of its own."""


class Worker:
    """A process that judges files, replaced when it falls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: subprocess.Popen[str] | None = None

    def ask(self, path: Path, out: Path | None) -> dict[str, Any]:
        """What became of a file: an answer, ``crash`` or ``hang``."""
        child = self._child or self._started()
        assert child.stdin
        assert child.stdout
        timer = threading.Timer(DEADLINES[out is not None], child.kill)
        timer.start()
        started = time.monotonic()
        try:
            child.stdin.write(json.dumps({"path": str(path), "out": out and str(out)}) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if line:
            return dict(json.loads(line))
        self._child, status = None, child.wait()
        late = time.monotonic() - started >= DEADLINES[out is not None]
        return {"fault": "hang" if late else f"crash ({status})", "depth": "fallen", "codes": [],
                "seconds": time.monotonic() - started, "mb": 0.0, "wrong": []}  # fmt: skip

    def _started(self) -> subprocess.Popen[str]:
        environment = os.environ | {"TMPDIR": str(self._folder), "PYTHONPATH": str(ROOT)}
        with (self._folder.parent / "said.txt").open("a") as said:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "scripts.fuzzing.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                text=True, env=environment, cwd=ROOT,
            )  # fmt: skip
        return self._child

    def end(self) -> None:
        if self._child and self._child.stdin:
            self._child.stdin.close()
            self._child.wait(60)


def seeds(folders: list[Path]) -> list[Path]:
    """Small files of every kind."""
    found = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    fit = [path for path in found if 64 < path.stat().st_size <= LARGEST]
    return [path for path in fit if path.suffix not in {".md", ".toml", ".tsv", ".txt"}]


def job(files: list[Path], seed: int, number: int, share: float) -> tuple[Path, bytes, bool]:
    """A source, its changed bytes, and whether it shall be fixed; the same each time."""
    chance = Random(f"{seed} {number}")
    source, other = chance.choice(files), chance.choice(files)
    changed = mutant(source.read_bytes(), other.read_bytes(), chance)
    return source, changed, chance.random() < share


@dataclass
class Run:
    """What the threads share; ``lock`` is held for all but the judging."""

    files: list[Path]
    options: argparse.Namespace
    counts: Counts
    ends: float
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, folder: Path) -> None:
        """Judge one file after the other until time or files are over."""
        (folder / "tmp").mkdir(parents=True)
        worker = Worker(folder / "tmp")
        while (number := self._next()) is not None:
            self._one(worker, folder, number)
        worker.end()

    def _next(self) -> int | None:
        with self.lock:
            most = self.options.files
            over = most is not None and self.counts.begun >= most
            if over or time.monotonic() >= self.ends:
                return None
            self.counts.begun += 1
            return self.counts.begun

    def _one(self, worker: Worker, folder: Path, number: int) -> None:
        source, data, fix = job(self.files, self.options.seed, number, self.options.fixes)
        path, out = folder / ("changed" + source.suffix), folder / "out"
        path.write_bytes(data)
        answer = worker.ask(path, out if fix else None)
        faults = [*([answer["fault"]] if "fault" in answer else []), *answer["wrong"]]
        faults += ["the source was changed"] if path.read_bytes() != data else []
        faults += [f"left {one.name}" for one in (folder / "tmp").iterdir()]
        verb = "fix" if fix else "check"
        with self.lock:
            tally = self.counts.verbs[verb]
            tally.count(answer, source.suffix, bool(faults), f"{number} {source.name}")
            if faults:
                self._told(path, f"{verb} {number} {source.name}: {'; '.join(faults)}")
            if self.options.counts:
                self.counts.save(self.options.counts)
        for left in (path, out, *(folder / "tmp").iterdir()):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(True)

    def _told(self, path: Path, said: str) -> None:
        kept = _kept(self.options.keep, path, said)
        self.counts.bad.append(said)
        print(f"{said}\n  {kept}", flush=True)


def main() -> int:
    """1 when anything fell, hung, left something behind or passed what does not comply."""
    options = _options()
    counts, started = Counts.load(options.counts, options.seed), time.monotonic()
    ends = started + options.minutes * 60 if options.minutes else math.inf
    run = Run(seeds(options.folders or _folders()), options, counts, ends)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(options.jobs) as pool:
        for done in [pool.submit(run.work, Path(name) / str(n)) for n in range(options.jobs)]:
            done.result()
    counts.print()
    print(f"seed {options.seed}, {len(run.files)} source files")
    return 1 if counts.bad else 0


def _kept(keep: Path, path: Path, said: str) -> str:
    keep.mkdir(parents=True, exist_ok=True)
    target = keep / f"{len(list(keep.glob('*')))}{path.suffix}"
    shutil.copyfile(path, target)
    target.with_name(target.name + ".txt").write_text(said + "\n")
    return str(target)


def _folders() -> list[Path]:
    real = ROOT.parent / "shared" / "corpus"
    return [ROOT / "fixtures", *([real] if real.is_dir() else [])]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, help="1 unless --files says when to end")
    parser.add_argument("--files", type=int, help="stop when so many were tried in all")
    parser.add_argument("--counts", type=Path, help="JSON of what was counted; goes on from there")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixes", type=float, default=0.05, help="share of files that are fixed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=ROOT / ".fuzz", help="where faults are kept")
    options = parser.parse_args()
    options.minutes = options.minutes or (None if options.files else 1.0)
    return options


if __name__ == "__main__":
    raise SystemExit(main())
