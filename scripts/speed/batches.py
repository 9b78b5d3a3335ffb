"""Batches against the stages run bare, against xargs, and one executor against another."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from seedance_prep.core.event import drain
from seedance_prep.core.media import VideoFacts
from seedance_prep.core.plan import VideoRecipe
from seedance_prep.core.request import Request
from seedance_prep.executors import cores
from seedance_prep.fixes import argv, decode, tool
from seedance_prep.fixes.timing import timing
from seedance_prep.pipeline import Options, check, checking
from seedance_prep.process import ffmpeg

from .measure import Side, against, family
from .video import PREP, Settings

Record = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
JUDGED = (0, 1)
SMALL = (
    ("photo.jpg",), ("photo.jpg", "clip_720p.mp4"), ("beach.heic", "voice.m4a"), ("phone.mov",),
    ("tone.wav", "photo_exif6.jpg"), ("cmyk.jpg", "alpha16.png", "long.mp3"), ("screen.webm",),
)  # fmt: skip
"""The mixed requests, again and again."""
CHECKS = 2000
FIXES = 40
LINES = 100_000
CACHED = 1000


def check_many(settings: Settings) -> Iterator[Record]:
    """2,000 mixed requests: the batch against the stages in as many threads, and nothing else."""
    manifest = _manifest(settings.folder, CHECKS)
    with _home(settings) as home:
        ours = _batch(manifest, home, "--check", "--again", "--no-cache")
        theirs = Side([(sys.executable, "-m", "scripts.speed.batches", str(manifest))])
        record = against(ours, theirs, settings.pairs)
    yield {"case": "batch-check", "lines": CHECKS, "clock_at_most": round(1 / 0.9, 3)} | record


def fix_many(settings: Settings) -> Iterator[Record]:
    """40 fixes against the same ffmpeg commands, each with the same proving decode, by xargs."""
    folder = settings.folder / "batch-fix"
    clips = [_clip(folder, number) for number in range(FIXES)]
    manifest = folder / "m.jsonl"
    manifest.write_text("".join(json.dumps({"videos": [str(clip)]}) + "\n" for clip in clips))
    by_hand = folder / "hand"
    by_hand.mkdir(exist_ok=True)
    commands = folder / "commands"
    commands.write_text("".join(_command(clip, by_hand) for clip in clips))
    with _home(settings) as home:
        out = folder / "out"
        ours = _batch(manifest, home, "--fix", "--no-cache", "--out", str(out), outdated=out)
        xargs = ("xargs", "-a", commands, "-P", str(cores()), "-d", "\n", "-I{}", "sh", "-c", "{}")
        record = against(ours, Side([xargs]), settings.pairs)
    yield {"case": "batch-fix", "lines": FIXES, "clock_at_most": round(1 / 0.95, 3)} | record


def memory(settings: Settings) -> Iterator[Record]:
    """100,000 lines against ten: how much more memory they take, shared pages counted once."""
    with _home(settings) as home:
        sides = {"ours": LINES, "theirs": 10}
        record = {side: _weighed(_manifest(settings.folder, lines), home)
                  for side, lines in sides.items()}  # fmt: skip
    yield {"case": "batch-memory", "lines": LINES, "mb_at_most": 300} | record


def _weighed(manifest: Path, home: str) -> Record:
    """Time, and the most that the program and its children hold (the sum of their PSS)."""
    (words,) = _batch(manifest, home, "--check", "--again").commands
    begun, before = time.perf_counter(), os.times()
    with subprocess.Popen([str(word) for word in words]) as child:
        peak = 0
        while child.poll() is None:
            peak = max(peak, sum(map(_pss, family(child.pid))))
            time.sleep(0.1)
    after = os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    seconds = time.perf_counter() - begun
    return {"seconds": round(seconds, 3), "cpu_seconds": round(spent, 3),
            "peak_mb": round(peak / 1000, 1)}  # fmt: skip


def _pss(pid: int) -> int:
    """Kilobytes."""
    with suppress(OSError):
        for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def dask(settings: Settings) -> Iterator[Record]:
    """500 requests on two Dask workers against as many processes."""
    manifest = _manifest(settings.folder, 500)
    with _home(settings) as home:
        words = ("--check", "--again", "--no-cache")
        ours = _batch(manifest, home, *words, "--workers", "2")
        theirs = _batch(manifest, home, *words, "--executor", "processes", "--jobs", "4")
        record = against(ours, theirs, settings.pairs)
    yield {"case": "batch-dask", "lines": 500, "clock_at_most": 1.1} | record


def cached(settings: Settings) -> Iterator[Record]:
    """1,000 lines that the cache knows, against the same without it."""
    manifest = _manifest(settings.folder, CACHED)
    with _home(settings) as home:
        ours = _batch(manifest, home, "--check", "--again")
        theirs = _batch(manifest, home, "--check", "--again", "--no-cache")
        record = against(ours, theirs, max(1, settings.pairs // 2))
    yield {"case": "batch-cached", "lines": CACHED, "seconds_at_most": 5.0} | record


CASES = {
    "batch-check": check_many,
    "batch-fix": fix_many,
    "batch-memory": memory,
    "batch-dask": dask,
    "batch-cached": cached,
}


def _home(settings: Settings) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(dir=settings.folder)


def _batch(manifest: Path, home: str, *words: str, outdated: Path | None = None) -> Side:
    # `env` sets the home for this command alone.
    start = ("env", f"SEEDANCE_PREP_HOME={home}", *PREP, "batch", str(manifest))
    results = ("--results", os.devnull, "--quiet")
    return Side([(*start, *words, *results)], accepted=JUDGED, outdated=outdated)


def _manifest(folder: Path, count: int) -> Path:
    path = folder / f"mixed-{count}.jsonl"
    with path.open("w") as file:
        for number in range(count):
            files = [str(ROOT / "fixtures" / name) for name in SMALL[number % len(SMALL)]]
            file.write(json.dumps({"prompt": f"number {number}", "assets": files}) + "\n")
    return path


def _clip(folder: Path, number: int) -> Path:
    """4 s of 1080p that must become smaller."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{number:02}.mp4"
    if not path.exists():
        scene = f"testsrc2=s=1920x1080:r=30:d=4,hue=h={9 * number}"
        words = ("-f", "lavfi", "-i", scene, "-c:v", "libx264", "-preset", "ultrafast",
                 "-pix_fmt", "yuv420p", str(path))  # fmt: skip
        subprocess.run([ffmpeg(), "-v", "error", *words], check=True)
    return path


def _command(clip: Path, folder: Path) -> str:
    """The very encode that a fix runs, and the decode that proves it, for a shell."""
    report = check(Request(videos=[str(clip)]))
    assert report.plan is not None
    (step,) = report.plan.steps
    facts, recipe = step.media.facts, step.recipe
    assert isinstance(facts, VideoFacts)
    assert isinstance(recipe, VideoRecipe)
    made = folder / clip.name
    job = argv.Job(source=clip, target=made, facts=facts, recipe=recipe,
                   timing=timing(facts, recipe), rate_factor=1.0,
                   zscale="zscale" in tool.filters())  # fmt: skip
    prove = [ffmpeg(), *argv.LOG, "-xerror", *decode.PARSED, "-i", str(made), "-map", "0",
             *decode.COUNTED, "-f", "framecrc", "-"]  # fmt: skip
    return f"{shlex.join(_whole(argv.encode(job)))} >/dev/null && {shlex.join(prove)} >/dev/null\n"


def _whole(words: Sequence[str]) -> list[str]:
    """With the tool in front, where the argv leaves that to the door."""
    return list(words) if words[0] == ffmpeg() else [ffmpeg(), *words]


def bare(manifest: Path) -> None:
    """The stages of every line of a manifest in threads; nothing is read, kept or told."""
    lines = [json.loads(text) for text in manifest.read_text().splitlines()]
    options = Options(jobs=1)

    def one(line: Record) -> bool:
        request = Request(prompt=line["prompt"], assets=line["assets"])
        return drain(checking(request, options)).ok

    with ThreadPoolExecutor(2 * cores()) as pool:
        list(pool.map(one, lines))


if __name__ == "__main__":
    bare(Path(sys.argv[1]))
