"""Tell a file's format from its first bytes, and from nothing else: never from its name."""

from __future__ import annotations

import re
from collections.abc import Callable

from .audio_frames import looks_like
from .formats import Sniffed, known

HEAD = 64 << 10
"""Bytes from the start that :func:`sniff` wants; fewer are fine for a smaller file."""

_MXF_HEADER = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"
_AT_START: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8", "jpeg"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x04CgBI", "cgbi"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "asf"),
    (b"\xb7\xd8\x00\x20\x37\x49\xda\x11\xa6\x4e\x00\x07\xe9\x5e\xad\x8d", "wtv"),
    (_MXF_HEADER, "mxf"),
    (b"\x00\x00\x00\x00\x01\xbc\x00\x00\x00\x00\xe1\xe2", "gxf"),
    (b".RMF\x00", "rm"),
    (b"DKIF\x00\x00", "ivf"),
    (b"nut/multimedia container\x00", "nut"),
    (b"YUV4MPEG2 ", "yuv4mpeg"),
    (b"\x1f\x07\x00", "dv"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x00\x00\x01\xb3", "mpegvideo"),
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", "w64"),
    (b"caff\x00\x01", "caf"),
    (b".snd\x00\x00\x00", "au"),
    (b"Creative Voice File\x1a", "voc"),
    (b"#!AMR", "amr"),
    (b"MAC ", "ape"),
    (b"wvpk", "wavpack"),
    (b"TTA1", "tta"),
    (b"MP+", "musepack"),
    (b"MPCK", "musepack8"),
    (b"tBaK", "tak"),
    (b"DSD \x1c\x00\x00\x00", "dsf"),
    (b"FRM8", "dff"),
    (b"MThd", "midi"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "j2k"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (b"\xff\x0a", "jxl"),
    (b"8BPS\x00", "psd"),
    (b"DDS |\x00\x00\x00", "dds"),
    (b"qoif", "qoi"),
    (b"icns", "icns"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"#?RADIANCE", "hdr"),
    (b"#?RGBE", "hdr"),
    (b"SDPX", "dpx"),
    (b"XPDS", "dpx"),
    (b"\x01\xda\x00", "sgi"),
    (b"\x01\xda\x01", "sgi"),
    (b"FUJIFILMCCD-RAW", "raf"),
    (b"IIRO", "orf"),
    (b"IIRS", "orf"),
    (b"MMOR", "orf"),
    (b"IIU\x00", "rw2"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x7fELF", "program"),
    (b"CWS", "flash"),
    (b"FWS", "flash"),
)

_TEXT: tuple[tuple[str, str], ...] = (
    (r"#EXTM3U", "hls"),
    (r"\[playlist\]|\[Reference\]|RTSPtext", "pls"),
    (r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<MPD\b", "dash"),
    (r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(smil|SmoothStreamingMedia|asx)\b", "smil"),
    (r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<!DOCTYPE svg[^>]*(\[.*?\])?\s*>\s*)*<svg\b", "svg"),
    (r"ffconcat version|file '[^\n]*'|#\s*ffconcat", "concat"),
    (r"v=0\s+o=", "sdp"),
    (r";FFMETADATA", "ffmetadata"),
    (r"WEBVTT|\[Script Info\]|\d+\s*\r?\n\d+:\d\d:\d\d[,.]\d+ *-->|\{\d+\}\{\d+\}", "subtitles"),
    (r"<SAMI>|(<\?xml[^>]*>\s*)?<tt\b", "subtitles"),
    (r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html)\b", "html"),
    (r"<\?xml", "xml"),
    (r"version https://git-lfs", "lfs"),
    (r"[\[{]\s*[\"\[{\]}]", "json"),
)
_TEXTS = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), name) for pattern, name in _TEXT)

_HEIF = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"},
)
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "})


def id3_end(head: bytes) -> int:
    """Where the ID3v2 tag in front of a sound ends; 0 when there is none."""
    if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte
    return size + (20 if head[5] & 0x10 else 10)


def sniff(head: bytes, after_tag: bytes = b"") -> Sniffed | None:
    """Name the format, or ``None`` when nothing known starts like this.

    ``head`` is the start of the file (:data:`HEAD` bytes); ``after_tag`` the bytes from
    :func:`id3_end` on when that lies outside the head.
    """
    name = _name(head, after_tag)
    return known(name) if name else None


def _name(head: bytes, after_tag: bytes) -> str | None:
    if tag := id3_end(head):
        return _tagged(after_tag or head[tag:])
    for signature, name in _AT_START:
        if head.startswith(signature):
            return _closer(name, head)
    return next((found for judge in _JUDGES if (found := judge(head))), None)


def _closer(name: str, head: bytes) -> str:
    if name == "matroska" and re.search(rb"(?s)\x42\x82.{1,8}?webm", head[:4096]):
        return "webm"
    return name


def _tagged(body: bytes) -> str:
    if body.startswith(b"fLaC"):
        return "flac"
    return (looks_like(body) or "mp3") if body else "mp3"


def _riff(head: bytes) -> str | None:
    forms = {b"WAVE": "wav", b"AVI ": "avi", b"AVIX": "avi", b"WEBP": "webp", b"RMID": "midi"}
    if head[:4] in (b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "rf64"
    if head[:4] in (b"RIFF", b"RIFX"):
        return forms.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    return None


def _iso(head: bytes) -> str | None:
    kind = head[4:8]
    if kind == b"ftyp":
        end = min(int.from_bytes(head[:4], "big"), len(head), 4096)
        brands = [head[at : at + 4] for at in (8, *range(16, end - 3, 4))]
        return _brand(brands, head[end + 4 : end + 8])
    if kind in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return "mov"
    return "mp4" if kind in (b"styp", b"moof", b"sidx") else None


def _brand(brands: list[bytes], behind: bytes) -> str:
    """By the brands, and by the kind of the box behind them where the first one is unknown."""
    major, every = brands[0], set(brands)
    if major == b"crx ":
        return "cr3"
    if major in _SOUND_BRANDS:
        return "m4a"
    if major == b"qt  ":
        return "mov"
    if major[:3] in (b"3gp", b"3g2", b"3gr", b"3gs", b"3ge", b"3gg"):
        return "3gp"
    if major in (b"avif", b"avis"):
        return "avif"
    if major in _HEIF:
        return "heic"
    if major in (b"avci", b"avcs"):
        return "heif"
    still = b"mif1" in every and behind == b"meta"
    if still or major in (b"mif1", b"msf1", b"mif2", b"miaf"):
        return "avif" if every & {b"avif", b"avis"} else "heic" if every & _HEIF else "heif"
    return "mp4"


def _packets(head: bytes) -> str | None:
    """MPEG transport stream: the sync byte 0x47 in every packet of 188, 192 or 204 bytes."""
    for size, first in ((188, 0), (192, 4), (204, 0)):
        marks = head[first : first + size * 20 : size]
        if len(marks) >= 3 and set(marks) == {0x47}:
            return "mpegts"
    return None


def _tiff(head: bytes) -> str | None:
    if head[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return None
    if head[8:10] == b"CR":
        return "cr2"
    return "dng" if b"\x12\xc6\x01\x00\x04\x00" in head or _dng_big(head) else "tiff"


def _dng_big(head: bytes) -> bool:
    return head[:2] == b"MM" and b"\xc6\x12\x00\x01\x00\x00\x00\x04" in head


def _small_pictures(head: bytes) -> str | None:
    if head[:2] == b"BM" and len(head) >= 18 and head[14:18] in _BMP_HEADERS:
        return "bmp"
    if head[:4] in (b"\0\0\1\0", b"\0\0\2\0") and 0 < int.from_bytes(head[4:6], "little") < 256:
        return "ico"
    if re.match(rb"P[1-7fF][ \t\r\n#]", head):
        return {55: "pam", 70: "pfm", 102: "pfm"}.get(head[1], "ppm")
    if re.match(rb"\x0a[\x00\x02-\x05][\x00\x01][\x01\x02\x04\x08]", head):
        return "pcx"
    return None


def _tga(head: bytes) -> str | None:
    """Truevision TGA has no signature in front: all of its header must make sense."""
    if len(head) < 18:
        return None
    palette, kind, depth, flags = head[1], head[2], head[16], head[17]
    listed = (1, 9) if palette else (2, 3, 10, 11)
    coherent = head[7] in (15, 16, 24, 32) if palette else not any(head[3:7])
    sides = all(int.from_bytes(head[at : at + 2], "little") for at in (12, 14))
    depths = (8, 16) if palette or kind in (3, 11) else (15, 16, 24, 32)
    plain = flags & 0xC0 == 0 and flags & 0x0F <= 8
    fits = palette <= 1 and kind in listed and depth in depths
    return "tga" if fits and coherent and sides and plain else None


_BMP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 16, 40, 52, 56, 64, 108, 124))


def _annex_b(head: bytes) -> str | None:
    match = re.match(rb"\x00?\x00\x00\x01(.)(.)", head, re.DOTALL)
    if match is None:
        return None
    first, second = match.group(1)[0], match.group(2)[0]
    if first & 0x9F in (0x07, 0x09) and (first & 0x60 or first == 0x09):
        return "h264"
    return "hevc" if first in (0x40, 0x42, 0x46) and second == 1 else None


def _late_mxf(head: bytes) -> str | None:
    """MXF may begin with up to 64 kB of anything (SMPTE ST 377-1, run-in)."""
    return "mxf" if _MXF_HEADER in head else None


def _text(head: bytes) -> str | None:
    if not head.strip(b"\0"):
        return "zeros" if len(head) > 64 else None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "replace")
    else:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    text = text[:4096].lstrip()
    for pattern, name in _TEXTS:
        if pattern.match(text):
            return name
    return (
        "text" if text and not re.search(r"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]", text) else None
    )


def _program(head: bytes) -> str | None:
    return "program" if head[:2] == b"MZ" and len(head) > 64 else None


_JUDGES: tuple[Callable[[bytes], str | None], ...] = (
    _iso,
    _riff,
    _packets,
    _tiff,
    _small_pictures,
    _annex_b,
    looks_like,
    _late_mxf,
    _tga,
    _text,
    _program,
)
