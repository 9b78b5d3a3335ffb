"""WAVs cut by samples: exact inside, faded only where the cut is heard, true headers."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seedance_prep.core.media import AudioFacts
from seedance_prep.core.plan import Action, AudioRecipe, Window

from .clips import fixed

RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


def written(path: Path, samples: NDArray[np.int16], rate: int, declared: int | None = None) -> Path:
    """A plain WAV with a chunk that nobody needs in front of the samples."""
    channels = samples.shape[1]
    data = samples.astype("<i2").tobytes()
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
    odd = b"note" + struct.pack("<I", 3) + b"abc\0"
    size = len(data) if declared is None else declared
    body = b"WAVEfmt " + form + odd + b"data" + struct.pack("<I", size) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def noise(rate: int, seconds: float, channels: int = 2) -> NDArray[np.int16]:
    random = np.random.default_rng(3)
    return random.integers(-20_000, 20_000, (round(rate * seconds), channels), np.int16)


def cut(path: Path, samples: NDArray[np.int16], rate: int, window: Window) -> NDArray[np.int16]:
    facts = AudioFacts(container="wav", demuxer="wav", bytes=path.stat().st_size, codec="pcm_s16le",
                       duration=len(samples) / rate, channels=samples.shape[1],
                       sample_rate=rate)  # fmt: skip
    plan = AudioRecipe(window=window, format="wav")
    data = fixed(path, facts, plan, path.parent, action=Action.COPIED).read_bytes()
    assert (b"data", len(data) - 44) == (data[36:40], int.from_bytes(data[40:44], "little"))
    assert rate == int.from_bytes(data[24:28], "little")
    return np.frombuffer(data[44:], "<i2").reshape(-1, samples.shape[1])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_sample_inside_is_the_sources(tmp_path: Path, rate: int, channels: int) -> None:
    """The window begins and ends at the very samples asked for; ten milliseconds rise and fall."""
    samples = noise(rate, 4, channels)
    part = cut(written(tmp_path / "a.wav", samples, rate), samples, rate, Window(1.003, 3.2501))
    begin, count = round(1.003 * rate), round((3.2501 - 1.003) * rate)
    edge = rate // 100 + 1
    assert count == len(part)
    assert np.array_equal(samples[begin : begin + count][edge:-edge], part[edge:-edge])
    assert np.abs(part[[0, -1]]).max() < 2_500
    assert np.abs(part[edge // 2]).max() <= np.abs(samples[begin + edge // 2]).max()


def test_a_cut_in_silence_is_not_faded(tmp_path: Path) -> None:
    """Where nothing would click, not a sample is changed."""
    samples = noise(44_100, 4)
    samples[44_000:44_600] = samples[131_800:132_400] = 7
    window = Window(1.0, 3.0)
    part = cut(written(tmp_path / "a.wav", samples, 44_100), samples, 44_100, window)
    assert np.array_equal(samples[44_100:132_300], part)


def test_the_sources_own_ends_are_kept(tmp_path: Path) -> None:
    """Only where something was left out is there a fade."""
    samples = noise(48_000, 3)
    source = written(tmp_path / "a.wav", samples, 48_000)
    assert np.array_equal(samples[:90_000], cut(source, samples, 48_000, Window(0, 2))[:90_000])
    assert np.array_equal(samples[60_000:], cut(source, samples, 48_000, Window(1, 3))[12_000:])


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 10_000_000])
def test_a_header_that_lies_is_not_believed(tmp_path: Path, declared: int) -> None:
    """Written to a pipe, or cut off: what is there is taken."""
    samples = noise(16_000, 3, 1)
    source = written(tmp_path / "a.wav", samples, 16_000, declared)
    part = cut(source, samples, 16_000, Window(0.5, 2.75))
    assert np.array_equal(samples[8_200:43_800], part[200:-200])
