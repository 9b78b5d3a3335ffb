"""``scripts/batch-corpus [--lines N] [--kills N] [--fix]``: the scene of the batch, with figures.

A batch of real files runs undisturbed; then once more, killed at random ten times and taken up
again, in threads; then on a Dask cluster of two workers, one of which is killed midway. All three
must give the same results.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .scene import ROOT, Program, corpus_lines, differing, kills, outcomes, written


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/batch-corpus", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--fix", action="store_true", help="make the files, too")
    parser.add_argument("--seed", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        return scene(given, Path(name))


def scene(given: argparse.Namespace, folder: Path) -> int:
    dice = random.Random(given.seed)
    lines = corpus_lines(given.corpus, given.lines, given.seed)
    manifest = written(folder / "manifest.jsonl", lines)

    def program(name: str, *words: str) -> Program:
        made = ("--fix", "--out", str(folder / name / "out")) if given.fix else ("--check",)
        return Program(manifest, folder / name, (*made, *words))

    calm = program("calm")
    seconds = calm.whole()
    print(f"undisturbed: {len(lines)} lines in {seconds:.1f} s, {len(lines) / seconds:.1f} lines/s")
    hit = program("killed")
    done = kills(hit, given.kills, seconds, dice)
    hit.finished()
    wrong = differing(calm.results, hit.results)
    print(f"killed {len(done)} times at {done} lines: {_verdict(wrong, folder, 'killed')}")
    os.environ["SEEDANCE_PREP_HOME"] = str(folder / "cluster")  # the workers' own, empty cache
    with cluster() as held:
        dask = program("dask", "--scheduler", held.scheduler_address)
        timer = threading.Timer(seconds / 2, _kill_one, (held,))
        timer.start()
        taken = dask.whole()
        timer.cancel()
        lost = differing(calm.results, dask.results)
        verdict = _verdict(lost, folder, "dask")
        print(f"Dask, one of two workers killed midway: {taken:.1f} s: {verdict}")
        again = program("dask-killed", "--scheduler", held.scheduler_address)
        done = kills(again, given.kills, taken, dice)
        again.finished()
        also = differing(calm.results, again.results)
        verdict = _verdict(also, folder, "dask-killed")
        print(f"Dask, killed {len(done)} times at {done} lines: {verdict}")
    return 1 if wrong or lost or also else 0


def _verdict(wrong: list[int], folder: Path, name: str) -> str:
    if not wrong:
        return "the same results"
    one = wrong[0]
    here = outcomes(folder / "calm" / "results.jsonl").get(one)
    there = outcomes(folder / name / "results.jsonl").get(one)
    return f"{len(wrong)} lines differ: {wrong[:10]}\n  {here}\n  {there}"


@contextmanager
def cluster() -> Iterator[Any]:
    """Two worker processes of two threads."""
    distributed: Any = importlib.import_module("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0", silence_logs=50,
    ) as held:  # fmt: skip
        yield held


def _kill_one(held: Any) -> None:  # noqa: ANN401
    """The first worker's process; its nanny starts another."""
    nanny = next(iter(held.workers.values()))
    if nanny.pid:
        os.kill(nanny.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
