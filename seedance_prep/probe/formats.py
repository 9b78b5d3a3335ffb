"""Every format that is read here, in one table: the allow-list of containers and demuxers.

A demuxer is the name that ffmpeg takes after ``-f``. Formats that only point elsewhere (playlists,
manifests, scripts) are not in it, so that no file can make ffmpeg open another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.media import Fault
from ..core.request import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniffed:
    """What the first bytes say about a file."""

    container: str
    demuxer: str | None = None
    """ffmpeg's name; ``None`` when ffmpeg is never given such a file."""
    kind: Kind | None = None
    """``None`` when only the tracks can tell."""
    fault: Fault | None = None
    says: str | None = None
    """One sentence on the fault."""
    remedy: str | None = None
    """What helps, where it is not what usually helps against the fault."""
    tag: int = 0
    """Bytes in front that are no part of it: an ID3 tag, or what a stream was joined behind."""


TRACKED = {
    "mp4": "mov",
    "mov": "mov",
    "m4a": "mov",
    "3gp": "mov",
    "matroska": "matroska",
    "webm": "matroska",
    "avi": "avi",
    "mpegts": "mpegts",
    "mpeg": "mpeg",
    "mpegvideo": "mpegvideo",
    "h264": "h264",
    "hevc": "hevc",
    "flv": "flv",
    "asf": "asf",
    "wtv": "wtv",
    "ogg": "ogg",
    "mxf": "mxf",
    "rm": "rm",
    "ivf": "ivf",
    "nut": "nut",
    "gxf": "gxf",
    "dv": "dv",
    "yuv4mpeg": "yuv4mpegpipe",
}
"""Containers of tracks: whether it is a video or a sound is decided by what is in them."""

SOUNDS = {
    "wav": "wav",
    "rf64": "wav",
    "w64": "w64",
    "aiff": "aiff",
    "caf": "caf",
    "au": "au",
    "voc": "voc",
    "mp3": "mp3",
    "aac": "aac",
    "latm": "loas",
    "ac3": "ac3",
    "eac3": "eac3",
    "dts": "dts",
    "truehd": "truehd",
    "amr": "amr",
    "flac": "flac",
    "ape": "ape",
    "wavpack": "wv",
    "tta": "tta",
    "musepack": "mpc",
    "musepack8": "mpc8",
    "tak": "tak",
    "dsf": "dsf",
    "dff": "iff",
}
PICTURES = {
    "jpeg": "jpeg_pipe",
    "png": "png_pipe",
    "gif": "gif",
    "webp": "webp_pipe",
    "heic": "mov",
    "heif": "mov",
    "avif": "mov",
    "tiff": "tiff_pipe",
    "dng": "tiff_pipe",
    "bmp": "bmp_pipe",
    "ico": "ico",
    "icns": None,
    "ppm": "ppm_pipe",
    "pam": "pam_pipe",
    "pfm": "pfm_pipe",
    "psd": "psd_pipe",
    "jp2": "j2k_pipe",
    "j2k": "j2k_pipe",
    "jxl": "jpegxl_pipe",
    "dds": "dds_pipe",
    "pcx": "pcx_pipe",
    "qoi": "qoi_pipe",
    "tga": None,
    "cgbi": None,
    "cr2": None,
    "cr3": None,
    "orf": None,
    "raf": None,
    "rw2": None,
    "exr": "exr_pipe",
    "hdr": "hdr_pipe",
    "sgi": "sgi_pipe",
    "dpx": "dpx_pipe",
}
MOVING = {
    "gif": "gif",
    "webp": "webp_anim",
    "png": "apng",
    "avif": "mov",
    "heic": "mov",
    "jxl": "jpegxl_anim",
}
"""Picture formats that can also move, with the demuxer that plays them."""

ISO = frozenset({"mp4", "mov", "m4a", "3gp", "heic", "heif", "avif"})
"""Containers made of ISO base media boxes."""

DEMUXERS = frozenset(
    name
    for table in (TRACKED, SOUNDS, PICTURES, MOVING)
    for name in table.values()
    if name is not None
)
"""The only demuxers that ffmpeg is ever told to use."""

RAW = "is a camera's raw file, which needs developing first; export it as JPEG"
REFUSED: dict[str, tuple[Kind | None, Fault, str]] = {
    "hls": (None, Fault.UNSUPPORTED, "is an HLS playlist: it points to media and holds none"),
    "pls": (None, Fault.UNSUPPORTED, "is a playlist: it points to media and holds none"),
    "dash": (None, Fault.UNSUPPORTED, "is a DASH manifest: it points to media and holds none"),
    "smil": (None, Fault.UNSUPPORTED, "is a streaming manifest: it points to media and holds none"),
    "concat": (None, Fault.UNSUPPORTED, "is an ffmpeg concat script: it points to other files"),
    "sdp": (None, Fault.UNSUPPORTED, "is a session description: it points to a live stream"),
    "ffmetadata": (None, Fault.UNSUPPORTED, "is ffmpeg metadata text, not media"),
    "subtitles": (None, Fault.UNSUPPORTED, "holds subtitles, which the endpoint does not take"),
    "svg": (Kind.IMAGE, Fault.UNSUPPORTED, "is an SVG drawing: lines and no pixels"),
    "midi": (Kind.AUDIO, Fault.UNSUPPORTED, "is MIDI: notes to play, not sound"),
    "flash": (None, Fault.UNSUPPORTED, "is a Flash program, which nothing here can play"),
    "html": (None, Fault.NOT_MEDIA, "is a web page, not media; a login or error page was saved"),
    "xml": (None, Fault.NOT_MEDIA, "is XML text, not media"),
    "json": (None, Fault.NOT_MEDIA, "is JSON text, not media"),
    "text": (None, Fault.NOT_MEDIA, "is text, not media"),
    "pdf": (None, Fault.NOT_MEDIA, "is a PDF document"),
    "zip": (None, Fault.NOT_MEDIA, "is a ZIP archive or an office document, not media"),
    "gzip": (None, Fault.NOT_MEDIA, "is gzip-compressed"),
    "archive": (None, Fault.NOT_MEDIA, "is a compressed archive"),
    "program": (None, Fault.NOT_MEDIA, "is a program, not media"),
    "lfs": (None, Fault.NOT_MEDIA, "is a Git LFS pointer: the file itself is elsewhere"),
    "zeros": (None, Fault.NOT_MEDIA, "holds only zeros: the download or copy never finished"),
}
"""What is recognised and refused, whatever its name says: kind, fault, the rest of a sentence."""
POINTED = "download what it points to as one file, and give that"
REMEDIES = {
    **dict.fromkeys(("hls", "pls", "dash", "smil"), POINTED),
    "concat": "join the files that it names into one, and give that",
    "sdp": "record the stream to a file, and give that",
    "ffmetadata": "give the media file itself",
    "subtitles": "leave it out; what it says may stand in the prompt",
    "html": "open the page, sign in where it asks, and download the file itself",
    "zeros": "download or copy it again",
    "svg": "export it as PNG with sides of 300 pixels or more",
    "midi": "render it to MP3 or WAV",
    "pdf": "export the page as PNG or JPEG",
    "gzip": "unpack it",
    "archive": "unpack it",
    "zip": "unpack it, or export the page as PNG or JPEG",
    "lfs": "run `git lfs pull`",
}
"""What helps against some of them."""


def known(container: str) -> Sniffed:
    """The entry of one container. Raises ``KeyError`` for one that is in no table."""
    if container in REFUSED:
        kind, fault, says = REFUSED[container]
        remedy = REMEDIES.get(container)
        return Sniffed(container=container, kind=kind, fault=fault, says=says, remedy=remedy)
    for table, kind in ((TRACKED, None), (SOUNDS, Kind.AUDIO), (PICTURES, Kind.IMAGE)):
        if container in table:
            return Sniffed(container=container, demuxer=table[container], kind=kind)
    raise KeyError(container)
