"""Stage 4: a step of the plan -> a :class:`Draft`, a private file that the caller proves.

Sources are only ever read. Whatever fails here leaves no file behind.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.plan import AudioRecipe, ImageRecipe, Step, StripRecipe, VideoRecipe
from ..core.request import Kind
from ..errors import ToolFailedError, UsageError
from ..private import regular
from .draft import Draft, written

if TYPE_CHECKING:
    from ..core.media import VideoFacts
    from .promise import Decoded

__all__ = ["Draft", "decodes", "make", "plays", "untouched"]

Told = Callable[[float], None]
BLOCK = 1 << 20
EXTENSIONS = {"jpeg": "jpg", "mov": "mov", "mp4": "mp4"}


def make(
    step: Step,
    folder: Path,
    *,
    on_progress: Told | None = None,
    rate_factor: float = 1.0,
) -> Draft:
    """Carry out a step's recipe in ``folder``, which must be on the disk of the final target.

    ``on_progress`` is told the share done, 0 to 1, never falling. ``rate_factor`` under 1 asks for
    that share of the bytes that the recipe allows. Raises ``ToolFailedError`` when the media
    cannot be decoded or made, ``MachineError`` when this machine cannot write or lacks a tool.
    """
    told = on_progress or _silent
    match step.recipe:
        case VideoRecipe():
            from .video import make_video

            return make_video(step, step.recipe, folder, told, rate_factor)
        case ImageRecipe():
            from .still import make_still

            return make_still(step, step.recipe, folder, told, rate_factor)
        case StripRecipe() if step.media.kind is Kind.AUDIO:
            from . import tags

            return tags.make_stripped(step, folder, told)
        case StripRecipe():
            from .still import make_stripped

            return make_stripped(step, folder, told)
        case AudioRecipe():
            from .sound import make_sound

            return make_sound(step, step.recipe, folder, told)
    raise UsageError("a step without a recipe leaves the bytes as they are: nothing to make")


def _silent(_share: float) -> None:
    """Nobody listens."""


def plays(path: Path, facts: VideoFacts) -> None:
    """Decode a video that stays as it is. Raises ``ToolFailedError`` when much of it is missing."""
    from .decode import decode_foreign

    decode_foreign(path, facts)


def untouched(step: Step, folder: Path) -> Draft:
    """The very same bytes, as a draft. Raises ``OutputError`` when they cannot be written.

    Raises ``OSError`` when there is no file any more to read them from.
    """
    assert step.media.path is not None
    assert step.media.facts is not None
    container = step.media.facts.container
    with regular(step.media.path) as source:

        def copy(path: Path) -> None:
            with path.open("wb") as target:
                shutil.copyfileobj(source, target, BLOCK)

        return written(folder, EXTENSIONS.get(container, container), "a copy", copy)


def decodes(
    path: Path,
    demuxer: str | None,
    kind: str | None,
    *,
    on_progress: Told | None = None,
    seconds: float | None = None,
) -> Decoded:
    """Decode a finished file whole, and say what it held.

    Raises ``ToolFailedError`` when that fails or yields nothing. ``demuxer`` is ffmpeg's for the
    file's bytes; without one Pillow must be able to open it. ``on_progress`` is told the share
    done of ``seconds``, the file's length.
    """
    from .decode import decode_moving, decode_still
    from .promise import Decoded

    if demuxer is None and kind in ("video", "audio"):
        raise ToolFailedError(("ffmpeg",), "found next to nothing to decode in the source")
    if demuxer is not None:
        return decode_moving(path, demuxer, kind, told=on_progress, seconds=seconds)
    decode_still(path)
    return Decoded()
