"""Ten seconds out of two hours of sound: ``fix`` against the plain ffmpeg command for them.

In one process that has done it before, as a program that uses the package would; and as a cold
command, where Python's start and imports come on top. Ours also listens to the result, decodes
it whole to prove it, and hashes it; the plain command does not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

import seedance_prep as prep
from seedance_prep.process import ffmpeg

from .long import made
from .measure import Side, against, turns
from .video import PREP, Settings

HOURS = ("-stream_loop", "119", "-t", "7200")
KINDS = {"mp3": ("-c:a", "libmp3lame", "-b:a", "128k"), "m4a": ("-c:a", "aac", "-b:a", "128k")}
START, LENGTH = 3600, 10


def sound(settings: Settings) -> Iterator[dict[str, Any]]:
    """A window in the middle, of an MP3 (which is cut) and of an M4A (which is encoded)."""
    noise = ("-f", "lavfi", "-i", "anoisesrc=d=60:c=pink:r=44100:a=0.3", "-ac", "2")
    minute = made(settings.folder / "minute.wav", *noise)
    for kind, coder in KINDS.items():
        argv = (*HOURS[:2], "-i", minute, *HOURS[2:], *coder)
        source = made(settings.folder / f"hours.{kind}", *argv)
        words = [sys.executable, "-m", "scripts.speed.sound", str(settings.pairs), str(source)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words[:3])} ended with {done.returncode}\n{done.stderr}")
        yield {"case": f"sound-{kind}", "at_most": 1.5} | json.loads(done.stdout)
        with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
            ready = Path(folder) / "ready"
            asset = f"{source}#t={START},{START + LENGTH}"
            ours = Side([(*PREP, "fix", asset, "--out", str(ready), "--quiet")], (0, 1), ready)
            record = against(ours, plain(source, Path(folder)), settings.pairs)
        yield {"case": f"sound-{kind}-cold"} | record


def plain(source: Path, folder: Path) -> Side:
    """What people write by hand."""
    cut = ("-ss", str(START), "-t", str(LENGTH), "-i", source, "-vn")
    written = ("-c:a", "libmp3lame", "-b:a", "192k", folder / "plain.mp3")
    return Side([(ffmpeg(), "-v", "error", "-nostdin", "-y", *cut, *written)])


def main(pairs: int, source: Path) -> None:
    """Both sides in turns, in this process; prints one JSON object."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        still = folder / "still.png"
        Image.new("RGB", (640, 640), (90, 120, 150)).save(still)
        part = prep.Sound(source, start=START, end=START + LENGTH)
        request = prep.Request(images=[still], audio=[part])

        def ours() -> object:
            return prep.fix(request, folder / "ready")

        theirs = plain(source, folder)
        ours()
        theirs()
        print(json.dumps(turns(ours, theirs, pairs)))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
