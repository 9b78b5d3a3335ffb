"""Pictures and waveforms for a report: few, small, and made quickly."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

from PIL import Image

from .. import process
from ..core.album import Album, Views
from ..core.media import AudioFacts, Facts, ImageFacts, Media, VideoFacts
from ..core.outcome import Output, Report
from ..core.plan import Action, Window
from ..core.request import Kind
from ..errors import ToolFailedError
from ..fixes.icc import to_srgb
from ..fixes.reading import refusing, upright
from ..isolation import apart
from ..process import Leash, leash
from .frames import evenly, frames
from .hearing import samples
from .look import decoding

ASSETS_MAX = 12
"""Files that are shown; a request takes no more."""
SIDE = 640
THUMB = 112
CLOSE = 360
"""Longest sides, in pixels, of a picture, a thumbnail, and a part shown pixel for pixel."""
TILE = 160
TILES = 10
"""Longest side of a frame in a film, and how many there are."""
SIDE_BYTES, THUMB_BYTES, CLOSE_BYTES, FILM_BYTES = 72_000, 6_000, 48_000, 60_000
"""Most bytes of each: twelve files come to 3 MB at most, and a third more in a page."""
QUALITIES = (82, 65, 45, 25)
SHORT, WHOLE_MAX = 15.0, 0.6
"""Seconds of a clip, or of decoding it, up to which all of it is read; else only keyframes."""
DRAFT = 40_000_000
"""Pixels from which a still is decoded smaller where its format can, and not shown close."""
EARLY = 1.0
"""Seconds behind the start of what is kept at which a clip is shown before and after: behind most
fades, and in a new file not far from its first keyframe."""
HEARD_MAX = 600.0
"""Seconds of sound up to which a waveform is drawn."""
BARS = 300
STILL = process.Bounds(seconds=20.0, memory=4 * process.GIB)


def album(report: Report, jobs: int = 2) -> Album:
    """What a report can show of its first files, ``jobs`` at a time.

    What cannot be decoded, or is gone by now (a fetched URL), is left out. Raises
    ``ToolMissingError`` when there is no ffmpeg and it is needed.
    """
    shown = report.assets[:ASSETS_MAX]
    order = sorted(range(len(shown)), key=lambda at: shown[at].kind is not Kind.VIDEO)
    held = Leash()
    with ThreadPoolExecutor(jobs) as pool, held.pulled_on_error():
        futures: dict[int, Future[Views]] = {}
        for at in order:  # what takes longest first
            context = copy_context()
            context.run(leash.set, held)
            output = report.output_of(shown[at])
            kept = output.window if output else _planned(shown[at], report)
            futures[at] = pool.submit(context.run, _views, shown[at], output, kept)
        return Album(views=tuple(futures[at].result() for at in range(len(shown))))


def _planned(media: Media, report: Report) -> Window | None:
    """What would be kept; of a mere check, what the caller wants to keep."""
    asset = media.asset
    if report.before is None:
        end = float("inf") if asset.end is None else asset.end
        return Window(asset.start or 0.0, end) if asset.windowed else None
    steps = report.plan.steps if report.plan else ()
    return next((step.window for step in steps if step.media is media), None)


def _views(media: Media, output: Output | None, kept: Window | None) -> Views:
    path = media.path if media.path and media.path.is_file() else None
    made = output if output and (path is None or output.action is not Action.UNTOUCHED) else None
    match media.facts:
        case ImageFacts() as facts:
            return _still(facts, path, made, closely=output is None or made is not None)
        case VideoFacts() as facts:
            return _moving(facts, path, made, kept)
        case AudioFacts() as facts if path:
            return Views(sound=heights(facts, path))
    return Views()


# Stills ------------------------------------------------------------------------------------------


def _still(facts: ImageFacts, path: Path | None, made: Output | None, *, closely: bool) -> Views:
    before = stills(facts, path, close=closely) if path else ()
    after = stills(made.facts, made.path) if made and isinstance(made.facts, ImageFacts) else ()
    thumb, whole, close = before or (None, None, None)
    other, whole_after, close_after = after or (None, None, None)
    return Views(
        thumb=thumb or other,
        before=whole,
        after=whole_after,
        close_before=close,
        close_after=close_after,
    )


def stills(facts: ImageFacts, path: Path, *, close: bool = True) -> tuple[bytes | None, ...]:
    """Thumbnail, whole picture and centre (``close``); nothing of what cannot be decoded."""
    try:
        return apart(_pictures, path, facts, close, reads=[path], bounds=STILL)
    except ToolFailedError:
        return ()


def _pictures(path: Path, facts: ImageFacts, closely: bool) -> tuple[bytes | None, ...]:
    side = max(facts.width or 1, facts.height or 1)
    small = not closely or (facts.width or 0) * (facts.height or 0) > DRAFT
    with refusing():
        picture, profile = upright(path, facts, min(1.0, SIDE / side) if small else 1.0)
        close = None if small else _on_white(to_srgb(_centre(picture), profile)[0])
        picture.thumbnail((SIDE, SIDE), reducing_gap=2.0)
        whole = _on_white(to_srgb(picture, profile)[0])
    inside = close if close and max(facts.width or 0, facts.height or 0) > CLOSE else None
    return (
        jpeg(_thumb(whole), THUMB_BYTES),
        jpeg(whole, SIDE_BYTES),
        jpeg(inside, CLOSE_BYTES) if inside else None,
    )


def _centre(picture: Image.Image) -> Image.Image:
    width, height = min(CLOSE, picture.width), min(CLOSE, picture.height)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear)
    return white


def jpeg(picture: Image.Image, most: int) -> bytes:
    """In so many bytes at most: at the best quality that fits, then smaller."""
    while True:
        for quality in QUALITIES:
            target = io.BytesIO()
            picture.save(target, "JPEG", quality=quality)
            if target.tell() <= most:
                return target.getvalue()
        picture = picture.resize((max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4)))


# Clips -------------------------------------------------------------------------------------------


def _moving(
    facts: VideoFacts, path: Path | None, made: Output | None, kept: Window | None
) -> Views:
    whole = facts.duration or 0.0
    start, end = (kept.start, min(kept.end, whole)) if kept else (0.0, whole)
    tiles = film(facts, path) if path else []
    before, shift = _early(tiles, Window(start, end))
    if path and before is None:
        before = _frame(facts, path, start + shift)
    after = None
    if made and isinstance(made.facts, VideoFacts):
        after = _frame(made.facts, made.path, shift)
    shown = before or after
    return Views(
        thumb=jpeg(_thumb(shown), THUMB_BYTES) if shown else None,
        before=jpeg(before, SIDE_BYTES) if before else None,
        after=jpeg(after, SIDE_BYTES) if after else None,
        film=jpeg(strip([one for _, one in tiles]), FILM_BYTES) if tiles else None,
        sound=heights(facts, path) if path else (),
    )


def _frame(facts: VideoFacts, path: Path, time: float) -> Image.Image | None:
    return next(iter(frames(facts, path, [time], SIDE)), None)


def _thumb(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((THUMB, THUMB))
    return small


def _early(
    tiles: Sequence[tuple[float | None, Image.Image]], kept: Window
) -> tuple[Image.Image | None, float]:
    """A frame near :data:`EARLY` of what is kept, and how far behind the start; or that place."""
    place = min(EARLY, kept.length / 2)
    inside = [
        (abs(time - kept.start - place), time - kept.start, tile)
        for time, tile in tiles
        if time is not None and kept.start <= time < kept.end
    ]
    if not inside:
        return None, max(0.0, place)
    _, shift, tile = min(inside, key=lambda one: one[0])
    return tile, shift


def film(
    facts: VideoFacts, path: Path, count: int = TILES
) -> list[tuple[float | None, Image.Image]]:
    """Frames of a film with their times.

    Of long clips it is the keyframes before those times that are seen, and no time is told.
    """
    whole = facts.picture_duration or facts.duration
    if not whole or not 0 < whole < float("inf"):
        return []
    times = [whole * number / count for number in range(count)]
    if whole <= SHORT or decoding(facts, whole) * whole <= WHOLE_MAX:
        return evenly(facts, path, whole, count, SIDE)
    return [(None, tile) for tile in frames(facts, path, times, TILE, exact=False)]


def strip(tiles: Sequence[Image.Image], count: int = TILES) -> Image.Image:
    """So many side by side; where the last are missing, the last one that is there."""
    scale = min(1.0, TILE / max(tiles[0].size))
    width, height = (max(1, round(side * scale)) for side in tiles[0].size)
    small = [tile.resize((width, height), Image.Resampling.BOX) for tile in tiles]
    joined = Image.new("RGB", (width * count, height))
    for number in range(count):
        joined.paste(small[min(number, len(small) - 1)], (number * width, 0))
    return joined


# Sound -------------------------------------------------------------------------------------------


def heights(facts: Facts, path: Path, most: int = BARS) -> tuple[float, ...]:
    """The peaks from start to end, 0 to 1, in ``most`` parts; none of what is too long."""
    whole = getattr(facts, "duration", None) or 0.0
    if not isinstance(facts, VideoFacts | AudioFacts) or not 0 < whole <= HEARD_MAX:
        return ()
    heard = samples(facts, path, 0.0, whole)
    per = max(1, -(-len(heard) // most))
    parts = (heard[at : at + per] for at in range(0, len(heard), per))
    bars = [max(max(part), -min(part)) for part in parts]
    loudest = max([*bars, 1])
    return tuple(round(bar / loudest, 3) for bar in bars)
