"""Sounds after a fix: the window, no longer than it, without clicks, covers and tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seedance_prep.core.media import AudioFacts
from seedance_prep.core.plan import Action, AudioRecipe, Window
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import make

from .clips import ffmpeg, fixed, samples, seconds, step_of, tracks

STEPS = "aevalsrc=exprs='0.5*sin(2*PI*t*(400+200*floor(t)))':s={rate}:d=6:c=stereo"
"""400 Hz in the first second, 200 Hz more in each that follows."""
CODECS = {
    "m4a": ("mov", "aac"),
    "ogg": ("ogg", "libvorbis"),
    "opus": ("ogg", "libopus"),
    "flac": ("flac", "flac"),
    "wav": ("wav", "pcm_s24le"),
    "aiff": ("aiff", "pcm_s16be"),
    "mp3": ("mp3", "libmp3lame"),
}


def made(folder: Path, suffix: str, rate: int = 48_000) -> Path:
    source = folder / f"tone.{suffix}"
    tone = ("-f", "lavfi", "-i", STEPS.format(rate=rate))
    coder = ("-c:a", CODECS[suffix][1], *(("-sample_fmt", "s16") if suffix == "flac" else ()))
    ffmpeg(*tone, *coder, "-b:a", "192k", "-metadata", "title=secret", source)
    return source


def facts_of(path: Path, **facts: object) -> AudioFacts:
    known = {"demuxer": CODECS[path.suffix[1:]][0], "duration": 6.0, "channels": 2,
             "sample_rate": 48_000} | facts  # fmt: skip
    return AudioFacts(container=path.suffix[1:], bytes=path.stat().st_size, **known)  # type: ignore[arg-type]


def pitch(path: Path, start: float, end: float) -> float:
    """The strongest frequency between two instants."""
    rate = int(tracks(path)["Audio"]["sampling_rate"])
    part = samples(path, path.suffix[1:])[int(start * rate) : int(end * rate), 0].astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(part))) * rate / len(part))


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("kind", ["mp3", "wav"])
def test_the_window_of_every_format(tmp_path: Path, suffix: str, kind: str) -> None:
    """The seconds of the window come out, at their pitch, and readers see no more than those."""
    source = made(tmp_path, suffix)
    plan = AudioRecipe(window=Window(2, 5), format=kind)
    out = fixed(source, facts_of(source), plan, tmp_path)
    assert 2.94 <= seconds(out) <= 3.0
    assert 800 == pytest.approx(pitch(out, 0.1, 0.9), abs=3)
    assert 1200 == pytest.approx(pitch(out, 2.1, 2.85), abs=3)
    assert b"secret" not in out.read_bytes()


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("length", [2.0, 3.0, 4.321])
def test_mp3_reports_no_more_than_the_window(tmp_path: Path, rate: int, length: float) -> None:
    """What an encoder adds in front and behind is taken off before, at every sample rate."""
    source = made(tmp_path, "wav", rate)
    plan = AudioRecipe(window=Window(1, 1 + length))
    out = fixed(source, facts_of(source, sample_rate=rate), plan, tmp_path)
    assert length - 0.06 < seconds(out) <= length
    audio = tracks(out)["Audio"]
    assert ("CBR", 192_000) == (audio["bit_rate_mode"], audio["bit_rate"])


@pytest.mark.parametrize("kind", ["mp3", "wav"])
def test_a_short_sound_is_not_made_shorter(tmp_path: Path, kind: str) -> None:
    """A sound of 1.8 s that keeps its length still reports 1.8 s."""
    source = tmp_path / "short.flac"
    ffmpeg("-f", "lavfi", "-i", "sine=r=48000:d=1.8", source)
    facts = facts_of(source, duration=1.8, channels=1)
    assert 1.8 <= seconds(fixed(source, facts, AudioRecipe(format=kind), tmp_path)) <= 1.83


@pytest.mark.parametrize("length", [1.0, 5.1465, 14.9])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_an_uncut_sound_keeps_its_last_word(tmp_path: Path, length: float, rate: int) -> None:
    """Without a window every sample stays, and the MP3 reports at most a tenth of a second more."""
    source = tmp_path / "voice.flac"
    ffmpeg("-f", "lavfi", "-i", f"sine=r={rate}:d={length}", source)
    facts = facts_of(source, duration=length, channels=1, sample_rate=rate)
    out = fixed(source, facts, AudioRecipe(), tmp_path)
    assert length <= seconds(out) <= length + 0.1
    heard = samples(out, "mp3")[:, 0].astype(int)
    end = round(length * rate)
    assert np.abs(heard[end - rate // 100 : end]).max() > 2000


@pytest.mark.parametrize("count", [1, 5, 10, 17])
def test_a_few_samples_are_not_lost(tmp_path: Path, count: int) -> None:
    """Sound shorter than the resampler's filter is heard before the silence that lengthens it."""
    source = tmp_path / "click.wav"
    loud = f"aevalsrc=0.8:s=1234:d=1,atrim=end_sample={count}"
    ffmpeg("-f", "lavfi", "-i", loud, source)
    facts = facts_of(source, duration=count / 1234, channels=1, sample_rate=1234)
    out = fixed(source, facts, AudioRecipe(length=2.0, format="wav"), tmp_path)
    heard = samples(out, "wav")[:, 0].astype(int)
    assert 96_000 == len(heard)
    assert np.abs(heard[: count * 39]).max() > 10_000


def test_a_sound_of_no_samples_is_told(corpus: Path, tmp_path: Path) -> None:
    """A header without any sound behind it is not made into silence."""
    source = corpus / "audio" / "opus_cover.opus"
    facts = facts_of(source, duration=0.012, channels=1)
    with pytest.raises(ToolFailedError, match="found no sound in it, though its header tells"):
        make(step_of(source, facts, AudioRecipe(length=2.0)), tmp_path)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["mp3", "wav"])
def test_silence_lengthens(tmp_path: Path, kind: str) -> None:
    """A sound that is too short is followed by silence until the length that was asked."""
    source = tmp_path / "short.flac"
    ffmpeg("-f", "lavfi", "-i", "sine=r=48000:d=1", source)
    facts = facts_of(source, duration=1.0, channels=1)
    out = fixed(source, facts, AudioRecipe(length=2.0, format=kind), tmp_path)
    assert 2.0 <= seconds(out) <= 2.03
    heard = samples(out, kind)[:, 0].astype(int)
    assert np.abs(heard[:40_000]).max() > 3000
    assert np.abs(heard[60_000:]).max() < 50


def test_cuts_do_not_click(tmp_path: Path) -> None:
    """The first and last samples of a window cut out of a loud sound are near silence."""
    source = made(tmp_path, "wav")
    plan = AudioRecipe(window=Window(1.0002, 3.0003), format="wav")
    heard = samples(fixed(source, facts_of(source), plan, tmp_path), "wav").astype(int)
    assert np.abs(heard[[0, -1]]).max() < 400
    assert np.abs(heard[600:2000]).max() > 10_000


def test_an_uncut_sound_has_no_fades(tmp_path: Path) -> None:
    """A sound that is only converted keeps its first and last samples."""
    source = made(tmp_path, "flac")
    out = fixed(source, facts_of(source), AudioRecipe(format="wav"), tmp_path)
    before = ffmpeg("-i", source, "-f", "s16le", "-")
    assert np.array_equal(np.frombuffer(before, np.int16).reshape(-1, 2), samples(out, "wav"))


def test_wav_is_plain_pcm(tmp_path: Path) -> None:
    """A WAV is 16-bit PCM with nothing but a format and samples."""
    source = made(tmp_path, "m4a")
    data = fixed(source, facts_of(source), AudioRecipe(format="wav"), tmp_path).read_bytes()
    assert (b"RIFF", b"WAVEfmt ", b"data") == (data[:4], data[8:16], data[36:40])
    assert (1, 2, 48_000, 16) == tuple(
        int.from_bytes(data[at : at + size], "little")
        for at, size in ((20, 2), (22, 2), (24, 4), (34, 2))
    )


def test_only_the_window_of_an_hour_is_decoded(tmp_path: Path) -> None:
    """Three seconds of an hour need no more room than three seconds: less than a minute's PCM."""
    source = tmp_path / "hour.flac"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=3600", source)
    facts = facts_of(source, duration=3600.0, channels=1, sample_rate=8000)
    out = fixed(source, facts, AudioRecipe(window=Window(3000, 3003)), tmp_path)
    assert 2.94 <= seconds(out) <= 3.0
    with pytest.raises(ToolFailedError, match="choose a part"):
        make(step_of(source, facts, AudioRecipe()), tmp_path)


def test_the_chosen_track_is_taken(tmp_path: Path) -> None:
    """Of two sound tracks the one that facts name comes out."""
    source = tmp_path / "two.m4a"
    tones = [("-f", "lavfi", "-i", f"sine=f={hertz}:r=48000:d=6") for hertz in (500, 900)]
    ffmpeg(*tones[0], *tones[1], "-map", "0", "-map", "1", source)
    plan = AudioRecipe(window=Window(1, 4))
    out = fixed(source, facts_of(source, track=1, channels=1), plan, tmp_path)
    assert 900 == pytest.approx(pitch(out, 0.5, 2.5), abs=2)


def test_surround_becomes_stereo(tmp_path: Path) -> None:
    """Six channels come out as two."""
    source = tmp_path / "surround.flac"
    ffmpeg("-f", "lavfi", "-i", "sine=r=48000:d=3", "-ac", "6", source)
    facts = facts_of(source, duration=3.0, channels=6)
    assert 2 == samples(fixed(source, facts, AudioRecipe(), tmp_path), "mp3").shape[1]


def test_a_copy_loses_cover_and_tags(tmp_path: Path) -> None:
    """A remuxed MP3 holds the same frames without cover and names."""
    source, cover = made(tmp_path, "mp3"), tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", cover)
    covered = tmp_path / "covered.mp3"
    ffmpeg("-i", source, "-i", cover, "-map", "0", "-map", "1", "-c", "copy", covered)
    out = fixed(covered, facts_of(covered), AudioRecipe(), tmp_path, action=Action.REMUXED)
    assert {"General", "Audio"} == set(tracks(out))
    assert not [word for word in (b"secret", b"PNG", b"APIC") if word in out.read_bytes()]
    hashes = [ffmpeg("-i", one, "-map", "0:a", "-f", "md5", "-") for one in (source, out)]
    assert hashes[0] == hashes[1]


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs make the same file."""
    source = made(tmp_path, "opus")
    plan = AudioRecipe(window=Window(1, 4))
    first, second = (fixed(source, facts_of(source), plan, tmp_path).read_bytes() for _ in "ab")
    assert first == second
