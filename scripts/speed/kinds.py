"""What a fix keeps of each kind of picture, and for how many bytes.

VMAF is the fix's own measure: its output against the window of the source through the same
filters, without loss. The hand-written command is scored against the same in its own filters.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seedance_prep.process import ffmpeg

from .materials import clips
from .measure import Side, spent
from .quality import scores
from .video import PREP, Settings

KEPT = (1, 9)
"""Seconds of each clip."""


def kinds(settings: Settings) -> Iterator[dict[str, Any]]:
    """``fix`` of 8 s of each kind, against ``-preset medium -crf 18``."""
    for name, clip in clips(settings.folder):
        with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
            yield {"case": f"kind-{name}"} | _compared(clip, Path(folder))


def _compared(clip: Path, folder: Path) -> dict[str, Any]:
    start, end = KEPT
    asset, ready, hand = f"{clip}#t={start},{end}", folder / "ready", folder / "hand.mp4"
    fix = Side([(*PREP, "fix", asset, "--out", ready, "--quiet")], outdated=ready)
    command = Side([(ffmpeg(), "-v", "error", "-nostdin", "-y", "-ss", str(start),
                     "-t", str(end - start), "-i", clip, "-an",
                     "-vf", "scale=1280:720:flags=lanczos", "-c:v", "libx264",
                     "-preset", "medium", "-crf", "18", hand)])  # fmt: skip
    ours, theirs = _summary(fix), _summary(command)
    made = next(ready.glob("*.mp4"))
    ours |= {"bytes": made.stat().st_size, **_own_score(asset, folder / "scored")}
    theirs |= {"bytes": hand.stat().st_size} | scores(hand, clip, KEPT)
    return {"ours": ours, "theirs": theirs}


def _summary(side: Side) -> dict[str, Any]:
    one = spent(side)
    return {"seconds": round(one.wall, 3), "cpu_seconds": round(one.cpu, 3)}


def _own_score(asset: str, folder: Path) -> dict[str, float]:
    argv = [*PREP, "fix", asset, "--out", str(folder), "--verify", "vmaf", "--json", "--quiet"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    score = document["assets"][0]["output"]["vmaf"]
    return {"vmaf_720": score["mean"], "vmaf_p1": score["p1"]}
