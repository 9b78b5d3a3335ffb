"""Probe files in processes of their own: what a stranger's bytes do there stays there."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from itertools import chain
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from .core.media import Fault, Media, Problem
from .core.request import Asset
from .errors import OutputError, ToolFailedError
from .isolation import apart, ready
from .process import GIB, Bounds, Leash, ending, leash, whole

__all__ = ["read", "read_all", "read_known", "read_parts", "ready", "stamped"]

if TYPE_CHECKING:
    from .cache import Cache
    from .storage import Parts

BOUNDS = Bounds(seconds=300.0, memory=4 * GIB)
SHARED = Bounds(seconds=10.0, memory=4 * GIB)
"""Of a process that reads several files: honest ones of their size are done in a moment."""
SMALL = 32 << 20
"""Bytes up to which a file is read together with others: most of its time would go into the
making of a process.
"""
TOGETHER = 8
"""Files that share a process at most."""
NOBODY = Asset("-")
"""Stands for a file whose name the cache shall not hold."""
BEGINNING = 4
"""Blocks at the beginning of a file in which most of what readers ask for is."""
AHEAD = 8 << 20
"""Bytes at most that are fetched ahead of a reader who goes on and on."""
TURNS = 40
"""Times that a file is looked at, with more of it each time, before it is fetched whole."""
PASSING = frozenset({Fault.MISSING, Fault.NOT_A_FILE, Fault.NO_PERMISSION})
"""What is no matter of a file's content."""

Placed = tuple[Asset, Path]


def stamped(path: Path) -> tuple[int, ...] | None:
    """Device, number, bytes and time of change (ns) of a file; ``None`` when it is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def read(asset: Asset, path: Path) -> Media:
    """The facts of one file, as :func:`seedance_prep.probe.probe` finds them.

    A reader that falls, hangs or takes too much memory is a problem of the file. Raises
    ``ToolMissingError`` when what a fact needs is not installed.
    """
    try:
        (media,) = _read([(asset, path)], BOUNDS)
    except ToolFailedError as error:
        says = f"cannot be read: the {error}"
        problem = Problem(fault=Fault.DAMAGED, says=says)
        return Media(asset=asset, kind=asset.kind, path=path, problem=problem)
    return media


def read_all(files: Sequence[Placed], jobs: int, shared: Bounds = SHARED) -> list[Media]:
    """The facts of several files, in their order, ``jobs`` at a time. Raises as :func:`read`.

    Small ones share a process, within ``shared``. Where it falls, each of them is read in one of
    its own.
    """
    small = [at for at, (_, path) in enumerate(files) if _is_small(path)]
    count = min(len(small), max(jobs, ceil(len(small) / TOGETHER)))
    shares = [[at] for at in range(len(files)) if at not in small]
    shares += [small[first::count] for first in range(count)]  # files of a kind stand together
    found = _parallel([[files[at] for at in share] for share in shares], jobs, shared)
    by_place = dict(zip(chain(*shares), chain(*found), strict=True))
    return [by_place[at] for at in range(len(files))]


def read_known(files: Sequence[Placed], jobs: int, cache: Cache) -> list[Media]:
    """As :func:`read_all`, with digests; what the cache knows of is not read again."""
    digests = [cache.digest(path) for _, path in files]
    known = [_known(one, digest, cache) for one, digest in zip(files, digests, strict=True)]
    missing = [at for at, media in enumerate(known) if media is None]
    with whole() as cut:
        found = read_all([files[at] for at in missing], jobs)
    for at, media in zip(missing, found, strict=True):
        digest, (asset, path) = digests[at], files[at]
        if digest and not cut.is_set() and _lasting(media) and cache.digest(path) == digest:
            bare = replace(media, asset=NOBODY, path=None, stamp=None)
            cache.put(cache.key(digest, "facts", asset.kind), bare)
        known[at] = replace(media, sha256=digest) if media.facts else media
    return [media for media in known if media]


def _known(placed: Placed, digest: str | None, cache: Cache) -> Media | None:
    asset, path = placed
    media = cache.value(cache.key(digest, "facts", asset.kind)) if digest else None
    if not isinstance(media, Media):
        return None
    named = replace(media, asset=asset, path=path, stamp=stamped(path))
    return replace(named, sha256=digest) if media.facts else named


def _lasting(media: Media) -> bool:
    """Whether it is so because of what the file holds, and not because a reader fell."""
    return media.stamp is not None and (media.problem is None or media.problem.fault not in PASSING)


def read_parts(asset: Asset, parts: Parts | Problem) -> Media:
    """As :func:`read`, of a large file that is elsewhere: what the facts depend on is fetched.

    Where that is most of it, or would take too many turns, it is fetched whole.
    """
    from .fetch import stored
    from .probe import Missing, probe_parts
    from .storage import StoreError

    if isinstance(parts, Problem):
        return Media(asset=asset, kind=asset.kind, problem=parts)
    turns, ahead, behind = 0, parts.block, -1
    try:
        parts.fill(0, BEGINNING * parts.block)
        parts.fill(max(0, parts.bytes - parts.block), parts.bytes)
        while turns < TURNS and parts.fetched <= parts.bytes // 2:
            found = apart(
                probe_parts, asset, parts.path, parts.have, reads=[parts.path], bounds=BOUNDS
            )
            if isinstance(found, Media):
                stamp = stamped(parts.path)
                return replace(found, asset=asset, path=parts.path, stamp=stamp, partial=True)
            if not isinstance(found, Missing) or found.end is None:
                break
            ahead = min(2 * ahead, AHEAD) if found.start <= behind else parts.block
            behind = max(found.end, found.start + ahead)
            parts.fill(found.start, behind)
            turns += 1
    except ToolFailedError:  # whole, it may be another matter
        pass
    except StoreError as error:
        return Media(asset=asset, kind=asset.kind, problem=stored.problem(error))
    except OSError as error:
        raise OutputError(f"what is fetched cannot be written: {error.strerror}") from error
    whole = stored.completed(parts)
    if isinstance(whole, Problem):
        return Media(asset=asset, kind=asset.kind, problem=whole)
    return read(asset, whole)


def _parallel(shares: Sequence[Sequence[Placed]], jobs: int, shared: Bounds) -> list[list[Media]]:
    held = Leash()
    with ThreadPoolExecutor(jobs) as pool, held.pulled_on_error(), ending(held.pull):
        futures = []
        for share in shares:
            context = copy_context()
            context.run(leash.set, held)
            futures.append(pool.submit(context.run, _shared, share, shared))
        return [future.result() for future in futures]


def _is_small(path: Path) -> bool:
    stamp = stamped(path)
    return stamp is not None and stamp[2] <= SMALL


def _shared(files: Sequence[Placed], bounds: Bounds) -> list[Media]:
    if len(files) > 1:
        try:
            return _read(files, bounds)
        except ToolFailedError:  # by whichever of them
            pass
    return [read(*one) for one in files]


def _read(files: Sequence[Placed], bounds: Bounds) -> list[Media]:
    """What a fork says of files; which files those are, it does not say."""
    from .probe import probe_each

    paths = [path for _, path in files]
    stamps = [stamped(path) for path in paths]
    found = apart(probe_each, files, reads=paths, bounds=bounds)
    if len(found) != len(files) or not all(isinstance(one, Media) for one in found):
        raise ToolFailedError(("reader",), "answered what was not asked")
    pairs = zip(files, stamps, found, strict=True)
    return [
        replace(one, asset=asset, path=path, stamp=stamp) for (asset, path), stamp, one in pairs
    ]
