"""Operations as people read them: ``trim 3.000-9.500 s``, ``scale 1080x1920 -> 720x1280``."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.colours import unlike_srgb
from ..core.media import AudioFacts, ImageFacts, VideoFacts
from ..core.plan import AudioRecipe, ImageRecipe, Size, VideoRecipe, Window
from ..core.sounds import sound_rate
from ..core.units import megabytes, rate, ratio_text
from .formats import surely_fits


def video_words(before: VideoFacts, recipe: VideoRecipe, after: VideoFacts) -> Iterator[str]:
    """What one encode does to a video, in the order it is done."""
    how = "loop" if recipe.loop else "hold the last frame"
    yield from _length(recipe.window, recipe.length, how)
    if before.interlaced:
        yield "deinterlace"
    if before.mirrored:
        yield "mirror"
    if before.rotation:
        yield f"rotate {before.rotation}"
    if before.sar is not None and before.sar != 1:
        yield f"pixels {ratio_text(before.sar)} -> 1:1"
    yield from _size(_shown(before.width, before.height), recipe)
    yield from _rate(before, after)
    yield from _colour(before)
    yield from _changed(before.codec, after.codec)
    yield from _changed(before.container, after.container)
    if before.audio and after.audio:
        yield from _changed(before.audio.codec, after.audio.codec)
    if recipe.max_bytes is not None and recipe.max_bytes <= _kept_bytes(before, after):
        yield f"at most {megabytes(recipe.max_bytes)}"


def _kept_bytes(before: VideoFacts, after: VideoFacts) -> float:
    """Bytes of the part that is kept, as it is stored now."""
    if not before.duration or after.duration is None:
        return before.bytes
    return before.bytes * min(1.0, after.duration / before.duration)


def image_words(before: ImageFacts, recipe: ImageRecipe, after: ImageFacts) -> Iterator[str]:
    """What one encode does to a still."""
    if before.orientation not in (None, 1):
        yield "upright"
    yield from _size(_shown(before.width, before.height), recipe)
    if before.frames is not None and before.frames > 1:
        yield "keep the first picture"
    if before.bits is not None and before.bits > 8:
        yield f"{before.bits} bit -> 8 bit"
    if name := unlike_srgb(before.icc, before.colours) or _inks(before):
        yield f"{name} -> sRGB"
    yield from _written(before, recipe, _shown(after.width, after.height))
    if recipe.max_bytes is not None and recipe.max_bytes <= before.bytes:
        yield f"under {megabytes(recipe.max_bytes)}"


def _inks(before: ImageFacts) -> str | None:
    return before.mode if before.mode in ("CMYK", "LAB") else None


def _written(before: ImageFacts, recipe: ImageRecipe, final: Size | None) -> Iterator[str]:
    """The new format. Whether a large picture fits without loss only its encode shows."""
    exact = recipe.format == "png" or recipe.lossless_bytes is not None
    if exact and not surely_fits(final, before.alpha, recipe.aim_bytes or 0):
        other = "webp or jpeg" if before.alpha else "jpeg"
        source = "" if before.container == recipe.format else f"{before.container} -> "
        yield f"{source}{recipe.format} if it fits without loss, else {other}"
    else:
        yield from _changed(before.container, recipe.format)
    if recipe.keep_metadata:
        yield "keep the metadata"


def audio_words(before: AudioFacts, recipe: AudioRecipe, after: AudioFacts) -> Iterator[str]:
    """What one encode does to a sound."""
    yield from _length(recipe.window, recipe.length, "add silence")
    if (before.channels or 0) > 2:
        yield f"{before.channels} channels -> 2"
    rate = sound_rate(before.sample_rate)
    if before.sample_rate and before.sample_rate != rate:
        yield f"{before.sample_rate} Hz -> {rate} Hz"
    if before.faulty:
        yield "keep what can be decoded"
    if before.container == after.container:
        yield from _changed(before.codec, after.codec)
    else:
        yield from _changed(before.container, after.container)


def sound_words(before: AudioFacts, recipe: AudioRecipe) -> Iterator[str]:
    """What a copy of a sound leaves out, and what it keeps."""
    wav = recipe.format == "wav"
    if recipe.window:
        how = "by samples" if wav else "between frames"
        yield f"cut {recipe.window.start:.3f}-{recipe.window.end:.3f} s {how}"
    elif before.cover:
        yield "leave out the cover"
    else:
        yield "write the header anew"
    yield "samples kept" if wav else "sound kept bit for bit"


def copy_words(before: VideoFacts, recipe: VideoRecipe, after: VideoFacts) -> Iterator[str]:
    """What a copy into a new container does, and what it keeps."""
    if recipe.window:
        yield f"cut {recipe.window.start:.3f}-{recipe.window.end:.3f} s between keyframe and packet"
    elif before.container == after.container and not recipe.sound_anew:
        yield "take the metadata out"  # nothing else could be the reason
    yield from _changed(before.container, after.container)
    if recipe.sound_anew and before.audio and after.audio:
        yield from _changed(before.audio.codec, after.audio.codec)
    both = after.audio and not recipe.sound_anew
    yield f"picture{' and sound' if both else ''} kept bit for bit"


def _length(window: Window | None, length: float | None, how: str) -> Iterator[str]:
    if window:
        yield f"trim {window.start:.3f}-{window.end:.3f} s"
    if length is not None:
        yield f"{how} to {length:.3f} s"


def _shown(width: int | None, height: int | None) -> Size | None:
    return Size(width, height) if width and height else None


def _size(shown: Size | None, recipe: VideoRecipe | ImageRecipe) -> Iterator[str]:
    if recipe.crop:
        box = recipe.crop
        shown = Size(box.width, box.height)
        yield f"crop to {shown} at {box.x},{box.y}"
    if recipe.size:
        yield f"scale {shown} -> {recipe.size}"
    if recipe.canvas:
        yield f"pad to {recipe.canvas}"


def _rate(before: VideoFacts, after: VideoFacts) -> Iterator[str]:
    if after.fps is None or (before.fps == after.fps and not before.vfr):
        return
    was = "unknown rate" if before.fps is None else rate(before.fps)
    yield f"{was}{' vfr' if before.vfr else ''} -> {rate(after.fps)}"


def _colour(before: VideoFacts) -> Iterator[str]:
    if before.hdr:
        yield f"{before.hdr} -> bt709"
    if before.bits and before.bits > 8:
        yield f"{before.bits} bit -> 8 bit"
    if before.chroma not in (None, "4:2:0"):
        yield f"{before.chroma} -> 4:2:0"


def _changed(before: str | None, after: str | None) -> Iterator[str]:
    if after is not None and before != after:
        yield f"{before or 'unknown'} -> {after}"
