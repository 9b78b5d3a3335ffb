"""How loud a sound comes out: left alone, never clipped, and as loud as was asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seedance_prep.core.media import AudioFacts
from seedance_prep.core.plan import AudioRecipe, Step, Window
from seedance_prep.fixes import make
from seedance_prep.fixes.listen import true_peak

from .clips import ffmpeg, fixed, samples, step_of

SINE = "aevalsrc='{level}*sin(2*PI*997*t)|{level}*sin(2*PI*997*t)':s=48000:d={seconds}"


def tone(folder: Path, level: float, seconds: float = 4.0, *coder: str) -> Path:
    """997 Hz in both channels: in LUFS its loudness is the level of its peak in dB (BS.1770)."""
    source = folder / "tone.wav"
    graph = SINE.format(level=level, seconds=seconds)
    ffmpeg("-f", "lavfi", "-i", graph, *(coder or ("-c:a", "pcm_s24le")), source)
    return source


def facts_of(path: Path, **facts: object) -> AudioFacts:
    known = {"demuxer": path.suffix[1:], "duration": 4.0, "channels": 2, "sample_rate": 48_000}
    return AudioFacts(container=path.suffix[1:], bytes=path.stat().st_size, **known | facts)  # type: ignore[arg-type]


def peak(path: Path) -> float:
    """Decibels of the highest sample."""
    data = ffmpeg("-i", path, "-f", "f32le", "-")
    return float(20 * np.log10(np.abs(np.frombuffer(data, np.float32)).max()))


@pytest.mark.parametrize("kind", ["mp3", "wav"])
@pytest.mark.parametrize("level", [0.01, 0.1, 0.9])
@pytest.mark.parametrize("wanted", [-16.0, -23.0])
def test_a_tone_comes_out_as_loud_as_asked(
    tmp_path: Path, kind: str, level: float, wanted: float
) -> None:
    """The level of a tone, whose loudness is known by definition, follows from the loudness."""
    source = tone(tmp_path, level)
    out = fixed(source, facts_of(source), AudioRecipe(format=kind, loudness=wanted), tmp_path)
    middle = samples(out, kind)[48_000:96_000].astype(float) / 32_768
    assert wanted == pytest.approx(20 * np.log10(np.abs(middle).max()), abs=0.3)


@pytest.mark.parametrize("kind", ["mp3", "wav"])
def test_loudness_is_left_alone(tmp_path: Path, kind: str) -> None:
    """Without a wish the level stays (LAME takes a quarter of a decibel off by itself)."""
    source = tone(tmp_path, 0.25)
    out = fixed(source, facts_of(source), AudioRecipe(format=kind), tmp_path)
    middle = samples(out, kind)[48_000:96_000].astype(float) / 32_768
    assert 0.25 == pytest.approx(np.abs(middle).max(), abs=0.008)


def notes(step: Step, folder: Path) -> tuple[str, ...]:
    with make(step, folder) as draft:
        return draft.notes


def test_peaks_stay_under_the_ceiling(tmp_path: Path) -> None:
    """Clicks over a quiet tone cannot be made as loud as asked: it is told, with both numbers."""
    source = tmp_path / "clicks.wav"
    clicks = "aevalsrc='0.02*sin(2*PI*997*t)+0.3*lt(mod(t,1),0.002)*sin(2*PI*500*t)':s=48000:d=4"
    ffmpeg("-f", "lavfi", "-i", clicks, source)
    step = step_of(source, facts_of(source, channels=1), AudioRecipe(loudness=-16.0))
    (note,) = notes(step, tmp_path)
    assert "LUFS, as its peaks stay under -1 dBTP" in note
    out = fixed(source, facts_of(source, channels=1), AudioRecipe(loudness=-16.0), tmp_path)
    assert -2.0 < true_peak(out, "mp3") < 0.0


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    """Nothing is made louder, and that is told."""
    source = tone(tmp_path, 0.0)
    step = step_of(source, facts_of(source), AudioRecipe(loudness=-16.0))
    assert ("too short or too quiet to have a loudness: left as it was",) == notes(step, tmp_path)


@pytest.mark.parametrize("kind", ["mp3", "wav"])
@pytest.mark.parametrize("level", [1.2, 4.0, 20.0])
def test_floating_point_over_full_scale_is_not_clipped(
    tmp_path: Path, kind: str, level: float
) -> None:
    """What is louder than full scale comes out whole, as quiet as need be: a sine stays one."""
    source = tone(tmp_path, level, 4.0, "-c:a", "pcm_f32le")
    step = step_of(source, facts_of(source), AudioRecipe(format=kind))
    (note,) = notes(step, tmp_path)
    assert note.endswith("dB quieter, so that no peak clips")
    out = fixed(source, facts_of(source), AudioRecipe(format=kind), tmp_path)
    assert -1.0 < peak(out) < 0.0
    part = samples(out, kind)[48_000:96_000, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    assert spectrum[2900:3100].max() < spectrum[997] / 500  # a clipped sine has a third harmonic


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_coding_lifts_no_peak_over_full_scale(tmp_path: Path, seed: int) -> None:
    """Loud, hard noise decodes from the MP3 without a sample or a true peak over full scale."""
    source = tmp_path / "hard.wav"
    noise = f"anoisesrc=d=4:r=44100:c=white:seed={seed},volume=12dB,alimiter=limit=1:level=0"
    ffmpeg("-f", "lavfi", "-i", noise, "-ac", "2", source)
    out = fixed(source, facts_of(source, sample_rate=44_100), AudioRecipe(), tmp_path)
    assert true_peak(out, "mp3") < 0.0
    assert -6.0 < peak(out) < 0.0


@pytest.mark.parametrize(
    ("channel", "expected"),
    [(0, (0.5, 0.0)), (1, (0.0, 0.5)), (2, (0.3536, 0.3536)), (3, (0.0, 0.0)),
     (4, (0.3536, 0.0)), (5, (0.0, 0.3536))],
)  # fmt: skip
def test_surround_is_mixed_by_the_standard_matrix(
    tmp_path: Path, channel: int, expected: tuple[float, float]
) -> None:
    """Front stays, centre and back are 3 dB down, the effects channel is left out (BS.775)."""
    source = tmp_path / "surround.wav"
    sounds = "|".join("0.5*sin(2*PI*500*t)" if one == channel else "0" for one in range(6))
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{sounds}':c=5.1:s=48000:d=2", source)
    facts = facts_of(source, channels=6, duration=2.0)
    out = samples(fixed(source, facts, AudioRecipe(format="wav"), tmp_path), "wav") / 32_768
    assert expected == pytest.approx(np.abs(out[4800:-4800]).max(axis=0), abs=0.002)


def test_full_surround_does_not_clip(tmp_path: Path) -> None:
    """Six loud channels become two that are as loud as fits."""
    source = tmp_path / "surround.wav"
    sounds = "|".join(["0.9*sin(2*PI*500*t)"] * 6)
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{sounds}':c=5.1:s=48000:d=2", source)
    facts = facts_of(source, channels=6, duration=2.0)
    out = fixed(source, facts, AudioRecipe(format="wav"), tmp_path)
    assert -0.3 < peak(out) < 0.0


@pytest.mark.parametrize("rate", [96_000, 192_000, 176_400, 88_200])
def test_no_more_than_48_kilohertz(tmp_path: Path, rate: int) -> None:
    """High rates come down, without what lies above folding back."""
    source = tmp_path / "high.wav"
    graph = f"aevalsrc='0.4*sin(2*PI*1000*t)+0.4*sin(2*PI*30000*t)':s={rate}:d=3"
    ffmpeg("-f", "lavfi", "-i", graph, "-c:a", "pcm_s24le", source)
    facts = facts_of(source, sample_rate=rate, channels=1, duration=3.0)
    out = fixed(source, facts, AudioRecipe(window=Window(0.5, 2.5), format="wav"), tmp_path)
    made = int.from_bytes(out.read_bytes()[24:28], "little")
    assert {96_000: 48_000, 192_000: 48_000}.get(rate, 44_100) == made
    middle = samples(out, "wav")[made // 2 : made * 3 // 2, 0].astype(float) / 32_768
    assert 0.4 == pytest.approx(np.abs(middle).max(), abs=0.005)
