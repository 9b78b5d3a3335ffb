"""The movie header of an ISO file (mp4, mov, m4a, 3gp, HEIF sequences) as plain values.

ISO/IEC 14496-12 and Apple's QuickTime file format; sound and video sample entries, ``pasp``,
``clap`` and ``colr`` are read; what only a decoder's header can tell is left to MediaInfo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from . import items, samples
from .boxes import Box, BrokenBoxesError, Reader, fields
from .configs import Config, config
from .samples import Defaults, Stored, Timing

TRACKS_MAX = 64
PICTURES = ("vide", "pict")
"""Handlers of tracks that are seen."""
MATRIX_UNITY = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
Matrix = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One entry of an edit list: seconds shown, and from which tick of the media (-1: nothing)."""

    seconds: Fraction
    media_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A sample entry: what kind of samples a track has."""

    fourcc: str = ""
    width: int = 0
    height: int = 0
    pasp: Fraction | None = None
    clap: tuple[Fraction, Fraction] | None = None
    """Clean aperture in stored pixels."""
    nclx: tuple[int, int, int] | None = None
    """Code points of primaries, transfer and matrix (ITU-T H.273)."""
    full_range: bool | None = None
    config: Config | None = None
    channels: int = 0
    dolby: tuple[int, int] | None = None
    """Dolby Vision profile and the kind of base layer that it is compatible with (0: none)."""
    encrypted: bool = False
    depth: int | None = None
    """Bits of a pixel as QuickTime counts them: 24 for colour, 32 with alpha."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IsoTrack:
    """One track."""

    id: int
    handler: str
    """``vide``, ``soun``, ``text`` …"""
    enabled: bool
    entry: Entry
    timescale: int
    media_ticks: int
    shown: tuple[int, int]
    """Width and height of the track header, in 16.16 fixed point."""
    matrix: Matrix
    edits: tuple[Edit, ...] = ()
    timing: Timing | None = None
    last_chunk: int = 0
    """Offset of the last chunk of media that the table names."""
    chapters: frozenset[int] = frozenset()
    """Tracks that this one uses as chapters; pictures among them are thumbnails."""
    fragments: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie:
    """All that the header of the file says."""

    seconds: Fraction | None
    matrix: Matrix = MATRIX_UNITY
    tracks: tuple[IsoTrack, ...] = ()
    fragmented: bool = False
    faststart: bool | None = None
    end: int = 0
    """Where the media end, as the boxes around them say."""
    cover: bool = False
    """Whether the metadata hold a cover picture."""
    cover_first: int = 0
    """Covers and stills that stand before the tracks, where ffmpeg counts them first."""
    index: dict[int, Box] = field(default_factory=dict)
    """Sample table of each track, by track id."""


def read(reader: Reader) -> Movie | None:
    """The movie of a file, or ``None`` when it has no ``moov``.

    Raises ``BrokenBoxesError`` when what is there contradicts itself.
    """
    moov, faststart, moofs, end, stills = None, None, [], 0, 0
    for box in reader.top():
        if box.kind == b"meta" and moov is None:
            stills = items.pictures(reader, box)
        if box.kind == b"moov" and moov is None:
            moov = box
        elif box.kind == b"mdat":
            faststart = moov is not None if faststart is None else faststart
            end = max(end, box.end)
        elif box.kind == b"moof":
            moofs.append(box)
    if moov is None:
        return None
    found = _movie(reader, moov, True if faststart is None else faststart, moofs)
    return replace(found, end=end, cover_first=found.cover_first + stills)


def _movie(reader: Reader, moov: Box, faststart: bool, moofs: list[Box]) -> Movie:
    boxes = list(reader.children(moov))
    scale, ticks, matrix = _mvhd(reader, next((b for b in boxes if b.kind == b"mvhd"), None))
    traks = [box for box in boxes if box.kind == b"trak"][:TRACKS_MAX]
    found = [_track(reader, trak, scale) for trak in traks]
    mvex = next((box for box in boxes if box.kind == b"mvex"), None)
    tracks = tuple(track for track, _ in found)
    if mvex or moofs:
        tracks = _with_fragments(reader, tracks, mvex, moofs)
    covers = _covers(reader, moov)
    early = bool(traks) and any(b.kind == b"udta" and b.start < traks[0].start for b in boxes)
    return Movie(
        seconds=Fraction(ticks, scale) if scale and ticks else None,
        matrix=matrix,
        tracks=tracks,
        fragmented=bool(moofs),
        faststart=faststart,
        cover=covers > 0,
        cover_first=covers if early else 0,
        index={track.id: stbl for track, stbl in found if stbl},
    )


def _mvhd(reader: Reader, box: Box | None) -> tuple[int, int, Matrix]:
    if box is None:
        return 0, 0, MATRIX_UNITY
    data = reader.read(box)
    wide = data[:1] == b"\1"
    scale, ticks = fields("IQ" if wide else "II", data, 20 if wide else 12)
    unknown = ticks >= (1 << 63 if wide else (1 << 32) - 1)
    return scale, 0 if unknown else ticks, fields("9i", data, 48 if wide else 36)


def _track(reader: Reader, trak: Box, movie_scale: int) -> tuple[IsoTrack, Box | None]:
    number, enabled, matrix, shown = _tkhd(reader, reader.child(trak, b"tkhd"))
    mdia = reader.child(trak, b"mdia")
    scale, ticks = _mdhd(reader, reader.child(mdia, b"mdhd"))
    stbl = reader.child(mdia, b"minf", b"stbl")
    for tables in (stbl, reader.child(trak, b"edts")):
        if tables:
            samples.refuse_lies(reader, tables)
    handler = reader.child(mdia, b"hdlr")
    kind = reader.read(handler, 12)[8:12].decode("latin-1") if handler else ""
    timing = samples.of_tables(reader, stbl) if stbl else None
    if timing and kind in PICTURES:
        _refuse_times(timing, scale)
    track = IsoTrack(
        id=number,
        handler=kind,
        enabled=enabled,
        entry=_entry(reader, reader.child(stbl, b"stsd"), kind),
        timescale=scale,
        media_ticks=ticks,
        shown=shown,
        matrix=matrix,
        edits=_edits(reader, reader.child(trak, b"edts", b"elst"), movie_scale),
        timing=timing,
        last_chunk=_last_chunk(reader, stbl) if stbl else 0,
        chapters=_chapters(reader, reader.child(trak, b"tref", b"chap")),
    )
    return track, stbl


def _refuse_times(timing: Timing, scale: int) -> None:
    if not scale:
        raise BrokenBoxesError(f"no timescale stands with its {timing.frames} pictures")
    if timing.frames > 1 and not timing.ticks:
        raise BrokenBoxesError(f"all of its {timing.frames} pictures have one time")


def _tkhd(reader: Reader, box: Box | None) -> tuple[int, bool, Matrix, tuple[int, int]]:
    if box is None:
        return 0, True, MATRIX_UNITY, (0, 0)
    data = reader.read(box)
    wide = data[:1] == b"\1"
    (number,) = fields("I", data, 20 if wide else 12)
    numbers = fields("9i2I", data, 52 if wide else 40)
    return number, bool(data[3] & 1), numbers[:9], (numbers[9], numbers[10])


def _mdhd(reader: Reader, box: Box | None) -> tuple[int, int]:
    if box is None:
        return 0, 0
    data = reader.read(box)
    wide = data[:1] == b"\1"
    scale, ticks = fields("IQ" if wide else "II", data, 20 if wide else 12)
    return scale, 0 if ticks >= (1 << 63 if wide else (1 << 32) - 1) else ticks


def _edits(reader: Reader, box: Box | None, scale: int) -> tuple[Edit, ...]:
    if box is None or not scale:
        return ()
    data = reader.read(box, 64 << 10)
    wide = data[:1] == b"\1"
    (count,) = fields("I", data, 4)
    layout, width = ("Qq", 20) if wide else ("Ii", 12)
    rows = (
        fields(layout, data, 8 + n * width) for n in range(min(count, (len(data) - 8) // width))
    )
    return tuple(Edit(seconds=Fraction(span, scale), media_time=time) for span, time in rows)


def _last_chunk(reader: Reader, stbl: Box) -> int:
    """The table is in file order in every file that was written in one go; its end is enough."""
    for kind, code, width in ((b"stco", "I", 4), (b"co64", "Q", 8)):
        box = reader.child(stbl, kind)
        if box and box.size >= 8 + width:
            return fields(code, reader.read(box, width, box.size - width))[0]
    return 0


def _chapters(reader: Reader, box: Box | None) -> frozenset[int]:
    if box is None:
        return frozenset()
    data = reader.read(box, 256)
    return frozenset(fields(f"{len(data) // 4}I", data))


def _covers(reader: Reader, moov: Box) -> int:
    meta = reader.child(moov, b"udta", b"meta")
    if meta is None:
        return 0
    inner = next((box for box in reader.children(meta, 4) if box.kind == b"ilst"), None)
    covr = reader.child(inner, b"covr")
    return sum(1 for box in reader.children(covr) if box.kind == b"data") if covr else 0


def _entry(reader: Reader, stsd: Box | None, handler: str) -> Entry:
    box = next(iter(reader.children(stsd, 8)), None) if stsd else None
    if box is None:
        return Entry()
    fourcc = box.kind.decode("latin-1").strip("\0 ")
    encrypted = box.kind in (b"encv", b"enca", b"drmi", b"drms", b"p608")
    if handler == "soun":
        data = reader.read(box, 20)
        channels = fields("H", data, 16)[0] if len(data) == 20 else 0
        return Entry(fourcc=fourcc, encrypted=encrypted, channels=channels)
    if handler not in PICTURES:
        return Entry(fourcc=fourcc, encrypted=encrypted)
    data = reader.read(box, 78)
    width, height = fields("HH", data, 24)
    (depth,) = fields("H", data, 74)
    entry = Entry(fourcc=fourcc, width=width, height=height, encrypted=encrypted, depth=depth)
    return _detailed(reader, box, entry)


def _detailed(reader: Reader, box: Box, entry: Entry) -> Entry:
    for inner in reader.children(box, 78):
        match inner.kind:
            case b"pasp":
                across, down = fields("II", reader.read(inner))
                entry = replace(entry, pasp=Fraction(across, down) if across and down else None)
            case b"clap":
                entry = replace(entry, clap=_clap(reader.read(inner)))
            case b"colr":
                entry = _coloured(entry, reader.read(inner, 16))
            case b"avcC" | b"hvcC" | b"av1C" | b"vpcC":
                found = config(inner.kind, reader.read(inner))
                entry = replace(entry, config=found or entry.config)
            case b"dvcC" | b"dvvC" | b"dvwC":
                data = reader.read(inner, 8)
                (word,) = fields("H", data, 2)
                entry = replace(entry, dolby=(word >> 9, data[4] >> 4 if len(data) > 4 else 0))
    return entry


def _clap(data: bytes) -> tuple[Fraction, Fraction] | None:
    across, across_by, down, down_by = fields("4I", data)
    if not (across and across_by and down and down_by):
        return None
    return Fraction(across, across_by), Fraction(down, down_by)


def _coloured(entry: Entry, data: bytes) -> Entry:
    if data[:4] not in (b"nclx", b"nclc"):
        return entry
    primaries, transfer, matrix = fields("3H", data, 4)
    full = bool(data[10] & 0x80) if data[:4] == b"nclx" and len(data) > 10 else entry.full_range
    return replace(entry, nclx=(primaries, transfer, matrix), full_range=full)


def _with_fragments(
    reader: Reader, tracks: tuple[IsoTrack, ...], mvex: Box | None, moofs: list[Box]
) -> tuple[IsoTrack, ...]:
    timings = samples.of_fragments(reader, moofs, trexes(reader, mvex))
    return tuple(_joined(track, timings.get(track.id)) for track in tracks)


def trexes(reader: Reader, mvex: Box | None) -> dict[int, Defaults]:
    """Defaults of each track's fragments, by track id."""
    if mvex is None:
        return {}
    rows = (fields("6I", reader.read(b)) for b in reader.children(mvex) if b.kind == b"trex")
    return {row[1]: Defaults(step=row[3], size=row[4], flags=row[5]) for row in rows}


def _joined(track: IsoTrack, more: Timing | None) -> IsoTrack:
    if more is None:
        return track
    if track.timing is None:
        return replace(track, timing=more, fragments=True)
    both = Timing(
        frames=track.timing.frames + more.frames,
        ticks=track.timing.ticks + more.ticks,
        even=track.timing.even and more.even,
        first=track.timing.first,
        usual=more.usual or track.timing.usual,
    )
    return replace(track, timing=both, fragments=True)


def stored(reader: Reader, movie: Movie, track: IsoTrack) -> Iterator[Stored]:
    """The samples of a track in the order they are decoded, on the media's own clock."""
    stbl = movie.index.get(track.id)
    if stbl:
        yield from samples.stored(reader, stbl)
    if track.fragments:
        moov = next(box for box in reader.top() if box.kind == b"moov")
        moofs = [box for box in reader.top() if box.kind == b"moof"]
        defaults = trexes(reader, reader.child(moov, b"mvex"))
        for number, sample in samples.fragment_samples(reader, moofs, defaults):
            if number == track.id:
                yield Stored(sample.time, sample.key, sample.bytes)


def seconds_shown(track: IsoTrack) -> float | None:
    """Seconds that a track is shown for: its edits, or all of its media. ``None`` when unknown."""
    if not track.timescale:
        return None
    ticks = track.timing.ticks if track.timing else track.media_ticks
    media = Fraction(ticks or track.media_ticks, track.timescale)
    shown = [edit for edit in track.edits if edit.media_time >= 0 and edit.seconds]
    if not shown or track.fragments:
        return float(media) or None
    return float(sum((_edit_seconds(edit, media, track) for edit in shown), Fraction(0))) or None


def _edit_seconds(edit: Edit, media: Fraction, track: IsoTrack) -> Fraction:
    first = track.timing.first if track.timing else 0
    left = media + Fraction(first - edit.media_time, track.timescale)
    return min(edit.seconds, max(left, Fraction(0)))


def offset(track: IsoTrack) -> float:
    """Seconds to add to a time of the media to have it on the movie's clock."""
    wait, shown = Fraction(0), 0
    for edit in track.edits:
        if edit.media_time >= 0:
            shown = edit.media_time
            break
        wait += edit.seconds
    return float(wait - Fraction(shown, track.timescale or 1))


def seconds_before(track: IsoTrack) -> float:
    """Seconds on the movie's clock before the first sample is shown."""
    first = track.timing.first if track.timing else 0
    wait = max((e.seconds for e in track.edits[:1] if e.media_time < 0), default=Fraction(0))
    return max(float(Fraction(first, track.timescale or 1)) + offset(track), float(wait))
