"""A batch as a program that is killed at random, and what it left when it was done at last."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PREP = (sys.executable, "-m", "seedance_prep", "batch")
JUDGED = (0, 1)
KINDS = ("image", "video", "audio", "hostile")
FEW = (1, 1, 1, 2, 2, 3, 4)
"""Files of a request."""
HEAVY = 4_000_000
"""Bytes above which a file is left out: the scene is about batches, not about large files."""


def corpus_lines(corpus: Path, count: int, seed: int = 9) -> list[dict[str, Any]]:
    """Requests of real files: every file at least once, repeated with variations."""
    dice = random.Random(seed)
    found = sorted(
        path for kind in KINDS for path in (corpus / kind).iterdir() if path.stat().st_size < HEAVY
    )
    lines = []
    for number in range(count):
        first = found[number % len(found)]
        others = dice.sample(found, dice.choice(FEW) - 1)
        lines.append(
            {
                "prompt": f"@Image1 number {number}",
                "assets": [str(path) for path in (first, *others)],
                "resolution": dice.choice(["480p", "720p"]),
                "duration": dice.choice(["auto", 4, 8]),
            }
        )
    return lines


def written(path: Path, lines: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


@dataclass
class Program:
    """``seedance-prep batch`` in a process of its own, with a home of its own."""

    manifest: Path
    home: Path
    words: Sequence[str]
    results: Path = field(init=False)
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.results = self.home / "results.jsonl"
        self.log = self.home / "said.txt"

    def start(self) -> subprocess.Popen[bytes]:
        env = os.environ | {"SEEDANCE_PREP_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        words = [*PREP, str(self.manifest), "--results", str(self.results), *self.words]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                words, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def whole(self) -> float:
        """Seconds that an undisturbed run takes."""
        begun = time.monotonic()
        self._ended(self.start())
        return time.monotonic() - begun

    def killed(self, seconds: float, *, speaking: bool = True) -> int:
        """Start it, kill it after so many seconds; the results that it had told by then.

        ``speaking``: the seconds begin with its first result.
        """
        self.results.unlink(missing_ok=True)
        child = self.start()
        while speaking and child.poll() is None and not self.results.exists():
            time.sleep(0.01)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
        return len(list(told(self.results)))

    def finished(self) -> None:
        """Run it to its end."""
        self._ended(self.start())

    def _ended(self, child: subprocess.Popen[bytes]) -> None:
        if child.wait() not in JUDGED:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise SystemExit(f"the batch ended with status {child.returncode}\n{tail}")


def told(results: Path) -> Iterator[dict[str, Any]]:
    """The results of lines in a file; a last one that was cut is none."""
    if not results.exists():
        return
    for text in results.read_text().splitlines():
        try:
            found = json.loads(text)
        except ValueError:
            return
        if found["type"] == "line":
            yield found


def outcomes(results: Path) -> dict[int, str]:
    """What became of every line, without whether it was known before."""
    found: dict[int, str] = {}
    for one in told(results):
        number = one["line"]
        if number in found:
            raise SystemExit(f"line {number} was told twice")
        del one["kept"]
        found[number] = json.dumps(one, sort_keys=True)
    return found


def differing(one: Path, other: Path) -> list[int]:
    """Lines of two files of results that are not the same."""
    here, there = outcomes(one), outcomes(other)
    return sorted(
        number for number in here.keys() | there.keys() if here.get(number) != there.get(number)
    )


def kills(program: Program, times: int, whole: float, dice: random.Random) -> list[int]:
    """Kill it so many times, somewhere in the next part of its work; every fourth time anywhere."""
    return [
        program.killed(dice.uniform(0.0, whole / times), speaking=number % 4 != 3)
        for number in range(times)
    ]
