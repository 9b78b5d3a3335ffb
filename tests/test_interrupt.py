"""Interrupting a fix: it ends at once, its children with it, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Make(Protocol):
    def __call__(self, name: str, *args: str) -> Path: ...


def encoders_of(pid: int) -> list[int]:
    """Processes that encode video and whose parent is ``pid`` (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"libx264" in command:
            found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_interrupt_ends_the_encode_and_leaves_nothing(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Ctrl-C while ffmpeg works ends 130; no child goes on, no file is left."""
    noise = "nullsrc=s=1920x1080:r=30:d=14,geq=random(1)*255:128:128"
    clip = ffmpeg_make(
        "noise.mp4",
        "-f",
        "lavfi",
        "-i",
        noise,
        "-frames:v",
        "90",
        "-vf",
        "setpts=PTS*4.6,fps=30",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-qp",
        "40",
        "-pix_fmt",
        "yuv420p",
    )
    out = tmp_path / "ready"
    with subprocess.Popen(
        [sys.executable, "-m", "seedance_prep", "fix", str(clip), "--out", str(out)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        workers: list[int] = []
        while child.poll() is None and not workers:
            workers = encoders_of(child.pid)
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert workers
    assert 130 == child.returncode
    assert "interrupted" in said
    assert [] == list(out.iterdir())
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
