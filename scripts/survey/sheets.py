"""Before and after, side by side, for the eye: a frame of each source beside one of its output."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from seedance_prep.core.media import ImageFacts, VideoFacts
from seedance_prep.core.outcome import Output
from seedance_prep.process import ffmpeg

CELL = (320, 300)
CAPTION = 26
PAIRS = 12
"""Before and after on one sheet, three pairs a row."""


def draw(outputs: Sequence[Output], folder: Path) -> None:
    """Sheets of every picture, and every video that was made anew, ``sheet-1.png`` and on."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = list(_pairs(outputs))
    for number in range(0, len(pairs), PAIRS):
        part = pairs[number : number + PAIRS]
        sheet = Image.new("RGB", (CELL[0] * 6, (CELL[1] + CAPTION) * -(-len(part) // 3)), "gray")
        for place, (name, before, after) in enumerate(part):
            x, y = place % 3 * CELL[0] * 2, place // 3 * (CELL[1] + CAPTION)
            ImageDraw.Draw(sheet).text((x + 4, y + 6), name[:100], "white")
            for offset, picture in enumerate((before, after)):
                if picture:
                    picture.thumbnail((CELL[0] - 4, CELL[1] - 4))
                    clear = picture.convert("RGBA")
                    sheet.paste(clear, (x + offset * CELL[0] + 2, y + CAPTION), clear)
        sheet.save(folder / f"sheet-{number // PAIRS + 1}.png")


def _pairs(
    outputs: Sequence[Output],
) -> Iterator[tuple[str, Image.Image | None, Image.Image | None]]:
    for one in outputs:
        if isinstance(one.facts, ImageFacts) and one.media.path:
            name = f"{Path(one.media.source).name}: {one.operations or one.action.value}"
            yield name, _seen(one.media.path), _seen(one.path)
        elif isinstance(one.facts, VideoFacts) and one.operations and one.media.path:
            whole = getattr(one.media.facts, "duration", None) or 0.0
            middle = min(one.facts.duration or 0.0, whole) / 2
            start = one.window.start if one.window else 0.0
            name = f"{Path(one.media.source).name}: {one.operations[0]}"
            yield name, _frame(one.media.path, start + middle), _frame(one.path, middle)


def _seen(path: Path) -> Image.Image | None:
    """A picture as other programs show it: libvips, with its own readers of all but a few."""
    if shutil.which("vipsthumbnail") is None:
        return _frame(path, 0)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "seen.png"
        argv = ["vipsthumbnail", str(path), "-s", f"{CELL[0]}x{CELL[1]}", "-o", f"{made}[strip]"]
        done = subprocess.run([*argv, "--export-profile", "srgb"], capture_output=True, check=False)
        if done.returncode or not made.exists():
            return _frame(path, 0)
        picture = Image.open(made)
        picture.load()
        return picture


def _frame(path: Path, seconds: float) -> Image.Image | None:
    """The frame as ffmpeg shows it unasked; ``None`` where it shows none there."""
    reading = ("-v", "error", "-nostdin", "-ss", f"{seconds:.3f}", "-i", str(path))
    writing = ("-frames:v", "1", "-vf", "scale=iw*sar:ih", "-c:v", "png", "-f", "image2pipe", "-")
    done = subprocess.run([ffmpeg(), *reading, *writing], capture_output=True, check=False)
    return Image.open(io.BytesIO(done.stdout)) if done.stdout else None
