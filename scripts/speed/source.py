"""Clips to work on: walks over photographs with cuts, grain, text and sound.

Photographs of the corpus beside the repository where present, else drawn scenes; both are natural
enough in their statistics (test patterns are not: encoders love flat colour).
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pillow_heif
from PIL import Image, ImageDraw, ImageFont

from scripts.media import beach, sunset
from seedance_prep.process import ffmpeg

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
PHOTOS = (
    "android_IMG_2020.jpg",
    "whatsapp_IMG_WA.jpg",
    "heic_alpha.heic",
    "exif_orientation_2_landscape.jpg",
    "iphone7.heic",
)
BT709 = (
    "scale=out_color_matrix=bt709,format=yuv420p,"
    "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)
WIDTH, HEIGHT, FPS, SECONDS = 1920, 1080, 30, 20


@dataclass(frozen=True, slots=True)
class Style:
    """How a clip moves and looks."""

    name: str
    shot: float
    """Seconds between cuts."""
    pace: float
    """Share of the picture's width that a shot walks over."""
    shake: float
    """Pixels that the hand trembles."""
    grain: int
    """Strength of ffmpeg's noise filter."""
    rate: str
    """Bits per second of the video, as a camera would spend them."""


STYLES = (
    Style("walk", shot=4.0, pace=0.10, shake=1.5, grain=5, rate="17M"),
    Style("busy", shot=2.0, pace=0.30, shake=9.0, grain=12, rate="24M"),
)


@cache
def pictures() -> tuple[Image.Image, ...]:
    """What is filmed, each at least a third larger than the frame."""
    pillow_heif.register_heif_opener()
    found = [CORPUS / "image" / name for name in PHOTOS if (CORPUS / "image" / name).exists()]
    drawn = [] if found else [beach.draw(), *(sunset.draw(t) for t in (0.5, 3.0, 6.0))]
    return tuple(_large(picture) for picture in [*map(Image.open, found), *drawn])


def origin() -> str:
    return "photographs of the corpus" if (CORPUS / "image").is_dir() else "drawn scenes"


def _large(picture: Image.Image) -> Image.Image:
    scale = max(WIDTH * 4 / 3 / picture.width, HEIGHT * 4 / 3 / picture.height)
    size = (math.ceil(picture.width * scale), math.ceil(picture.height * scale))
    return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def make(style: Style, folder: Path) -> Path:
    """The clip of a style in ``folder``, made when it is not there yet."""
    path = folder / f"{style.name}.mp4"
    if path.exists():
        return path
    argv = [ffmpeg(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
            "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
            "-f", "lavfi", "-t", str(SECONDS), "-i", "anoisesrc=color=pink:a=0.2:r=48000:seed=1",
            "-vf", f"noise=alls={style.grain}:allf=t+u:all_seed=3,{BT709}",
            "-c:v", "libx264", "-preset", "fast", "-b:v", style.rate, "-c:a", "aac",
            "-b:a", "160k", "-ac", "2", str(path)]  # fmt: skip
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for frame in frames(style):
            encoder.stdin.write(frame)
    if encoder.returncode:
        path.unlink(missing_ok=True)
        raise SystemExit(f"the clip {style.name} could not be made")
    return path


def frames(style: Style) -> Iterator[bytes]:
    title = caption()
    for number in range(SECONDS * FPS):
        t = number / FPS
        shot, since = divmod(t, style.shot)
        picture = pictures()[int(shot) % len(pictures())]
        frame = view(picture, style, int(shot), since / style.shot, t)
        frame.paste(title, (80 + round(30 * since), 900), title)
        yield frame.tobytes()


def view(picture: Image.Image, style: Style, shot: int, part: float, t: float) -> Image.Image:
    """What the camera sees: it walks along, closes in or out, and trembles; between pixels, too."""
    zoom = 1.30 - 0.22 * (part if shot % 2 else 1 - part)
    wide, high = WIDTH * zoom, HEIGHT * zoom
    aim = (part - 0.5) * style.pace * (1 if shot % 3 else -1)
    x = (picture.width - wide) / 2 + aim * picture.width
    x += style.shake * math.sin(t * 7.1) + 0.5 * style.shake * math.sin(t * 17.3)
    y = (picture.height - high) / 2 + style.shake * math.sin(t * 5.3 + 1)
    x = min(max(x, 0), picture.width - wide - 1)
    y = min(max(y, 0), picture.height - high - 1)
    box = (zoom, 0, x, 0, zoom, y)
    return picture.transform((WIDTH, HEIGHT), Image.Transform.AFFINE, box, Image.Resampling.BICUBIC)


@cache
def caption() -> Image.Image:
    words = "The quick brown fox, 0123456789 · take 2"
    title = Image.new("RGBA", (1200, 90), (0, 0, 0, 0))
    draw = ImageDraw.Draw(title)
    draw.text((0, 0), words, (255, 255, 255, 255), ImageFont.load_default(56),
              stroke_width=3, stroke_fill=(0, 0, 0, 255))  # fmt: skip
    return title


def bit_rate(path: Path) -> float:
    """Million bits per second of a clip of ``SECONDS``."""
    return round(path.stat().st_size * 8 / SECONDS / 1e6, 1)
