"""The tracks of a file, as its boxes and MediaInfo tell of them together, and which one counts.

Numbers follow ffmpeg's: ``0:v:N`` counts every picture stream in the file's order, cover art and
thumbnails too; ``0:a:N`` every sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..core.media import Fault
from ..core.units import megabytes
from . import movie as iso
from .boxes import BrokenBoxesError, Reader
from .faults import UnusableError, damaged
from .formats import ISO, Sniffed
from .lengths import declared_size
from .mediainfo import Report, Section, inspect
from .movie import IsoTrack, Movie
from .sniff import HEAD

TAG_MAX = 1 << 20
CUT = 1.02
"""How much longer than it is a file may declare itself to be."""
KINDS = ("Video", "Audio", "Text", "Other")
"""MediaInfo's kinds of tracks that ffmpeg takes into account for a file's start."""
STILLS = frozenset({"JPEG", "PNG", "BMP", "GIF", "Bitmap", "jpeg", "png", "mjpg", "MJPG"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One stream that could be *the* picture or *the* sound."""

    index: int
    """ffmpeg's position among streams of its type."""
    section: Section
    """MediaInfo's view; empty when it has none."""
    track: IsoTrack | None = None
    """The boxes' view, in ISO files."""

    @property
    def chosen_by_default(self) -> bool:
        """Whether the file marks it as the one to play."""
        if self.track:
            return self.track.enabled
        return self.section.text("Default") != "No"

    @property
    def area(self) -> int:
        """Stored pixels."""
        if self.track and self.track.entry.width:
            return self.track.entry.width * self.track.entry.height
        return (self.section.whole("Width") or 0) * (self.section.whole("Height") or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Everything that headers say about a file of tracks."""

    path: Path
    size: int
    sniffed: Sniffed
    report: Report
    movie: Movie | None
    picture: Candidate | None
    sound: Candidate | None
    sounds: int
    cover: bool
    head: bytes
    """The first bytes."""

    @property
    def others_first(self) -> bool:
        """Whether a track that is not chosen begins first, or may: only boxes tell when."""
        chosen = [each for each in (self.picture, self.sound) if each]
        if self.movie is None:
            return sum(self.general.whole(f"{one}Count") or 0 for one in KINDS) > len(chosen)
        starts = {track.id: iso.seconds_before(track) for track in self.movie.tracks}
        first = min((starts[each.track.id] for each in chosen if each.track), default=0.0)
        return any(starts[track.id] < first for track in self.movie.tracks if track.timing)

    @property
    def general(self) -> Section:
        """MediaInfo's view of the file as a whole."""
        return self.report.general


def read(file: BinaryIO, size: int, path: Path, sniffed: Sniffed) -> Source:
    """Read the headers. Raises ``UnusableError`` for what cannot be played at all."""
    movie = _movie(file, size) if sniffed.container in ISO else None
    file.seek(0)
    head = file.read(HEAD)
    _refuse_cut(declared_size(sniffed.container, head), size)
    report = inspect(path, sniffed.tag)
    boxed = movie is not None and any(track.handler for track in movie.tracks)
    pictures = _iso_pictures(movie, report) if movie and boxed else _pictures(report)
    sounds = _iso_sounds(movie, report) if movie and boxed else _sounds(report)
    real = [each for each in pictures if not _is_cover(each, movie, len(pictures) + len(sounds))]
    picture = max(real, key=lambda each: (each.chosen_by_default, each.area), default=None)
    sound = max(sounds, key=lambda each: each.chosen_by_default, default=None)
    _refuse_unplayable(movie, picture, sound, size)
    return Source(
        path=path,
        size=size,
        sniffed=sniffed,
        report=report,
        movie=movie if boxed else None,
        picture=picture,
        sound=sound,
        sounds=len(sounds),
        cover=_has_cover(movie, report, len(pictures) - len(real)) or _tagged(file, sniffed),
        head=head,
    )


def _movie(file: BinaryIO, size: int) -> Movie:
    try:
        movie = iso.read(Reader(file, size))
    except BrokenBoxesError as error:
        raise damaged(f"has a broken index: {error}") from error
    if movie is None and _is_piece(file):
        raise UnusableError(
            Fault.DAMAGED,
            "is a segment of a stream, without the header that tells how to decode it",
            "put the stream's first part (its init segment) in front, or download it as a whole",
        )
    if movie is None:
        raise damaged("has no index (moov box): the recording or the download was cut off")
    return movie


def _is_piece(file: BinaryIO) -> bool:
    file.seek(4)
    return file.read(4) in (b"styp", b"sidx", b"moof")


def _iso_pictures(movie: Movie, report: Report) -> list[Candidate]:
    tracks = [track for track in movie.tracks if track.handler in iso.PICTURES]
    return [_joined(n, track, report) for n, track in enumerate(tracks, movie.cover_first)]


def _iso_sounds(movie: Movie, report: Report) -> list[Candidate]:
    tracks = [track for track in movie.tracks if track.handler == "soun"]
    return [_joined(n, track, report) for n, track in enumerate(tracks)]


def _joined(index: int, track: IsoTrack, report: Report) -> Candidate:
    sections = (*report.video, *report.audio, *report.image)
    same = (section for section in sections if section.whole("ID") == track.id)
    return Candidate(index=index, section=next(same, Section({})), track=track)


def _pictures(report: Report) -> list[Candidate]:
    return [Candidate(index=n, section=section) for n, section in enumerate(report.video)]


def _sounds(report: Report) -> list[Candidate]:
    return [Candidate(index=n, section=section) for n, section in enumerate(report.audio)]


def _is_cover(picture: Candidate, movie: Movie | None, streams: int) -> bool:
    """Thumbnails of chapters, and a lone still beside other streams."""
    track = picture.track
    if track and movie and any(track.id in other.chapters for other in movie.tracks):
        return True
    named = track.entry.fourcc if track else picture.section.text("Format")
    frames = track.timing.frames if track and track.timing else picture.section.whole("FrameCount")
    return streams > 1 and named in STILLS and frames is not None and frames <= 1


def _has_cover(movie: Movie | None, report: Report, left_out: int) -> bool:
    told = report.general.text("Cover") == "Yes"
    return told or left_out > 0 or bool(report.image) or (movie is not None and movie.cover)


def _tagged(file: BinaryIO, sniffed: Sniffed) -> bool:
    """Whether an ID3 tag in front of a sound holds a picture (ID3v2.2 ``PIC``, later ``APIC``)."""
    if not sniffed.tag:
        return False
    file.seek(0)
    tag = file.read(min(sniffed.tag, TAG_MAX))
    return b"APIC" in tag or (tag[3:4] == b"\2" and b"PIC" in tag)


def _refuse_cut(declared: int | None, size: int) -> None:
    if declared and declared > size * CUT:
        raise damaged(_cut(size, declared))


def _cut(size: int, declared: int) -> str:
    there, all_of_it = megabytes(size), megabytes(declared)
    return f"is cut off: {there} are there, and its media go on to {all_of_it} or more"


def _refuse_unplayable(
    movie: Movie | None, picture: Candidate | None, sound: Candidate | None, size: int
) -> None:
    tracks = [each.track for each in (picture, sound) if each and each.track]
    if any(track.entry.encrypted for track in tracks):
        says = "is encrypted (DRM), and nothing here can decode it; use an unprotected copy"
        raise UnusableError(Fault.UNSUPPORTED, says)
    if tracks and not any(track.timing for track in tracks):
        raise damaged("is only the header of a stream: it holds no frames and no sound")
    end = max((track.last_chunk for track in tracks), default=0)
    if end >= size:
        raise damaged(_cut(size, end))
    _refuse_cut(movie.end if movie else None, size)
    if movie and not tracks and not (picture or sound):
        raise damaged("holds neither a picture nor a sound track")
