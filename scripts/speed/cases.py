"""What is measured. Each case yields one record, or says by name why it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seedance_prep.process import ffmpeg

from . import asking, desk, drag, follow, pages, sound, source, stills, uploads, video
from .ffprobe import probes
from .kinds import kinds
from .measure import Side, against, spent, summary
from .quality import vmaf
from .video import PREP, Settings

Record = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("httpx", "PIL", "pydub", "pymediainfo", "rich", "ffmpeg", "numpy")
WINDOW = (4, 16)
"""Seconds of the 20 s clip that are kept."""

JUDGED = (0, 1)
"""Statuses of ``check``: the files comply, or they do not. Both are answers."""

REQUEST = {
    "image": ("android_IMG_2020.jpg", "iphone7.heic", "progressive_20scans.jpg",
              "png_alpha_2048.png", "whatsapp_IMG_WA.jpg", "exif_orientation_2_landscape.jpg"),
    "video": ("iphone6s_ios9_rot.mov", "phone_portrait_hevc_1376x1840_vfr.mp4",
              "car_dashcam_960x540.mp4"),
    "audio": ("mp3_cbr_139s_siesta.mp3", "m4a_itunes_cover_600.m4a", "ogg_vorbis_music.ogg"),
}  # fmt: skip
SMALL = (
    *("photo.jpg", "photo_exif6.jpg", "beach.heic", "cmyk.jpg", "alpha16.png", "anim.gif"),
    *("phone.mov", "clip_720p.mp4", "screen.webm", "voice.m4a", "tone.wav", "long.mp3"),
)


def request() -> list[Path]:
    """Twelve files as people hold them: six images, three videos, three sounds."""
    real = [source.CORPUS / kind / name for kind, names in REQUEST.items() for name in names]
    if all(path.exists() for path in real):
        return real
    return [ROOT / "fixtures" / name for name in SMALL]


# check --------------------------------------------------------------------------------------------


def check_warm(settings: Settings) -> Iterator[Record]:
    """``check`` of twelve files in a process that has done it before, against twelve ffprobes."""
    files = request()
    record: Record = {"case": "check-warm", "files": len(files), "from": _origin(files)}
    if probes(files) is None:
        yield record | {"skipped": "ffprobe is not installed"}
        return
    words = [sys.executable, "-m", "scripts.speed.warm", str(settings.pairs), *map(str, files)]
    yield record | json.loads(answer(words))


def answer(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{' '.join(words[:4])} …\nended with status {done.returncode}\n{done.stderr}"
        )
    return done.stdout


def check_cold(settings: Settings) -> Iterator[Record]:
    """``seedance-prep check`` of twelve files from nothing, against twelve ffprobes."""
    files = request()
    record: Record = {"case": "check-cold", "files": len(files), "from": _origin(files)}
    ours = Side([(*PREP, "check", *map(str, files), "--json")], accepted=JUDGED)
    theirs = probes(files)
    if theirs is None:
        yield record | {"skipped": "ffprobe is not installed"}
    else:
        yield record | against(ours, theirs, settings.pairs)


def _origin(files: list[Path]) -> str:
    return "corpus" if source.CORPUS in files[0].parents else "fixtures"


# The page -----------------------------------------------------------------------------------------


def page(settings: Settings) -> Iterator[Record]:
    """What ``--report page.html`` adds to a fix of twelve files."""
    for record in pages.pages(request(), settings):
        yield record | {"from": _origin(request())}


# --help -------------------------------------------------------------------------------------------


def help_start(settings: Settings) -> Iterator[Record]:
    """``seedance-prep --help`` against Python that starts and ends."""
    ours = Side([(*PREP, "--help")])
    bare = Side([(sys.executable, "-c", "pass")])
    record = against(ours, bare, max(settings.pairs, 11))
    yield {"case": "help"} | record | {"heavy_imports": heavy_imports()}


def heavy_imports() -> list[str]:
    """Which of the heavy packages ``--help`` has loaded."""
    code = (
        "import runpy, sys\nsys.argv = ['seedance-prep', '--help']\n"
        "try: runpy.run_module('seedance_prep', run_name='__main__')\n"
        "except SystemExit: pass\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stderr.split()


# fix ----------------------------------------------------------------------------------------------


def fix(settings: Settings) -> Iterator[Record]:
    """``fix`` of 12 s out of 20 s of 1080p, against the command that people write by hand."""
    for style in source.STYLES:
        clip = source.make(style, settings.folder)
        yield {"case": f"fix-{style.name}", "at_most": 0.667, "from": source.origin(),
               "source_mbit": source.bit_rate(clip)} | _fixed(clip, settings)  # fmt: skip


def _fixed(clip: Path, settings: Settings) -> Record:
    with tempfile.TemporaryDirectory(dir=settings.folder) as name:
        folder = Path(name)
        ready, hand = folder / "ready", folder / "hand.mp4"
        asset = f"{clip}#t={WINDOW[0]},{WINDOW[1]}"
        ours = Side([(*PREP, "fix", asset, "--out", str(ready), "--quiet")], outdated=ready)
        record = against(ours, by_hand(clip, hand, 18), settings.pairs)
        record["ours"] |= quality(next(ready.glob("*.mp4")), clip)
        record["theirs"] |= quality(hand, clip)
        return record | ({"ladder": list(ladder(clip, hand))} if settings.ladder else {})


def quality(made: Path, clip: Path) -> Record:
    return {"bytes": made.stat().st_size} | vmaf(made, clip, WINDOW)


def by_hand(clip: Path, made: Path, crf: int) -> Side:
    """The command, and the decode that proves its output."""
    tool, (start, end) = ffmpeg(), WINDOW
    encode = (tool, "-v", "error", "-nostdin", "-y", "-ss", str(start), "-t", str(end - start),
              "-i", clip, "-vf", "scale=1280:720:flags=lanczos", "-c:v", "libx264",
              "-preset", "medium", "-crf", str(crf), "-c:a", "aac", made)  # fmt: skip
    prove = (tool, "-v", "error", "-nostdin", "-xerror", "-i", made, "-map", "0", "-f", "null", "-")
    return Side([encode, prove])


def ladder(clip: Path, made: Path) -> Iterator[Record]:
    """The command at other qualities, to read off its time and bytes at equal VMAF."""
    for crf in (16, 18, 20, 22, 24):
        yield {"crf": crf} | summary([spent(by_hand(clip, made, crf))]) | quality(made, clip)


def studio(settings: Settings) -> Iterator[Record]:
    """The verdict of a file that was dropped on the studio, and windows that are weighed."""
    yield from desk.desk(settings, request())


def studio_drag(settings: Settings) -> Iterator[Record]:
    """Frames a second of the studio's page while a window is dragged."""
    yield from drag.drag(request(), settings)


CASES = {
    "help": help_start,
    "check-warm": check_warm,
    "check-cold": check_cold,
    "fix": fix,
    "follow": follow.follow,
    "kinds": kinds,
    "page": page,
    "request": asking.asking,
    "sound": sound.sound,
    "stills": stills.stills,
    "studio": studio,
    "studio-drag": studio_drag,
    "upload": uploads.upload,
} | video.CASES
