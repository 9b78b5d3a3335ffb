"""What was found and made once, by content: probes, closer looks and finished files.

Nothing here is needed: whatever is missing, broken or locked is found or made anew, and no fault of
the cache ends a run. It holds digests, facts and finished files; never a name or path of the
user's, and never a key.

    stamps -> digest of a file that has not changed, without reading it
    keys   -> content + what was asked + who answers (this package, its readers, its ffmpeg)
    index  -> one sqlite file, safe with several processes
    files  -> finished files by digest, checked when they are taken out
"""

from __future__ import annotations

from pathlib import Path

from .settings import folder_of, max_bytes
from .store import Cache, Stats
from .stored import Stored

__all__ = ["Cache", "Stats", "Stored", "folder_of", "max_bytes", "opened"]


def opened() -> Cache:
    """The cache of this user, as large as ``SEEDANCE_PREP_CACHE_MAX`` says; close it after use.

    A user without a home has none. Raises ``UsageError`` when that is no size.
    """
    size = max_bytes()
    try:
        return Cache(folder_of(), size)
    except (RuntimeError, KeyError):
        return Cache(Path(), 0)
