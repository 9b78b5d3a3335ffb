"""Stage 1: bytes to facts. Every fact is read from the content, never from the name.

files -> sniff -> pillow                       a still picture
               -> boxes + mediainfo (+ packets)    a video or a sound
               -> animation                    a GIF, APNG or WebP that shall be a video
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ..core.media import AudioFacts, Facts, Fault, ImageFacts, Media, VideoFacts
from ..core.request import Asset, Kind
from ..core.units import plural
from . import behind
from .faults import UnusableError
from .files import opened
from .formats import ISO, MOVING, Sniffed, known
from .packets import Packets, packets
from .parts import Missing, Ranges, watching
from .sniff import HEAD, id3_end, sniff
from .timeline import marks

__all__ = ["Missing", "Packets", "marks", "packets", "probe", "probe_each", "probe_parts"]

POSED = frozenset({"html", "text", "zeros"})
"""What may stand in front of media, and be taken for all that there is."""


def probe(asset: Asset, path: Path) -> Media:
    """Read the facts of one file.

    Never raises for what is wrong with the file: that is ``Media.problem``. Raises
    ``ToolMissingError`` when MediaInfo's library, or the ffmpeg that a fact needs, is not there.
    """
    media = Media(asset=asset, kind=asset.kind, path=path)
    try:
        with opened(path) as (file, size):
            return _probed(media, file, size)
    except UnusableError as error:
        return replace(media, problem=error.problem)


def probe_parts(asset: Asset, path: Path, have: Ranges) -> Media | Missing:
    """As ``probe``, of a file with holes; what is missing when the facts depend on more.

    ``have`` are the ranges that are there: first byte and the one behind the last.
    """
    with watching(have) as watch:
        media = probe(asset, path)
    return watch.missed[0] if watch.missed else media


def probe_each(files: Sequence[tuple[Asset, Path]]) -> tuple[Media, ...]:
    """Read the facts of several files, one after the other. Raises as ``probe``."""
    return tuple(probe(asset, path) for asset, path in files)


def _probed(media: Media, file: BinaryIO, size: int) -> Media:
    sniffed = _sniffed(file)
    assert media.path is not None
    try:
        facts = _facts(file, size, media.path, sniffed, media.asset.kind)
    except UnusableError as error:
        return replace(media, kind=media.kind or sniffed.kind, problem=error.problem)
    return replace(media, kind=_kind(facts), facts=facts)


def _sniffed(file: BinaryIO) -> Sniffed:
    head = file.read(HEAD)
    tag = id3_end(head)
    file.seek(tag)
    found = sniff(head, file.read(HEAD) if tag else b"")
    if found is None or found.container in POSED:
        return _behind(file, found)
    return replace(found, tag=tag)


def _behind(file: BinaryIO, found: Sniffed | None) -> Sniffed:
    """What starts behind bytes that are no media, if ffmpeg will find it by itself."""
    file.seek(0)
    head = file.read(behind.SEARCHED)
    if stream := behind.entered(head):
        return replace(known(stream[0]), tag=stream[1])
    if late := behind.stands(head):
        raise _late(head, *late)
    if found is not None:
        return found
    says = f"is in no format that is known here (it begins with the bytes {head[:8].hex(' ')})"
    raise UnusableError(Fault.NOT_MEDIA, says)


def _late(head: bytes, what: str, at: int) -> UnusableError:
    return UnusableError(
        Fault.NOT_MEDIA,
        f"begins with {plural(at, 'byte')} that are no media ({head[: min(at, 8)].hex(' ')});"
        f" {what} starts behind them",
        f"fetch or export the file again, or cut off what stands in front"
        f" (`tail -c +{at + 1} FILE > NEW`)",
    )


def _kind(facts: Facts) -> Kind:
    if isinstance(facts, ImageFacts):
        return Kind.IMAGE
    return Kind.VIDEO if isinstance(facts, VideoFacts) else Kind.AUDIO


def _facts(file: BinaryIO, size: int, path: Path, sniffed: Sniffed, wanted: Kind | None) -> Facts:
    if sniffed.fault:
        raise UnusableError(sniffed.fault, sniffed.says or "cannot be used", sniffed.remedy)
    if sniffed.kind is Kind.IMAGE:
        return _picture(file, size, path, sniffed, wanted)
    return _tracks(file, size, path, sniffed, wanted)


def _picture(file: BinaryIO, size: int, path: Path, sniffed: Sniffed, wanted: Kind | None) -> Facts:
    from .moving import moving_facts
    from .personal import named
    from .pillow import image_facts

    if wanted is Kind.AUDIO:
        raise UnusableError(Fault.WRONG_KIND, "is a picture, and no sound is in it")
    still = image_facts(file, size, sniffed)
    if wanted is not Kind.VIDEO:
        return named(still, file)
    if sniffed.container in ISO and (still.frames or 1) > 1:
        return _tracks(file, size, path, replace(sniffed, demuxer="mov"), wanted)
    moving = moving_facts(file, size, sniffed) if sniffed.container in MOVING else None
    if moving is None:
        raise UnusableError(Fault.WRONG_KIND, "is a still picture, not a video")
    return moving


def _tracks(
    file: BinaryIO, size: int, path: Path, sniffed: Sniffed, wanted: Kind | None
) -> VideoFacts | AudioFacts:
    from .listed import listed_video
    from .sound import audio_facts, listed_facts
    from .tracks import read
    from .video import video_facts

    source = read(file, size, path, sniffed)
    if source.picture and wanted is not Kind.AUDIO:
        if wanted is Kind.IMAGE:
            raise UnusableError(Fault.WRONG_KIND, "is a video, not a still picture")
        return video_facts(source, source.picture)
    if wanted in (Kind.IMAGE, Kind.VIDEO) and source.sound:
        raise UnusableError(Fault.WRONG_KIND, "holds sound only, and no moving picture")
    if source.sound:
        return audio_facts(source, source.sound)
    if source.picture:
        raise UnusableError(Fault.WRONG_KIND, "is a video without sound")
    moving = None if wanted is Kind.AUDIO else listed_video(source)
    return moving or listed_facts(source)
