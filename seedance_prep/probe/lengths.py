"""Lengths that headers hold and MediaInfo passes over. Pure.

The Xing and LAME header of MP3 (its de facto specification is LAME's "MP3 Info Tag"), the ``fact``
chunk of WAV, the declared sizes of Matroska (RFC 8794), AVI and ASF.
"""

from __future__ import annotations

from ..core.mpeg import info_tag, mpeg_frame, steady_seconds

ASF_PROPERTIES = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
SEGMENT = b"\x18\x53\x80\x67"


def mp3_seconds(body: bytes) -> float | None:
    """Seconds of an MP3 that declares its frames, without the encoder's padding.

    ``body`` begins at the first frame; ``None`` when there is no Xing, Info or VBRI header.
    """
    frame, tag = mpeg_frame(body), info_tag(body)
    if frame is None or tag is None or tag.frames is None:
        return None
    samples = tag.frames * frame.samples
    padding = (tag.delay or 0) + (tag.padding or 0)
    return max(samples - (padding if padding < 8 * frame.samples else 0), 0) / frame.rate or None


def mp3_bytes(body: bytes) -> int | None:
    """Bytes of the whole sound as its first frame declares them (tags not counted)."""
    tag = info_tag(body)
    return tag.bytes if tag and tag.frames is not None else None


def mp3_told(body: bytes, size: int) -> float | None:
    """What readers make of an MP3 who do not go through it: its tag, or how it begins."""
    return mp3_seconds(body) or steady_seconds(body, size)


def wav_told(head: bytes) -> float | None:
    """Seconds that the sizes in a WAV's header stand for, whatever there is behind it."""
    at, per_second = 12, 0
    while at + 8 <= len(head):
        size = int.from_bytes(head[at + 4 : at + 8], "little")
        if head[at : at + 4] == b"fmt ":
            per_second = int.from_bytes(head[at + 16 : at + 20], "little")
        elif head[at : at + 4] == b"data":
            return size / per_second if per_second else None
        at += 8 + size + (size & 1)
    return None


def wav_seconds(head: bytes) -> float | None:
    """Seconds of a compressed WAV by its ``fact`` chunk (samples) and its sample rate."""
    at, rate, samples = 12, 0, 0
    while at + 12 <= len(head) and head[at : at + 4] != b"data":
        if head[at : at + 4] == b"fmt ":
            rate = int.from_bytes(head[at + 12 : at + 16], "little")
        elif head[at : at + 4] == b"fact":
            samples = int.from_bytes(head[at + 8 : at + 12], "little")
        size = int.from_bytes(head[at + 4 : at + 8], "little")
        at += 8 + size + (size & 1)
    return samples / rate if samples and rate else None


def declared_size(container: str, head: bytes) -> int | None:
    """Bytes that the whole file should have; ``None`` when the header does not say."""
    if container in ("matroska", "webm"):
        return _segment_end(head)
    if container == "avi":
        return int.from_bytes(head[4:8], "little") + 8
    at = head.find(ASF_PROPERTIES) if container == "asf" else -1
    return int.from_bytes(head[at + 40 : at + 48], "little") if at >= 0 else None


def _segment_end(head: bytes) -> int | None:
    at = head.find(SEGMENT, 0, 4096) + len(SEGMENT)
    if at < len(SEGMENT) or at >= len(head) or not head[at]:
        return None
    width = 9 - head[at].bit_length()
    size = int.from_bytes(head[at : at + width], "big") & (1 << 7 * width) - 1
    unknown = size >= (1 << 7 * width) - 1 or size >= 1 << 50
    return None if unknown else at + width + size
