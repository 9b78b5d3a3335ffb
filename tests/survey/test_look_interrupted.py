"""Interrupting a look: it ends at once, and its children with it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..conftest import ROOT, Make


def _lookers() -> set[int]:
    """Processes that make thumbnails of the clip of this test."""
    found = set()
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes()
        except OSError:
            continue
        if b"looked-at.mp4" in words and b"rawvideo" in words:
            found.add(int(command.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_interrupted_look_leaves_no_child(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Ctrl-C while ffmpeg makes thumbnails ends 130; no child goes on."""
    noise = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:d=2,noise=alls=40:allf=t")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "32", "-pix_fmt", "yuv420p")
    one = ffmpeg_make("noise.mp4", *noise, *coded)
    clip = ffmpeg_make("looked-at.mp4", "-stream_loop", "19", "-i", str(one), "-c", "copy")
    argv = [sys.executable, "-m", "seedance_prep", "fix", f"{clip}#keep=best", "--dry-run"]
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
        seen: set[int] = set()
        while child.poll() is None and not seen:
            seen = _lookers()
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert seen, said
    assert 130 == child.returncode
    assert "interrupted" in said
    assert not _lookers()
