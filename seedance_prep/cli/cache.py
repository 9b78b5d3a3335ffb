"""``cache``: what is kept of files that were read and made before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from . import show
from .about import JSON

if TYPE_CHECKING:
    from ..cache import Stats


@click.group()
def cache() -> None:
    """Say what the cache holds, or empty it.

    It is used with --cache, and by batches. SEEDANCE_PREP_CACHE_MAX (default 2GB; 0 for none) is
    how large it may grow; what was not used for longest goes first.
    """


@cache.command()
@JSON
def stats(as_json: bool) -> None:
    """How much it holds, and how much it may."""
    from ..cache import opened

    with opened() as kept:
        found = kept.stats()
    if as_json:
        show.line(_document(found))
    else:
        show.say(_told(found))


@cache.command()
@JSON
def clear(as_json: bool) -> None:
    """Throw everything out; what is needed again is made again."""
    from ..cache import opened

    with opened() as kept:
        before = kept.stats()
        kept.clear()
        after = kept.stats()
    freed = before.bytes - after.bytes
    if as_json:
        show.line({"freed": freed, **_document(after)})
    else:
        from ..core.units import megabytes

        show.say(f"threw out {megabytes(freed)}")


def _document(found: Stats) -> dict[str, Any]:
    return {
        "entries": found.entries,
        "files": found.files,
        "bytes": found.bytes,
        "max_bytes": found.max_bytes,
    }


def _told(found: Stats) -> str:
    from ..core.units import megabytes, plural

    if not found.max_bytes:
        return "the cache is off (SEEDANCE_PREP_CACHE_MAX=0)"
    answers = plural(found.entries, "answer")
    used, most = megabytes(found.bytes), megabytes(found.max_bytes)
    return f"{answers} and {plural(found.files, 'file')}: {used} of {most}"
