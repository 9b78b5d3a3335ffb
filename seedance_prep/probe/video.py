"""Facts of a moving picture: boxes first, then MediaInfo, then (for what is left) packets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ..core.media import Lead, VideoFacts
from . import absurd, colours, geometry, names
from .faults import damaged
from .geometry import Pose
from .listed import completed, paced
from .mediainfo import Section
from .movie import IsoTrack, Movie, seconds_before, seconds_shown
from .packets import packets, per_second, seconds_ahead, snapped
from .sound import sound_track
from .told import personal
from .tracks import Candidate, Source

LISTED = frozenset({"mpegts", "mpeg", "mpegvideo", "h264", "hevc", "dv", "flv"})
"""Containers without an index: only their packets tell how long they are, or when they start."""
LISTED_MAX = 512 << 20
"""Bytes up to which packets are listed."""
ROUNDING = 0.02
"""Seconds by which the movie's header may exceed its tracks through its coarser clock."""
HOLE = 1.0
"""Seconds by which it may exceed them for pictures that a careless cut left out, which count."""
JUMPING = frozenset({"mpegts", "mpeg"})
"""Demuxers whose times may jump: ffmpeg counts from the start of the tracks in use, unless it is
told to seek (``correct_input_start_times`` in fftools/ffmpeg_demux.c)."""
NEAR = 0.002
"""Seconds by which clocks differ through rounding alone."""
UPRIGHT = Pose(0, False)


def video_facts(source: Source, picture: Candidate) -> VideoFacts:
    """All that is known of the picture and of the sound beside it."""
    facts = _from_headers(source, picture)
    absurd.refuse_lies(facts, picture)
    if source.size <= LISTED_MAX:
        facts = _with_packets(facts, source)
    if facts.duration is None:
        raise damaged("holds no frame that can be read")
    return facts


def _with_packets(facts: VideoFacts, source: Source) -> VideoFacts:
    """The same with what only packets tell, listed where they have something to add."""
    first = facts.picture_start
    unsure = None in (facts.fps, facts.duration, facts.picture_duration) or absurd.too_long(facts)
    if unsure or facts.container in LISTED:
        shown, heard = packets(facts, source.path)
        facts = completed(facts, shown, heard)
        first = shown.first - (facts.start or 0.0) if shown else None
    elif facts.vfr is not False and facts.demuxer != "mov":
        facts = paced(facts, *packets(facts, source.path))
    return facts if first is None or not source.others_first else _led(facts, source.path, first)


def _led(facts: VideoFacts, path: Path, first: float) -> VideoFacts:
    """With what lies between ffmpeg's zero and the clip's; ``first`` is the first packet's time."""
    ahead = seconds_ahead(facts, path)
    lead = 0.0 if ahead is None else max(ahead - first, 0.0)
    if lead < NEAR:
        return facts
    return replace(
        facts, lead=Lead(sought=lead, read=facts.lead.read if facts.demuxer in JUMPING else lead)
    )


def _from_headers(source: Source, picture: Candidate) -> VideoFacts:
    section = picture.section
    codec = _codec(picture)
    times = _times(source, picture)
    shape = _shape(source.movie, picture)
    facts = VideoFacts(
        container=source.sniffed.container,
        demuxer=source.sniffed.demuxer or "",
        bytes=source.size,
        codec=codec,
        profile=_profile(section),
        width=shape.seen and shape.seen[0],
        height=shape.seen and shape.seen[1],
        coded_width=shape.stored and shape.stored[0],
        coded_height=shape.stored and shape.stored[1],
        above=section.positive("Height_Offset") or 0,
        sar=shape.sar,
        rotation=shape.pose.rotation,
        mirrored=shape.pose.mirrored,
        fps=_fps(picture),
        vfr=False if source.sniffed.container == "avi" else _vfr(picture),
        cadence=_cadence(picture),
        duration=times.whole,
        picture_duration=times.picture,
        start=times.start,
        picture_start=times.wait,
        frames=_frames(picture),
        interlaced=_interlaced(section, codec),
        top_field_first={"TFF": True, "BFF": False}.get(section.text("ScanOrder") or ""),
        stream=picture.index,
        audio=replace(sound_track(source.sound), start=times.sound_wait) if source.sound else None,
        audio_tracks=source.sounds,
        bitrate=_bitrate(source, times.whole),
        fragmented=source.movie.fragmented if source.movie else None,
        leading=picture.track.timing.leading if picture.track and picture.track.timing else None,
        faststart=source.movie.faststart if source.movie else None,
        personal=personal(source),
    )
    return colours.coloured(facts, picture)


def _codec(picture: Candidate) -> str | None:
    fourcc = picture.track.entry.fourcc if picture.track else ""
    return names.FOURCCS.get(fourcc) or names.video_codec(picture.section) or fourcc or None


def _profile(section: Section) -> str | None:
    profile = section.text("Format_Profile")
    return f"Profile {profile}" if profile and profile in "0123" else profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds: of the file, of the picture, when the first stream starts, and how much later
    picture and sound do.
    """

    whole: float | None
    picture: float | None
    start: float | None
    wait: float | None
    sound_wait: float | None


def _times(source: Source, picture: Candidate) -> Times:
    tracks = [each.track for each in (picture, source.sound) if each and each.track]
    if picture.track and tracks:
        return _iso_times(picture.track, tracks, source.movie)
    sections = [each.section for each in (picture, source.sound) if each]
    lengths = [section.number("Duration") for section in (source.general, *sections)]
    known = [length for length in lengths if length and length > 0]
    delays = [section.number("Delay") for section in sections]
    starts = [delay for delay in delays if delay is not None and delay < 86400 * 2]
    start = min(starts, default=None)
    waits = [_after(start, each) for each in delays]
    return Times(
        whole=max(known, default=None),
        picture=picture.section.number("Duration"),
        start=start,
        wait=waits[0],
        sound_wait=waits[1] if len(waits) > 1 else None,
    )


def _after(start: float | None, delay: float | None) -> float | None:
    return None if start is None or delay is None else max(delay - start, 0.0)


def _iso_times(picture: IsoTrack, tracks: list[IsoTrack], movie: Movie | None) -> Times:
    """From the first start to the last end; each stream alone may still be longer."""
    lengths = {track.id: seconds_shown(track) for track in tracks}
    starts = {track.id: seconds_before(track) for track in tracks}
    start = min(starts.values())
    ends = [starts[number] + length - start for number, length in lengths.items() if length]
    declared = [_declared(track) for track in tracks]
    whole = max((*ends, *(each for each in declared if each)), default=None)
    told = float(movie.seconds) if movie and movie.seconds else None
    if told and (whole is None or whole + ROUNDING < told < whole + HOLE):
        whole = told
    waits = [starts[track.id] - start for track in tracks]
    return Times(
        whole=whole,
        picture=lengths[picture.id],
        start=start,
        wait=waits[0],
        sound_wait=waits[1] if len(waits) > 1 else None,
    )


def _declared(track: IsoTrack) -> float | None:
    """What a fragmented track's header promises, which may be more than its fragments hold."""
    if not (track.fragments and track.timescale and track.media_ticks) or track.edits:
        return None
    return float(Fraction(track.media_ticks, track.timescale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Stored and seen size, and the way from one to the other."""

    stored: tuple[int, int] | None
    seen: tuple[int, int] | None
    sar: Fraction | None
    pose: Pose


def _shape(movie: Movie | None, picture: Candidate) -> Shape:
    section, track = picture.section, picture.track
    pose = _pose(movie, picture)
    stored = _stored(picture)
    if stored is None:
        return Shape(stored=None, seen=None, sar=None, pose=pose)
    sar = (_track_sar(track, pose, stored) if track else None) or _stream_sar(section)
    clap = track.entry.clap if track else None
    across, down = clap or (Fraction(stored[0]), Fraction(stored[1]))
    across, down = min(across, Fraction(stored[0])), min(down, Fraction(stored[1]))
    seen = geometry.seen(across, down, sar or Fraction(1), pose.rotation)
    return Shape(stored=stored, seen=seen, sar=sar, pose=pose)


def _pose(movie: Movie | None, picture: Candidate) -> Pose:
    if picture.track and movie:
        return geometry.pose(geometry.product(picture.track.matrix, movie.matrix))
    turned = picture.section.number("Rotation") or 0
    return Pose(round(turned / 90) * 90 % 360, False) if turned else UPRIGHT


def _stored(picture: Candidate) -> tuple[int, int] | None:
    """What MediaInfo makes of the codec's own header and the container's, else the latter."""
    section, track = picture.section, picture.track
    width, height = section.positive("Width"), section.positive("Height")
    if width and height:
        return width, height
    if track and track.entry.width and track.entry.height:
        return track.entry.width, track.entry.height
    return None


def _track_sar(track: IsoTrack, pose: Pose, stored: tuple[int, int]) -> Fraction | None:
    """Pixel aspect of the container, in ffmpeg's order: ``pasp``, matrix, track header.

    A ``pasp`` of 1:1 counts as none, as in ffmpeg: many writers put it in over another aspect.
    """
    pasp = track.entry.pasp
    if pasp and pasp != 1:
        return geometry.usable(pasp)
    if pose.stretch:
        return pose.stretch
    width, height = (side >> 16 for side in track.shown)
    if not width or not height or track.entry.clap or (width, height) == stored:
        return None
    return geometry.usable(Fraction(stored[1] * width, stored[0] * height))


def _stream_sar(section: Section) -> Fraction | None:
    """That of the stream's own header, unless this counts lines that are not shown."""
    told = (
        None if section.positive("Height_Offset") else section.number("PixelAspectRatio_Original")
    )
    value = told or section.number("PixelAspectRatio")
    return geometry.standard_sar(value) if value else None


def _fps(picture: Candidate) -> Fraction | None:
    track, section = picture.track, picture.section
    if track and track.timing and track.timing.ticks and track.timescale:
        return Fraction(track.timing.frames * track.timescale, track.timing.ticks)
    above, below = section.whole("FrameRate_Num"), section.whole("FrameRate_Den")
    value = section.number("FrameRate")
    if above and below and value and abs(above / below / value - 1) < 1e-3:
        return Fraction(above, below)
    rate = snapped(value) if value else None
    return rate if rate and rate.denominator in (1, 2, 1001) else None  # others are estimates


def _vfr(picture: Candidate) -> bool | None:
    if picture.track and picture.track.timing:
        return not picture.track.timing.even
    return {"VFR": True, "CFR": False}.get(picture.section.text("FrameRate_Mode") or "")


def _cadence(picture: Candidate) -> Fraction | None:
    track = picture.track
    if track is None or track.timing is None or track.timing.even or not track.timescale:
        return None
    return per_second(track.timing.usual, Fraction(1, track.timescale))


def _frames(picture: Candidate) -> int | None:
    track = picture.track
    if track is None or track.timing is None:
        guessed = picture.section.more("FrameCount_Source")
        return None if guessed else picture.section.positive("FrameCount")
    shown, timing = seconds_shown(track), track.timing
    if not shown or not timing.ticks or not track.timescale:
        return timing.frames
    return min(timing.frames, round(shown * track.timescale / timing.ticks * timing.frames))


def _interlaced(section: Section, codec: str | None) -> bool | None:
    scan = section.text("ScanType")
    if scan is None:
        return False if codec in ("vp8", "vp9", "av1", "gif", "cfhd") else None
    return scan in ("Interlaced", "MBAFF", "PAFF", "Mixed")


def _bitrate(source: Source, seconds: float | None) -> int | None:
    told = source.general.positive("OverallBitRate")
    return told or (round(source.size * 8 / seconds) if seconds else None)
