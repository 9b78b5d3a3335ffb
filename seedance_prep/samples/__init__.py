"""Media for the demo, made by ``scripts/make-fixtures``: a photo, a phone video, a voice note."""

from __future__ import annotations

from pathlib import Path

__all__ = ["paths"]


def paths() -> tuple[Path, Path, Path]:
    """The image, the video and the sound, in the order in which the demo sends them."""
    image, video, sound = (Path(__file__).parent / name for name in _NAMES)
    return image, video, sound


_NAMES = ("beach.heic", "phone.mov", "voice.m4a")
