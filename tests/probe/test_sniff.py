"""Formats are told from the first bytes."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep import process
from seedance_prep.core.media import Fault
from seedance_prep.core.request import Kind
from seedance_prep.probe.formats import DEMUXERS, PICTURES, REFUSED, SOUNDS, TRACKED, known
from seedance_prep.probe.sniff import id3_end, sniff


def ftyp(*brands: bytes) -> bytes:
    size = (8 + 4 * (len(brands) + 1)).to_bytes(4, "big")
    return size + b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:]) + b"\0\0\0\x08free"


MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
ADTS_FRAME = b"\xff\xf1\x50\x80\x04\x1f\xfc" + bytes(25)
ID3 = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)
STARTS = {
    "mp4": ftyp(b"isom", b"iso2", b"avc1", b"mp41"),
    "mov": ftyp(b"qt  ", b"qt  "),
    "m4a": ftyp(b"M4A ", b"mp42"),
    "3gp": ftyp(b"3gp5", b"isom"),
    "heic": ftyp(b"mif1", b"heic"),
    "avif": ftyp(b"mif1", b"avif", b"miaf"),
    "matroska": b"\x1aE\xdf\xa3\x93\x42\x82\x88matroska",
    "webm": b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x10\x42\x82\x84webm",
    "avi": b"RIFF\0\0\0\0AVI LIST",
    "wav": b"RIFF\0\0\0\0WAVEfmt ",
    "rf64": b"RF64\xff\xff\xff\xffWAVEds64",
    "webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "aiff": b"FORM\0\0\0\0AIFC",
    "mpegts": (b"\x47" + bytes(187)) * 5,
    "mpeg": b"\0\0\x01\xba\x44",
    "h264": b"\0\0\0\x01\x67\x64",
    "hevc": b"\0\0\0\x01\x40\x01\x0c",
    "mp3": MP3_FRAME * 4,
    "aac": ADTS_FRAME * 4,
    "ac3": (b"\x0b\x77\0\0\x00\x40" + bytes(122)) * 4,
    "flac": b"fLaC\0\0\0\x22",
    "ogg": b"OggS\0\x02",
    "jpeg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    "cgbi": b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI",
    "gif": b"GIF89a",
    "tiff": b"II*\0\x08\0\0\0",
    "bmp": b"BM" + bytes(12) + b"\x28\0\0\0",
    "psd": b"8BPS\0\x01",
    "ppm": b"P6 2 2 255\n",
    "jxl": b"\xff\x0a\x00",
    "mxf": bytes(20) + b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01",
}


@pytest.mark.parametrize("container", STARTS)
def test_known_starts(container: str) -> None:
    """Each format is named from its first bytes."""
    found = sniff(STARTS[container])
    assert found is not None
    assert container == found.container


@pytest.mark.parametrize(("more", "container"), [((), "heif"), ((b"heic",), "heic")])
def test_pictures_of_an_unknown_brand(more: tuple[bytes, ...], container: str) -> None:
    """Items and no movie behind a brand that nobody knows are a picture; a movie stays one."""
    head = ftyp(b"zzzz", b"mif1", *more).removesuffix(b"\0\0\0\x08free")
    found = [sniff(head + b"\0\0\0\x20" + box) for box in (b"meta", b"moov")]
    assert [container, "mp4"] == [one and one.container for one in found]


@pytest.mark.parametrize("name", ["hls", "pls", "dash", "smil", "concat", "sdp", "subtitles"])
def test_what_points_elsewhere_is_not_to_be_exported(name: str) -> None:
    """What helps is to give what it points to; there is nothing in it to export."""
    remedy = known(name).remedy
    assert remedy is not None
    assert "export" not in remedy


@pytest.mark.parametrize(
    ("text", "container"),
    [
        (b"#EXTM3U\n#EXT-X-VERSION:3\nhttps://example.test/a.ts\n", "hls"),
        (b"\xef\xbb\xbf#EXTM3U\n", "hls"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash">', "dash"),
        (b"<MPD><Period/></MPD>", "dash"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "concat"),
        (b"file '/etc/passwd'\n", "concat"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "sdp"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n", "subtitles"),
        (b"1\n00:00:00,000 --> 00:00:01,000\nhi\n", "subtitles"),
        (b"[Script Info]\nTitle: x\n", "subtitles"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
        (b'<?xml version="1.0"?><!-- made by hand --><svg/>', "svg"),
        (b"<!DOCTYPE html><html>", "html"),
        (b'{"detail": "not found"}', "json"),
        ("ein Text, überall".encode(), "text"),
        ("text".encode("utf-16"), "text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "lfs"),
        (b"%PDF-1.7", "pdf"),
        (b"PK\x03\x04", "zip"),
        (gzip.compress(b"\xff\xd8\xff", mtime=0), "gzip"),
        (bytes(4096), "zeros"),
    ],
)
def test_what_only_poses_as_media(text: bytes, container: str) -> None:
    """What points elsewhere or holds no media is refused with a sentence and gets no demuxer."""
    found = sniff(text)
    assert found is not None
    assert container == found.container
    assert found.fault in (Fault.UNSUPPORTED, Fault.NOT_MEDIA)
    assert found.says
    assert found.demuxer is None


def test_a_tag_in_front_is_skipped() -> None:
    """The format of a sound behind an ID3 tag is that of the sound."""
    assert 20 == id3_end(ID3)
    for container, body in (("mp3", MP3_FRAME * 4), ("flac", b"fLaC"), ("aac", ADTS_FRAME * 4)):
        inside, outside = sniff(ID3 + body), sniff(ID3, after_tag=body)
        assert inside is not None
        assert outside is not None
        assert (container, container) == (inside.container, outside.container)


def test_one_sync_word_proves_nothing() -> None:
    """Noise with a single MP3 sync word in it is no sound."""
    assert sniff(b"\x01" + MP3_FRAME[:4] + bytes(range(1, 250))) is None


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    """Sniffing ends with a known format or with none, whatever the bytes."""
    found = sniff(data)
    assert found is None or found == known(found.container)


@given(st.sampled_from(sorted(STARTS)), st.binary(max_size=64))
def test_any_tail(container: str, tail: bytes) -> None:
    """What follows a clear signature does not break the verdict's shape."""
    found = sniff(STARTS[container][:12] + tail)
    assert found is None or found.container in {*TRACKED, *SOUNDS, *PICTURES, *REFUSED}


def test_tables_do_not_overlap() -> None:
    """A container stands in one table only."""
    names = [*TRACKED, *SOUNDS, *PICTURES, *REFUSED]
    assert sorted(set(names)) == sorted(names)
    assert (None, Kind.AUDIO, Kind.IMAGE) == tuple(
        known(name).kind for name in ("mp4", "wav", "png")
    )


def test_every_demuxer_is_one_of_ffmpegs() -> None:
    """Each demuxer of the allow-list exists in the ffmpeg in use."""
    listed = process.run([process.ffmpeg(), "-hide_banner", "-demuxers"]).stdout.decode()
    rows = (line.split() for line in listed.splitlines())
    names = {name for row in rows if len(row) > 1 for name in row[1].split(",")}
    assert set() == DEMUXERS - names
    assert set() == DEMUXERS & {"hls", "dash", "concat", "sdp", "image2", "lavfi", "tedcaptions"}
