"""Names of entries: content, what was asked of it, and who answers."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..core.version import __version__

READERS = ("pillow", "pillow-heif", "pymediainfo", "pydub")
"""Packages whose word goes into facts or finished files."""


def key(*parts: object) -> str:
    """One name for all of it; parts are values whose ``repr`` says all that they are."""
    return hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()


@cache
def answerer() -> str:
    """Package and readers of today; its sources as well, for a checkout under work is another."""
    told = [f"seedance_prep {__version__} {_sources()}", *map(_release, READERS)]
    return "; ".join(told)


@cache
def bundled(ffmpeg: Path) -> str | None:
    """The release of an ffmpeg that came with its package; ``None`` for any other."""
    import imageio_ffmpeg

    package = Path(imageio_ffmpeg.__file__).resolve().parent
    inside = package in ffmpeg.resolve().parents
    return f"{_release('imageio-ffmpeg')} {ffmpeg.name}" if inside else None


def _release(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} -"


def _sources() -> str:
    """Digest of the code and the limits beside it."""
    found, package = hashlib.sha256(), Path(__file__).parents[1]
    for path in sorted((*package.rglob("*.py"), *package.rglob("*.toml"))):
        found.update(path.relative_to(package).as_posix().encode() + b"\0")
        with suppress(OSError):  # gone meanwhile
            found.update(path.read_bytes())
    return found.hexdigest()[:16]
