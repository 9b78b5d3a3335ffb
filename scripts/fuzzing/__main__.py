"""The work of ``scripts/fuzz``: hand out changed files, and count what became of them."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from .mutate import mutant

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 400_000
"""Bytes of a file that is changed: small ones get through many more times."""
DEADLINES = {False: 60.0, True: 300.0}
"""Seconds for a check and for a fix; each child of theirs has deadlines of its own."""


@dataclass
class Tally:
    """What became of all files of one verb."""

    outcomes: Counter[str] = field(default_factory=Counter)
    depths: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    largest: float = 0.0


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


def jobs(files: list[Path], seed: int, share: float) -> Iterator[tuple[Path, bytes, bool]]:
    """Endless: a source, its changed bytes, and whether it shall be fixed."""
    chance = Random(seed)
    while True:
        source, other = chance.choice(files), chance.choice(files)
        yield (
            source,
            mutant(source.read_bytes(), other.read_bytes(), chance),
            (chance.random() < share),
        )


@dataclass
class Run:
    """What the threads share; ``lock`` is held for all but the judging."""

    todo: Iterator[tuple[Path, bytes, bool]]
    ends: float
    keep: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    tallies: dict[str, Tally] = field(default_factory=lambda: {"check": Tally(), "fix": Tally()})
    bad: list[str] = field(default_factory=list)

    def work(self, folder: Path) -> None:
        """Judge one file after the other until time is over."""
        (folder / "tmp").mkdir(parents=True)
        worker = Worker(folder / "tmp")
        while time.monotonic() < self.ends:
            with self.lock:
                source, data, fix = next(self.todo)
            self._one(worker, folder, source, data, fix)
        worker.end()

    def _one(self, worker: Worker, folder: Path, source: Path, data: bytes, fix: bool) -> None:
        path, out = folder / ("changed" + source.suffix), folder / "out"
        path.write_bytes(data)
        answer = worker.ask(path, out if fix else None)
        faults = [*([answer["fault"]] if "fault" in answer else []), *answer["wrong"]]
        faults += ["the source was changed"] if path.read_bytes() != data else []
        faults += [f"left {one.name}" for one in (folder / "tmp").iterdir()]
        verb = "fix" if fix else "check"
        with self.lock:
            _count(self.tallies[verb], answer, source, bool(faults))
            if faults:
                self._told(path, f"{verb} {source.name}: {'; '.join(faults)}")
        for left in (path, out, *(folder / "tmp").iterdir()):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(True)

    def _told(self, path: Path, said: str) -> None:
        kept = _kept(self.keep, path, said)
        self.bad.append(kept)
        print(f"{said}\n  {kept}", flush=True)


def main() -> int:
    """1 when anything fell, hung, left something behind or passed what does not comply."""
    options = _options()
    files = seeds(options.folders or _folders())
    todo = jobs(files, options.seed, options.fixes)
    run = Run(todo=todo, ends=time.monotonic() + options.minutes * 60, keep=options.keep)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(options.jobs) as pool:
        for done in [pool.submit(run.work, Path(name) / str(n)) for n in range(options.jobs)]:
            done.result()
    for verb, tally in run.tallies.items():
        _print(verb, tally)
    print(f"{len(run.bad)} faults; seed {options.seed}, {len(files)} source files")
    return 1 if run.bad else 0


def _count(tally: Tally, answer: dict[str, Any], source: Path, wrong: bool) -> None:
    made = answer.get("made")
    outcome = "output" if made else "findings" if answer["codes"] else "complies"
    tally.outcomes["FAULT" if wrong else outcome] += 1
    tally.depths[answer["depth"]] += 1
    tally.kinds[source.suffix] += 1
    tally.codes.update(answer["codes"])
    tally.longest = max(tally.longest, answer["seconds"])
    tally.largest = max(tally.largest, answer["mb"])


def _kept(keep: Path, path: Path, said: str) -> str:
    keep.mkdir(parents=True, exist_ok=True)
    target = keep / f"{len(list(keep.glob('*')))}{path.suffix}"
    shutil.copyfile(path, target)
    target.with_name(target.name + ".txt").write_text(said + "\n")
    return str(target)


def _print(verb: str, tally: Tally) -> None:
    print(f"{verb}: {tally.outcomes.total()} files, {dict(tally.outcomes.most_common())}")
    print(f"  depth {dict(tally.depths.most_common())}")
    print(f"  kinds {dict(tally.kinds.most_common())}")
    print(f"  codes {dict(tally.codes.most_common(12))}")
    print(f"  longest {tally.longest:.1f} s, largest process {tally.largest:.0f} MB")


def _folders() -> list[Path]:
    real = ROOT.parent / "shared" / "corpus"
    return [ROOT / "fixtures", *([real] if real.is_dir() else [])]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixes", type=float, default=0.05, help="share of files that are fixed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=ROOT / ".fuzz", help="where faults are kept")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
