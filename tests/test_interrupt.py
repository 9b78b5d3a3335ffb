"""Interrupting a fix: it ends at once, its children with it, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Make(Protocol):
    def __call__(self, name: str, *args: str) -> Path: ...


def children_of(pid: int, word: bytes) -> list[int]:
    """Processes whose parent is ``pid`` and whose command holds a word (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and word in command:
            found.append(int(stat.parent.name))
    return found


@dataclass(frozen=True)
class Ended:
    """What was left after an interrupt."""

    status: int
    said: str
    workers: list[int]
    files: list[Path]

    @property
    def alive(self) -> list[int]:
        """Children that go on."""
        return [pid for pid in self.workers if Path(f"/proc/{pid}").exists()]


def interrupted(clips: list[Path], out: Path, word: bytes, count: int, *options: str) -> Ended:
    """Fix clips, and press Ctrl-C as soon as ``count`` children with that word in them work."""
    argv = [sys.executable, "-m", "seedance_prep", "fix", *map(str, clips), "--out", str(out)]
    with subprocess.Popen([*argv, *options], cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
        workers: list[int] = []
        while child.poll() is None and len(workers) < count:
            workers = children_of(child.pid, word)
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    return Ended(child.returncode, said, workers, list(out.parent.glob("ready*/**")))


@pytest.fixture
def clip(ffmpeg_make: Make) -> Path:
    """A few seconds of noise, which keep an encoder busy."""
    noise = "nullsrc=s=1920x1080:r=30:d=14,geq=random(1)*255:128:128"
    quick = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "40", "-pix_fmt", "yuv420p")
    slow = ("-frames:v", "140", "-vf", "setpts=PTS*4.6,fps=30")
    return ffmpeg_make("noise.mp4", "-f", "lavfi", "-i", noise, *slow, *quick)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("word", "count", "clips"),
    [(b"libx264", 1, 1), (b"libx264", 3, 3), (b"framecrc", 1, 1), (b"libvmaf", 1, 1)],
    ids=["encode", "three-encodes", "proof", "score"],
)
def test_interrupt_ends_every_child_and_leaves_nothing(
    clip: Path, tmp_path: Path, word: bytes, count: int, clips: int
) -> None:
    """Ctrl-C while ffmpeg encodes, decodes or measures ends 130; no child, no file is left."""
    more = ("--jobs", str(clips), *(("--verify", "vmaf") if word == b"libvmaf" else ()))
    left = interrupted([clip] * clips, tmp_path / "ready", word, count, *more)
    assert count <= len(left.workers)
    assert 130 == left.status
    assert "interrupted; nothing was sent" in left.said
    assert [] == left.files
    assert [] == left.alive
