"""What a file is: facts that were read from its bytes. Unknown is ``None``, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from .colours import Colours
from .request import Asset, Kind


class Hdr(StrEnum):
    """Transfer that a standard-range screen shows wrong."""

    PQ = "pq"
    HLG = "hlg"
    DOLBY_VISION = "dolby-vision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One sound track inside a video file."""

    index: int
    """Position among the file's sound tracks, from 0: ffmpeg's ``0:a:index``."""
    codec: str | None = None
    channels: int | None = None
    sample_rate: int | None = None
    duration: float | None = None
    """Seconds."""
    start: float | None = None
    """Seconds from the start of the file's first stream to that of this one."""
    bitrate: int | None = None
    """Bits per second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Seconds by which the instant that ffmpeg calls zero comes before the clip's start.

    Above 0 where a track that is not chosen starts first, or where a recording was joined between
    two keyframes, so that nothing can decode its first pictures.
    """

    sought: float = 0.0
    """When a place is sought: zero is the start of the first of all tracks."""
    read: float = 0.0
    """When the file is read from its beginning: in streams whose times may jump, zero is the start
    of the first track in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """A moving picture, with or without sound."""

    container: str
    """What the bytes say: ``mp4``, ``mov``, ``matroska``, ``webm``, ``avi``, ``mpegts`` …"""
    demuxer: str
    """ffmpeg's demuxer for these bytes, the only one that it may use on them."""
    bytes: int
    codec: str | None = None
    """Lower-case short name: ``h264``, ``hevc``, ``vp9``, ``av1``, ``prores``, ``mpeg2video`` …"""
    profile: str | None = None
    width: int | None = None
    """Pixels as a viewer sees them: after rotation, clean aperture and pixel aspect."""
    height: int | None = None
    coded_width: int | None = None
    """Pixels as stored, before rotation and pixel aspect."""
    coded_height: int | None = None
    above: int = 0
    """Lines stored above the picture that are not part of it (the signal between two pictures)."""
    sar: Fraction | None = None
    """Pixel (sample) aspect ratio of the stored picture; 1 is square."""
    rotation: int | None = None
    """Degrees clockwise to turn the stored picture: 0, 90, 180 or 270."""
    mirrored: bool | None = None
    """Whether the display matrix flips the picture (applied before the rotation, left to right)."""
    fps: Fraction | None = None
    """Average frames per second."""
    vfr: bool | None = None
    """Whether the time between frames varies."""
    cadence: Fraction | None = None
    """Frames per second where none is missing, of a clip whose ``vfr`` is not ``False``: what it
    was recorded at; ``None`` when the steps between its frames have no common unit."""
    duration: float | None = None
    """Seconds, of the longest stream or the container, whichever is longer."""
    picture_duration: float | None = None
    """Seconds of the video stream alone."""
    start: float | None = None
    """Seconds at which the first stream starts on the file's own clock (0 for most files)."""
    picture_start: float | None = None
    """Seconds from there to the first picture; above 0 where sound comes first."""
    lead: Lead = Lead()
    frames: int | None = None
    pixel_format: str | None = None
    """ffmpeg's name without byte order, e.g. ``yuv420p``, ``yuv420p10``."""
    bits: int | None = None
    """Bits per colour channel."""
    chroma: str | None = None
    """Chroma subsampling, e.g. ``4:2:0``; ``rgb`` for RGB."""
    alpha: bool | None = None
    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    full_range: bool | None = None
    hdr: Hdr | None = None
    dolby: int | None = None
    """Profile of Dolby Vision."""
    nits: int | None = None
    """The brightest light that the picture holds or was graded for, as stated (HDR only)."""
    chroma_site: str | None = None
    """Where chroma samples lie, by ffmpeg's name: ``left``, ``center``, ``topleft`` …"""
    interlaced: bool | None = None
    top_field_first: bool | None = None
    stream: int = 0
    """Position of *the* video among the file's picture streams: ffmpeg's ``0:v:stream``.

    ffmpeg counts cover art and thumbnails as video streams, so this does, too.
    """
    audio: Track | None = None
    """The sound track that players choose; ``None`` when there is no sound."""
    audio_tracks: int = 0
    bitrate: int | None = None
    """Bits per second of the whole file."""
    fragmented: bool | None = None
    leading: bool | None = None
    """Whether pictures stored behind a keyframe are shown before it (open groups), so that an
    index of decoding times leads to that keyframe too early; ``None`` where no index says."""
    key_gap: float | None = None
    """Longest seconds from one keyframe to the next (or the end), where packets were listed."""
    faststart: bool | None = None
    """Whether the index stands before the media, so that a reader needs no second request."""
    personal: tuple[str, ...] = ()
    """What its tags tell that may be private, in words: ``the device``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """A still picture (or the first one of an animation)."""

    container: str
    """``jpeg``, ``png``, ``webp``, ``heic``, ``avif``, ``tiff``, ``gif``, ``bmp`` …"""
    bytes: int
    width: int | None = None
    """Pixels after EXIF orientation."""
    height: int | None = None
    orientation: int | None = None
    """EXIF orientation 1-8; 1 is upright; ``None`` when the file has no such tag."""
    mode: str | None = None
    """Pillow's mode, e.g. ``RGB``, ``RGBA``, ``CMYK``, ``I;16``."""
    bits: int | None = None
    alpha: bool | None = None
    icc: str | None = None
    """Name of the embedded colour profile."""
    colours: Colours | None = None
    """What its numbers mean by codes or tags; ``None``: a profile says it, or they are sRGB."""
    frames: int | None = None
    lossless: bool | None = None
    """Of formats that come in both ways (WebP): whether nothing was lost when it was written."""
    gps: bool | None = None
    """Whether the metadata hold a place."""
    metadata: bool | None = None
    """Whether the file tells more than is needed to show the picture; read of JPEG, PNG, WebP."""
    personal: tuple[str, ...] = ()
    """What it tells of people besides a place: ``a serial number``, ``the owner's name`` …"""
    demuxer: str | None = None
    """ffmpeg's demuxer for these bytes, where Pillow cannot decode them; ``None``: none has it."""
    preview: tuple[int, int] | None = None
    """Offset and bytes of the JPEG that these facts describe, inside a camera's raw file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """Sound without a moving picture (cover art does not count)."""

    container: str
    """``mp3``, ``wav``, ``m4a``, ``ogg``, ``flac``, ``aiff``, ``amr`` …"""
    demuxer: str
    bytes: int
    codec: str | None = None
    duration: float | None = None
    sample_rate: int | None = None
    channels: int | None = None
    bitrate: int | None = None
    bits: int | None = None
    told: float | None = None
    """Seconds that the header tells, to readers who do not listen; ``duration`` was measured."""
    loudness: float | None = None
    """LUFS over the whole (BS.1770); ``None`` when it was not measured or there is too little."""
    peak: float | None = None
    """True peak in decibels of full scale (dBTP); -100 is silence; ``None``: not measured."""
    heard: float | None = None
    """Seconds in which anything is heard; ``None``: not measured."""
    faulty: bool | None = None
    """Whether parts of it cannot be decoded; ``None``: nobody tried."""
    cover: bool | None = None
    """Whether a cover picture is embedded."""
    track: int = 0
    """Position among the file's sound tracks: ffmpeg's ``0:a:track``."""
    start: float | None = None
    personal: tuple[str, ...] = ()
    """What its tags tell that may be private, in words: ``names of people``."""


Facts = VideoFacts | ImageFacts | AudioFacts


class Fault(StrEnum):
    """Why a file cannot be judged at all."""

    MISSING = "missing"
    NOT_A_FILE = "not-a-file"
    NO_PERMISSION = "no-permission"
    EMPTY = "empty"
    NOT_MEDIA = "not-media"
    UNSUPPORTED = "unsupported"
    """Recognised, but nothing here can decode it (SVG, a playlist, encrypted video)."""
    DAMAGED = "damaged"
    WRONG_KIND = "wrong-kind"
    """Not what ``as=`` or the caller's list asked for (no picture in it, no sound in it)."""
    TOO_LARGE = "too-large"
    """More pixels or bytes than may be opened safely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A fault with one sentence for people (no path in it: the finding names the file)."""

    fault: Fault
    says: str
    remedy: str | None = None
    """What helps, when it is not what usually helps against the fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """An asset after it was probed: facts, or the problem that kept them from being read."""

    asset: Asset
    ref: str | None = None
    """``@Image1``, ``@Video2`` …; ``None`` when the kind cannot be told."""
    kind: Kind | None = None
    facts: Facts | None = None
    problem: Problem | None = None
    path: Path | None = None
    """Where the bytes are on this machine (a private copy for a URL or stdin)."""
    sha256: str | None = None
    """Lower-case hex, when it was needed."""
    stamp: tuple[int, ...] | None = None
    """Which file it was, how large and when last changed, as it was read (:func:`stamped`)."""
    partial: bool = False
    """Whether ``path`` holds only those bytes that the facts needed, of a large file in a store."""

    @property
    def source(self) -> str:
        """The path as the caller gave it; of a URL neither login nor query, which may be secret."""
        return self.asset.shown
