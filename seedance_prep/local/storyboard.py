"""The video that comes back: every reference as a large panel with its name, at the raster asked.

Pillow draws the still parts (background, names, stills) once; ffmpeg lays the moving ones over
it and makes the sound: the reference sounds mixed, or a tone where there are none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..process import Bounds, ffmpeg, run
from .judge import Input
from .measure import DEMUXERS, sniff
from .rules import FRAME_RATE

if TYPE_CHECKING:
    from PIL import Image

BACKGROUND = (24, 24, 32)
INK = (240, 240, 240)
BOUNDS = Bounds(seconds=300.0, written=1 << 30)


@dataclass(frozen=True, slots=True)
class Panel:
    """Where one reference is shown, in pixels of the output; even numbers throughout."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What shall be made."""

    size: tuple[int, int]
    seconds: int
    sound: bool
    fine: bool
    """More bits per second."""


def panels(count: int, size: tuple[int, int]) -> tuple[Panel, ...]:
    """The places of so many references, row by row, each below a strip for its name.

    The number of columns is the one that makes the smaller side of a place largest. The lowest
    strip of the picture stays free.
    """
    if count == 0:
        return ()
    across, down = size[0], size[1] - strip(size)
    columns = max(range(1, count + 1), key=lambda n: min(across / n, down / math.ceil(count / n)))
    width, height = across // columns, down // math.ceil(count / columns)
    gap = _even(min(size) // 60)
    places = [divmod(number, columns) for number in range(count)]
    return tuple(
        Panel(
            _even(column * width + gap),
            _even(row * height + strip(size)),
            _even(width - 2 * gap),
            _even(height - strip(size)),
        )
        for row, column in places
    )


def strip(size: tuple[int, int]) -> int:
    """Height of a line of names."""
    return _even(min(size) // 16)


def render(shot: Shot, inputs: Sequence[Input], folder: Path) -> Path:
    """Make the MP4; raises ``ToolFailedError`` when a reference does not decode."""
    shown = [one for one in inputs if one.field != "audio_urls"]
    heard = [one for one in inputs if one.field == "audio_urls"]
    places = panels(len(shown), shot.size)
    board = folder / "board.png"
    _draw(board, shot.size, list(zip(shown, places, strict=True)), heard)
    moving = [(i, p) for i, p in zip(shown, places, strict=True) if i.field == "video_urls"]
    target = folder / "out.mp4"
    run(_argv(shot, board, moving, heard, target), bounds=BOUNDS, writes=[target])
    return target


def _draw(
    target: Path,
    size: tuple[int, int],
    shown: Sequence[tuple[Input, Panel]],
    heard: Sequence[Input],
) -> None:
    from PIL import Image, ImageDraw, ImageFont

    board = Image.new("RGB", size, BACKGROUND)
    pen = ImageDraw.Draw(board)
    font = ImageFont.load_default(strip(size) * 0.7)
    pen.text((strip(size) // 2, size[1] - strip(size)), _footer(heard), INK, font)
    for one, place in shown:
        pen.text((place.x, place.y - strip(size)), one.tag, INK, font)
        if one.field == "image_urls":
            still = _still(one.path, place)
            left = place.x + (place.width - still.width) // 2
            board.paste(still, (left, place.y + (place.height - still.height) // 2))
    board.save(target)


def _footer(heard: Sequence[Input]) -> str:
    return "  ".join(["local service", *(one.tag for one in heard)])


def _still(path: Path, place: Panel) -> Image.Image:
    """The picture upright, on the background where it is transparent, scaled into its place."""
    from PIL import Image, ImageOps

    room = max(place.width, place.height)
    with Image.open(path) as opened:
        opened.draft("RGB", (room, room))  # a large JPEG is decoded at a fraction of its size
        upright = ImageOps.exif_transpose(opened)
        picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    fitted = ImageOps.contain(picture, (place.width, place.height)).convert("RGBA")
    flat = Image.new("RGBA", fitted.size, (*BACKGROUND, 255))
    flat.alpha_composite(fitted)
    return flat.convert("RGB")


def _argv(
    shot: Shot,
    board: Path,
    moving: Sequence[tuple[Input, Panel]],
    heard: Sequence[Input],
    target: Path,
) -> list[str]:
    length = str(shot.seconds)
    argv = [ffmpeg(), "-hide_banner", "-nostdin", "-y", "-protocol_whitelist", "file,pipe"]
    argv += ["-f", "png_pipe", "-i", f"file:{board}"]
    sounds = list(heard) if shot.sound else []
    for one in [*(one for one, _ in moving), *sounds]:
        repeat = ["-stream_loop", "-1"] if one.field == "video_urls" else []
        argv += ["-protocol_whitelist", "file,pipe", *repeat, "-t", length]
        argv += ["-f", DEMUXERS[str(sniff(one.path))], "-i", f"file:{one.path}"]
    graph = [*_picture_graph([place for _, place in moving])]
    argv += ["-filter_complex", ";".join(graph + _sound_graph(shot, len(moving) + 1, len(sounds)))]
    argv += ["-map", "[picture]", *(["-map", "[sound]"] if shot.sound else []), *_encoding(shot)]
    return [*argv, "-t", length, "-f", "mp4", str(target)]


def _encoding(shot: Shot) -> list[str]:
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12" if shot.fine else "20"]
    video += ["-pix_fmt", "yuv420p", "-r", str(FRAME_RATE), "-movflags", "+faststart"]
    audio = ["-c:a", "aac", "-b:a", "128k", "-ac", "1", "-ar", "44100"] if shot.sound else []
    return [*video, *audio, "-map_metadata", "-1", "-map_chapters", "-1"]


def _picture_graph(places: Sequence[Panel]) -> list[str]:
    """Each moving reference scaled into its place, laid over the board one after the other."""
    still = f"format=yuv420p,loop=loop=-1:size=1,setpts=N/{FRAME_RATE}/TB,fps={FRAME_RATE}"
    graph, below = [f"[0:v]{still}[board]"], "board"
    for number, place in enumerate(places, start=1):
        fit = f"{place.width}:{place.height}:force_original_aspect_ratio=decrease"
        graph.append(
            f"[{number}:V:0]fps={FRAME_RATE},scale={fit}:force_divisible_by=2,setsar=1,"
            f"format=yuv420p[v{number}]"
        )
        centre = f"{place.x}+({place.width}-overlay_w)/2:{place.y}+({place.height}-overlay_h)/2"
        graph.append(f"[{below}][v{number}]overlay={centre}:eof_action=repeat[b{number}]")
        below = f"b{number}"
    return [*graph, f"[{below}]format=yuv420p[picture]"]


def _sound_graph(shot: Shot, first: int, count: int) -> list[str]:
    if not shot.sound:
        return []
    if count == 0:
        return [f"sine=frequency=220:duration={shot.seconds},volume=0.2[sound]"]
    names = "".join(f"[{first + number}:a:0]" for number in range(count))
    return [f"{names}amix=inputs={count}:duration=longest,apad=whole_dur={shot.seconds}[sound]"]


def _even(value: int) -> int:
    return value // 2 * 2
