"""What listening to a sound finds that no header tells."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_prep.core.media import Fault
from seedance_prep.core.request import Kind
from seedance_prep.probe.listened import listened

from .made import TONE, audio, fault

Make = Callable[..., Path]
LOUD = ("-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*997*t)|0.5*sin(2*PI*997*t)':s=48000:d=4")
MP3 = ("-c:a", "libmp3lame", "-b:a", "128k")


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.m4a", "a.opus"])
def test_a_tone_has_the_loudness_that_defines_the_scale(ffmpeg_make: Make, name: str) -> None:
    """997 Hz in both channels, 6 dB under full scale: -6 LUFS and -6 dBTP (BS.1770)."""
    facts = audio(ffmpeg_make(name, *LOUD))
    assert -6.02 == pytest.approx(facts.loudness, abs=0.5)
    assert -6.02 == pytest.approx(facts.peak, abs=0.5)
    assert 4.0 == pytest.approx(facts.heard, abs=0.11)
    assert not facts.faulty


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.m4a"])
def test_silence_is_known(ffmpeg_make: Make, name: str) -> None:
    """Four seconds of nothing have no loudness, and no second of them is heard."""
    facts = audio(ffmpeg_make(name, "-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono:d=4"))
    assert (None, 0.0) == (facts.loudness, facts.heard)
    assert facts.peak is not None
    assert facts.peak < -60


def test_a_click_is_not_much(ffmpeg_make: Make) -> None:
    """Of five seconds with one click a tenth of a second is heard."""
    click = ("-f", "lavfi", "-i", "aevalsrc='0.5*lt(t-2,0.01)*gte(t,2)':d=5:s=44100")
    assert 0.1 == pytest.approx(audio(ffmpeg_make("a.wav", *click)).heard, abs=0.01)


def test_joined_files_are_as_long_as_both(ffmpeg_make: Make, tmp_path: Path) -> None:
    """The header of the first tells of itself alone."""
    one = ffmpeg_make("a.mp3", *TONE, *MP3).read_bytes()
    two = ffmpeg_make("b.mp3", *TONE, *MP3, "-write_xing", "0", "-id3v2_version", "0").read_bytes()
    path = tmp_path / "joined.mp3"
    path.write_bytes(one + two)
    facts = audio(path)
    assert 4.0 == pytest.approx(facts.duration, abs=0.1)
    assert 2.0 == pytest.approx(facts.told, abs=0.01)


def test_an_mp3_without_a_header_tells_what_its_first_frames_do(ffmpeg_make: Make) -> None:
    """Silence, then noise: by how it begins it would last for much longer."""
    graph = "anullsrc=r=44100:cl=mono:d=4[a];anoisesrc=r=44100:d=4:a=0.5[b];[a][b]concat=v=0:a=1"
    bare = ("-q:a", "2", "-write_xing", "0", "-id3v2_version", "0")
    facts = audio(ffmpeg_make("a.mp3", "-f", "lavfi", "-i", graph, "-c:a", "libmp3lame", *bare))
    assert 8.0 == pytest.approx(facts.duration, abs=0.1)
    assert facts.told is not None
    assert facts.told > 12


@pytest.mark.parametrize(
    ("declared", "told"), [(0, 0.0), (0xFFFFFFFF, 44_739.2), (384_000, 4.0), (192_000, 2.0)]
)
def test_a_wav_tells_what_it_declares(
    ffmpeg_make: Make, tmp_path: Path, declared: int, told: float
) -> None:
    """Two seconds are there, whatever the header says."""
    data = bytearray(ffmpeg_make("a.wav", *TONE, "-bitexact").read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = declared.to_bytes(4, "little")
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    facts = audio(path)
    assert 2.0 == pytest.approx(facts.duration, abs=0.01)
    assert told == pytest.approx(facts.told, rel=0.01)


def test_two_tags_and_twenty_megabytes_of_picture(ffmpeg_make: Make, tmp_path: Path) -> None:
    """However large a cover is, length and header are those of the sound behind it."""
    picture = b"APIC" + (20_000_014).to_bytes(4, "big") + b"\0\0\0image/jpeg\0\3\0"
    picture += b"\xff\xfb\x90\x64" * 5_000_000
    size = bytes(len(picture) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path = tmp_path / "a.mp3"
    sound = ffmpeg_make("a.mp3", *TONE, *MP3).read_bytes()
    path.write_bytes(b"ID3\3\0\0" + size + picture + sound)
    facts = audio(path)
    assert 2.0 == pytest.approx(facts.duration, abs=0.001)
    assert 2.0 == pytest.approx(facts.told, abs=0.001)


def test_changed_bytes_are_noticed(ffmpeg_make: Make, tmp_path: Path) -> None:
    """An MP3 of which frames are gone is told to be faulty; a whole one is not."""
    whole = ffmpeg_make("a.mp3", *LOUD, *MP3)
    data, chance = bytearray(whole.read_bytes()), random.Random(5)
    for _ in range(400):
        data[chance.randrange(3000, len(data))] = chance.randrange(256)
    path = tmp_path / "a.mp3"
    path.write_bytes(data)
    assert (False, True) == (audio(whole).faulty, audio(path).faulty)


def test_no_samples_at_all(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A header with nothing behind it is damaged, and says so in words."""
    data = ffmpeg_make("a.wav", *TONE, "-bitexact").read_bytes()
    path = tmp_path / "a.wav"
    path.write_bytes(data[: data.index(b"data") + 4] + bytes(4))
    assert Fault.DAMAGED == fault(path, Kind.AUDIO)


@pytest.mark.parametrize("content", [b"PK\3\4" + bytes(500), b"<!DOCTYPE html><html>" * 30])
def test_what_is_no_sound_is_named(tmp_path: Path, content: bytes) -> None:
    """An archive or a web page called .wav is no media."""
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert Fault.NOT_MEDIA == fault(path, Kind.AUDIO)


@pytest.mark.parametrize(
    ("name", "coder", "codec"),
    [
        ("ima.wav", ("-c:a", "adpcm_ima_wav"), "adpcm_ima_wav"),
        ("ms.wav", ("-c:a", "adpcm_ms"), "adpcm_ms"),
        ("mulaw.wav", ("-c:a", "pcm_mulaw", "-ar", "8000"), "pcm_mulaw"),
        ("alaw.wav", ("-c:a", "pcm_alaw", "-ar", "8000"), "pcm_alaw"),
        ("float.wav", ("-c:a", "pcm_f32le"), "pcm_f32le"),
        ("double.wav", ("-c:a", "pcm_f64le"), "pcm_f64le"),
        ("deep.wav", ("-c:a", "pcm_s24le"), "pcm_s24le"),
        ("wide.wav", ("-ac", "6", "-c:a", "pcm_s16le"), "pcm_s16le"),
        ("rf64.wav", ("-rf64", "always", "-c:a", "pcm_s16le"), "pcm_s16le"),
    ],
)
def test_every_kind_of_wav(
    ffmpeg_make: Make, name: str, coder: tuple[str, ...], codec: str
) -> None:
    """What is inside is named, and four seconds are heard."""
    facts = audio(ffmpeg_make(name, *LOUD, *coder))
    assert codec == facts.codec
    assert 4.0 == pytest.approx(facts.duration, abs=0.03)
    assert 4.0 == pytest.approx(facts.heard, abs=0.11)


def test_long_sounds_are_believed(ffmpeg_make: Make) -> None:
    """Nobody listens to an hour: what is cut from it is listened to."""
    path = ffmpeg_make("a.mp3", *TONE)
    facts = replace(audio(path), duration=3600.0, peak=None)
    assert facts == listened(facts, path)
