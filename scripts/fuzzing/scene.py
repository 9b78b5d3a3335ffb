"""A server on a bad day: one request of twelve hostile files, and eight good ones beside it.

``python -m scripts.fuzzing.scene FOLDER [--rounds N]`` writes one JSON line a round: whether the
good requests came to the same bytes as when they were alone, what is left, and what was held.
FOLDER holds the hostile files.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Trust
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Request

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
GOOD = (
    ("photo.jpg",),
    ("photo_exif6.jpg",),
    ("beach.heic",),
    ("cmyk.jpg",),
    ("square_640.mp4",),
    ("photo.jpg", "note.opus"),
    ("clip_720p.mp4",),
    ("photo.jpg", "tone.wav"),
)
BAD = (
    "asf_max_objects.wma",
    "bomb_16384x16384.png",
    "bomb_jp2_huge_tile.jp2",
    "bomb_png_text_dos.png",
    "corrupt.mkv",
    "flac_wrong_bitdepth.flac",
    "h264_480i_missing_pictures.mp4",
    "moz_crash_789075.webm",
    "moz_img_crash_1814741.avif",
    "openjpeg_sigfpe_706.jp2",
    "truncated.flv",
    "wrongext_realmedia_named.mp4",
)
OPTIONS = pipeline.Options(allow=Trust.INVENTIVE, jobs=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What was found after one round; megabytes are those of the whole family of processes."""

    good: int
    """Requests that came to the very same bytes as alone."""
    refused: int
    """Hostile files that ended in a finding."""
    made: int
    """Hostile files that were fixed."""
    seconds: float
    peak: int
    """Megabytes while it ran."""
    held: int
    """Megabytes after it."""
    own: int
    """Megabytes of this process alone, after it."""
    processes: int
    zombies: int
    descriptors: int
    threads: int
    left: list[str]
    """Names in the folder for temporary files."""


def main() -> None:
    """One line a round. The first warms up what is imported once: compare the others with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hostile", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        tempfile.tempdir = os.environ["TMPDIR"] = str(_folder(name, "tmp"))
        alone = [_digests(_fixed(_files(one), _folder(name, "out"))) for one in GOOD]
        for _ in range(1 + options.rounds):
            print(json.dumps(asdict(_round(options.hostile, Path(name), alone))), flush=True)


def _folder(*parts: str) -> Path:
    folder = Path(*parts)
    folder.mkdir(exist_ok=True)
    return folder


def _files(names: tuple[str, ...]) -> list[Path]:
    return [FIXTURES / name for name in names]


def _fixed(files: list[Path], out: Path) -> Report:
    request = Request(assets=[Asset(str(path)) for path in files])
    with tempfile.TemporaryDirectory(dir=out) as folder:
        return drain(pipeline.fixing(request, Path(folder), OPTIONS))


def _digests(report: Report) -> list[str]:
    return [one.sha256 for one in report.outputs]


def _round(hostile: Path, work: Path, alone: list[list[str]]) -> Round:
    started, out = time.monotonic(), work / "out"
    with _peak() as peak, ThreadPoolExecutor(len(GOOD) + 1) as pool:
        bad = pool.submit(_fixed, [hostile / name for name in BAD], out)
        good = [pool.submit(_fixed, _files(one), out) for one in GOOD]
        same = [_digests(one.result()) == own for one, own in zip(good, alone, strict=True)]
        report = bad.result()
    _settle()
    family = list(_family(os.getpid()))
    made = len(report.outputs)
    return Round(
        good=sum(same),
        refused=len(report.assets) - made,
        made=made,
        seconds=round(time.monotonic() - started, 1),
        peak=peak[0],
        held=sum(map(_megabytes, family)),
        own=_megabytes(os.getpid()),
        processes=len(family),
        zombies=sum(_state(one) == "Z" for one in family),
        descriptors=len(list(Path("/proc/self/fd").iterdir())) - 1,  # one to list them
        threads=threading.active_count(),
        left=sorted(path.name for path in (work / "tmp").iterdir()),
    )


def _settle() -> None:
    """A fork that has answered may take its time to go."""
    until = time.monotonic() + 5
    while len(list(_family(os.getpid()))) > 2 and time.monotonic() < until:
        time.sleep(0.05)


@contextlib.contextmanager
def _peak() -> Iterator[list[int]]:
    found, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            found[0] = max(found[0], sum(map(_megabytes, _family(os.getpid()))))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def _family(number: int) -> Iterator[int]:
    """A process and all below it."""
    yield number
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{number}/task").iterdir():
            children = (task / "children").read_text().split()
            for child in children:
                yield from _family(int(child))


def _megabytes(number: int) -> int:
    """Of a process; what several share counts once in all."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) // 1000
    return 0


def _state(number: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


if __name__ == "__main__":
    main()
