"""The studio: how soon a large file that was dropped has its verdict, how often windows weigh."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from seedance_prep.process import ffmpeg
from seedance_prep.studio.serving import studio

from .long import made, walk
from .measure import Spent, spent, summary
from .video import Settings

VERDICT = 1.0
"""Seconds from the end of the drop to the verdict, at most."""
WEIGHED_MS = 33.0
"""Milliseconds for each window that is weighed, at most: 30 a second while it is dragged."""
WEIGHED = 60
"""Windows in one turn."""
LARGE = ("-vf", "noise=alls=24:allf=t:all_seed=5", "-c:v", "libx264", "-preset", "ultrafast",
         "-b:v", "42M", "-minrate", "42M", "-maxrate", "42M", "-bufsize", "21M",
         "-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p", "-c:a", "copy")  # fmt: skip


def large(folder: Path) -> Path:
    """20 s of 1080p that weigh 100 MB."""
    return made(folder / "large.mp4", "-i", walk(folder), *LARGE)


def desk(settings: Settings, files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Both cases, over HTTP to a studio in this process, whose processor seconds count, too."""
    ffmpeg()
    yield _verdict(large(settings.folder), settings)
    yield _weighed(files, settings)


def _verdict(clip: Path, settings: Settings) -> dict[str, Any]:
    """The time behind the last byte; that of a mere copy of the file stands beside it."""
    runs: list[Spent] = []
    drops: list[Spent] = []
    copies: list[Spent] = []
    with _opened() as http:
        for _ in range(settings.pairs):
            drops.append(spent(lambda: _dropped(http, clip)))
            runs.append(spent(lambda: _judged(http)))
            http.post("/api/clear", json={})
            copies.append(spent(lambda: _copied(clip, settings.folder / "copy")))
    found = summary(runs)
    return {"case": "studio-verdict", "bytes": clip.stat().st_size, "pairs": settings.pairs,
            "more_seconds": found["seconds"], "more_at_most": VERDICT,
            "drop": summary(drops), "ours": found, "theirs": summary(copies)}  # fmt: skip


def _weighed(files: Sequence[Path], settings: Settings) -> dict[str, Any]:
    """Windows of every clip of a full request; as many calls that do nothing stand beside."""
    with _opened() as http:
        for path in files:
            _dropped(http, path)
        assets = _judged(http)["assets"]
        clips = [one["id"] for one in assets if one["duration"]]

        def weigh() -> None:
            for number in range(WEIGHED):
                window = [number / 50, 2 + number / 40]
                windows = {"windows": dict.fromkeys(clips, window)}
                http.post("/api/weigh", json=windows).raise_for_status()

        def nothing() -> None:
            for _ in range(WEIGHED):
                http.get("/nothing")

        weigh()
        runs = [(spent(weigh), spent(nothing)) for _ in range(settings.pairs)]
    ours, theirs = (summary(side) for side in zip(*runs, strict=True))
    return {"case": "studio-weigh", "files": len(files), "pairs": settings.pairs,
            "each_ms": round(1000 * ours["seconds"] / WEIGHED, 2),
            "each_ms_at_most": WEIGHED_MS, "ours": ours, "theirs": theirs}  # fmt: skip


@contextmanager
def _opened() -> Iterator[httpx.Client]:
    with tempfile.TemporaryDirectory() as home, studio(folder=Path(home)) as address:
        base, token = address.split("/?token=")
        with httpx.Client(base_url=base, headers={"X-Studio-Token": token}, timeout=60) as http:
            yield http


def _dropped(http: httpx.Client, path: Path) -> None:
    with path.open("rb") as file:
        headers = {"Content-Length": str(path.stat().st_size)}
        answer = http.put("/api/files", params={"name": path.name}, content=file, headers=headers)
    answer.raise_for_status()


def _judged(http: httpx.Client) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = http.get("/api/desk").json()
        if all(one["verdict"] for one in found["assets"]) and not found["looking"]:
            return found
        time.sleep(0.01)


def _copied(clip: Path, target: Path) -> None:
    shutil.copyfile(clip, target)
    target.unlink()
