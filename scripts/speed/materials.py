"""Clips of other kinds than filmed ones: strong grain, screen text, drawn animation."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from seedance_prep.process import ffmpeg

from .source import BT709, FPS, HEIGHT, STYLES, WIDTH, make

SECONDS = 10
GRAIN = 32
"""Strength of the noise over a filmed clip: as much as a phone shows by night."""
CODE = Path(__file__).read_text(encoding="utf-8").splitlines()
PAPER, INK = (30, 32, 40), (212, 214, 200)
HUES = ((86, 156, 214), (206, 145, 120), (106, 153, 85), (220, 220, 170))


def clips(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of each kind, made in ``folder`` where they are not there yet."""
    for style in STYLES:
        yield style.name, make(style, folder)
    yield "grain", grain(folder)
    yield "text", drawn(folder / "text.mp4", page)
    yield "animation", drawn(folder / "animation.mp4", cartoon)


def grain(folder: Path) -> Path:
    path = folder / "grain.mp4"
    if not path.exists():
        noise = f"noise=c0s={GRAIN}:c0f=t+u:all_seed=5,{BT709}"
        _run(["-t", str(SECONDS), "-i", str(make(STYLES[0], folder)), "-vf", noise, "-an",
              "-c:v", "libx264", "-preset", "fast", "-b:v", "40M"], path)  # fmt: skip
    return path


def drawn(path: Path, picture: Callable[[float], Image.Image]) -> Path:
    """A clip of drawn frames at the rate a screen recorder spends."""
    if not path.exists():
        shape = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS)]
        frames = (picture(number / FPS).tobytes() for number in range(SECONDS * FPS))
        encode = ["-vf", BT709, "-c:v", "libx264", "-preset", "fast", "-crf", "16"]
        _run([*shape, "-i", "-", *encode], path, frames)
    return path


def _run(arguments: list[str], path: Path, frames: Iterable[bytes] = ()) -> None:
    argv = [ffmpeg(), "-v", "error", "-y", *arguments, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for frame in frames:
            encoder.stdin.write(frame)
    if encoder.returncode:
        path.unlink(missing_ok=True)
        raise SystemExit(f"the clip {path.name} could not be made")


def page(t: float) -> Image.Image:
    """An editor: it scrolls by lines, stands still, and types."""
    sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(26)
    first = int(t * 3) if t % 4 < 2 else int(t // 4 * 12 + 6)
    for row in range(30):
        line = CODE[(first + row) % len(CODE)]
        if row == 20:
            line = line[: int(t * 12) % 60]
        draw.text((20, 10 + 36 * row), f"{first + row:4}", (120, 120, 130), font)
        draw.text((110, 10 + 36 * row), line, HUES[(first + row) % 4] if row % 3 else INK, font)
    return sheet


def cartoon(t: float) -> Image.Image:
    """Flat colours and black lines; some move, a dark sky grades softly."""
    sky = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    sheet = Image.merge("RGB", [sky.point(lambda v, c=c: c + v * 24 // 255) for c in (12, 16, 40)])
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 780, WIDTH, HEIGHT), (58, 122, 64), (0, 0, 0), 6)
    for number, colour in enumerate(((232, 64, 52), (250, 200, 40), (64, 120, 220))):
        x = (300 + 520 * number + 260 * t * (1 + number / 3)) % (WIDTH + 400) - 200
        y = 620 + 90 * math.sin(3 * t + number)
        draw.ellipse((x - 150, y - 150, x + 150, y + 150), colour, (0, 0, 0), 8)
        draw.line((x - 60, y + 40, x, y + 80, x + 60, y + 40), (0, 0, 0), 8)
        draw.ellipse((x - 70, y - 60, x - 30, y - 20), (255, 255, 255), (0, 0, 0), 6)
        draw.ellipse((x + 30, y - 60, x + 70, y - 20), (255, 255, 255), (0, 0, 0), 6)
    return sheet
