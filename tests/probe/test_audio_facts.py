"""Facts of sounds, made on the spot."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_prep.core.media import Fault
from seedance_prep.core.request import Kind

from .made import TONE, audio, fault

Make = Callable[..., Path]


@pytest.mark.parametrize(
    ("name", "container", "demuxer", "codec"),
    [
        ("a.wav", "wav", "wav", "pcm_s16le"),
        ("a.mp3", "mp3", "mp3", "mp3"),
        ("a.m4a", "m4a", "mov", "aac"),
        ("a.flac", "flac", "flac", "flac"),
        ("a.ogg", "ogg", "ogg", "vorbis"),
        ("a.opus", "ogg", "ogg", "opus"),
        ("a.aiff", "aiff", "aiff", "pcm_s16be"),
        ("a.caf", "caf", "caf", "pcm_s16be"),
        ("a.w64", "w64", "w64", "pcm_s16le"),
        ("a.aac", "aac", "aac", "aac"),
        ("a.ac3", "ac3", "ac3", "ac3"),
        ("a.wma", "asf", "asf", "wmav2"),
        ("a.mka", "matroska", "matroska", "vorbis"),
        ("a.webm", "webm", "matroska", "opus"),
        ("a.mp4", "mp4", "mov", "aac"),
        ("a.ts", "mpegts", "mpegts", "mp2"),
        ("a.mp2", "mp3", "mp3", "mp2"),
    ],
)
def test_formats(ffmpeg_make: Make, name: str, container: str, demuxer: str, codec: str) -> None:
    """Each format of sound is named, measured and given the demuxer that reads it."""
    coder = ("-c:a", "libvorbis" if codec == "vorbis" else "libopus") * (codec in "vorbis opus")
    facts = audio(ffmpeg_make(name, *TONE, *coder))
    assert (container, demuxer, codec) == (facts.container, facts.demuxer, facts.codec)
    assert (48000, 1) == (facts.sample_rate, facts.channels)
    assert 2.0 == pytest.approx(facts.duration, abs=0.06)


def test_the_padding_of_mp3_does_not_count(ffmpeg_make: Make) -> None:
    """An MP3 lasts as long as the sound that was put in, where its header tells."""
    assert 2.0 == pytest.approx(audio(ffmpeg_make("a.mp3", *TONE)).duration, abs=0.0005)


def test_an_mp3_that_was_cut_off_is_as_long_as_what_is_there(
    ffmpeg_make: Make, tmp_path: Path
) -> None:
    """The header of an MP3 tells the length of the whole; half of the bytes are half of that."""
    whole = ffmpeg_make("a.mp3", *TONE).read_bytes()
    half = tmp_path / "half.mp3"
    half.write_bytes(whole[: len(whole) // 2])
    assert 1.0 == pytest.approx(audio(half).duration, abs=0.06)


def test_variable_rate_without_a_header(ffmpeg_make: Make) -> None:
    """A VBR MP3 without a Xing header is as long as its frames, not as its first bit rate says."""
    path = ffmpeg_make("a.mp3", *TONE, "-q:a", "4", "-write_xing", "0", "-id3v2_version", "0")
    assert 2.0 == pytest.approx(audio(path).duration, abs=0.1)


def test_a_wav_whose_header_lies(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A WAV that was written to a pipe declares 4 GB; its length is that of its bytes."""
    data = bytearray(ffmpeg_make("a.wav", *TONE, "-bitexact").read_bytes())
    at = data.index(b"data")
    for offset in (4, at + 4):
        data[offset : offset + 4] = b"\xff\xff\xff\xff"
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert 2.0 == pytest.approx(audio(path).duration, abs=0.01)


def test_channels(ffmpeg_make: Make) -> None:
    """Surround sound has all of its channels."""
    path = ffmpeg_make("a.m4a", *TONE, "-ac", "6", "-c:a", "aac")
    assert 6 == audio(path).channels


def test_a_name_means_nothing(ffmpeg_make: Make, tmp_path: Path) -> None:
    """An M4A called .mp3 is an M4A."""
    path = tmp_path / "voice.mp3"
    path.write_bytes(ffmpeg_make("a.m4a", *TONE).read_bytes())
    assert "m4a" == audio(path).container


def test_a_large_cover_costs_nothing(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A picture in front of an MP3 is skipped, and told."""
    plain = ffmpeg_make("a.mp3", *TONE, "-id3v2_version", "0").read_bytes()
    picture = b"APIC" + (900_014).to_bytes(4, "big") + b"\0\0\0image/jpeg\0\3\0" + bytes(900_000)
    size = len(picture)
    synchsafe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    path = tmp_path / "a.mp3"
    path.write_bytes(b"ID3\3\0\0" + synchsafe + picture + plain)
    facts = audio(path)
    assert ("mp3", True) == (facts.codec, facts.cover)
    assert 2.0 == pytest.approx(facts.duration, abs=0.06)


def test_headers_without_sound(tmp_path: Path) -> None:
    """A header with nothing behind it is damaged."""
    path = tmp_path / "a.wav"
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    path.write_bytes(b"RIFF" + struct.pack("<I", 36) + b"WAVE" + form[:12])
    assert Fault.DAMAGED == fault(path, Kind.AUDIO)
