"""The best window of clips whose faults are known, through probe, look and choice."""

from __future__ import annotations

import shutil
import subprocess
import wave
from pathlib import Path

import pytest

from seedance_prep.core.look import Look
from seedance_prep.core.media import Media
from seedance_prep.core.plan import Choice, Want, Window
from seedance_prep.core.request import Asset
from seedance_prep.plan.best import choose
from seedance_prep.probe import probe
from seedance_prep.survey import survey

from ..conftest import Make
from .sources import BY_NAME, KEPT, SOURCES, Source

QUICK = ("black-head", "frozen-middle", "a-cut", "words", "silence")
FIRST = Window(0.0, KEPT)


def _media(path: Path) -> Media:
    return probe(Asset(str(path)), path)


def _looked(path: Path, kept: float = KEPT) -> Look:
    look = survey(_media(path), Want(index=0, look=kept)).look
    assert look is not None
    return look


def _best(source: Source, make: Make) -> Choice:
    path = source.make(make)
    facts = _media(path).facts
    assert facts is not None
    choice = choose(_looked(path), KEPT, getattr(facts, "duration", 0.0))
    assert choice is not None
    return choice


@pytest.mark.parametrize("name", QUICK)
def test_the_best_window_avoids_what_the_first_one_has(name: str, ffmpeg_make: Make) -> None:
    """Black, a frozen picture, a cut, an end in mid-word, silence."""
    source = BY_NAME[name]
    assert source.faults(FIRST)
    choice = _best(source, ffmpeg_make)
    assert [] == source.faults(choice.best.window), choice
    assert 2 == len(choice.others)


SAID = "every window opens and closes between two words of a sentence that somebody reads aloud"


@pytest.mark.slow
def test_no_spoken_word_is_parted(tmp_path: Path) -> None:
    """Words of a synthetic voice with pauses between them, at every length that is kept."""
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        pytest.skip("no espeak-ng on this machine")
    path, words = _read_aloud(tmp_path, espeak)
    whole = words[-1].end
    for kept in (2.0, 3.3, 4.1, 5.0, 6.2):
        choice = choose(_looked(path, kept), kept, whole, 2.0)
        assert choice is not None
        window = choice.best.window
        parted = [word for word in words for moment in (window.start, window.end)
                  if word.start + 0.03 < moment < word.end - 0.03]  # fmt: skip
        assert [] == parted, choice.best


def _read_aloud(folder: Path, espeak: str) -> tuple[Path, list[Window]]:
    """A sound of words that are spoken one by one, and where they are."""
    words, data, rate = [], b"", 22050
    for number, word in enumerate(SAID.split() * 2):
        spoken = folder / f"{number}.wav"
        argv = [espeak, "-w", str(spoken), "-s", "160", word]
        subprocess.run(argv, check=True)
        with wave.open(str(spoken)) as read:
            rate, said = read.getframerate(), read.readframes(read.getnframes())
        heard = _trimmed(said)
        start = len(data) / 2 / rate
        words.append(Window(start, start + len(heard) / 2 / rate))
        data += heard + bytes(2 * int(rate * (0.25 + 0.1 * (number % 3))))
    path = folder / "read.wav"
    with wave.open(str(path), "wb") as written:
        written.setparams((1, 2, rate, 0, "NONE", ""))
        written.writeframes(data)
    return path, words


def _trimmed(samples: bytes) -> bytes:
    """Without the silence before and behind."""
    heard = [at for at in range(0, len(samples) - 1, 2)
             if abs(int.from_bytes(samples[at : at + 2], "little", signed=True)) > 500]  # fmt: skip
    return samples[heard[0] : heard[-1] + 2]


@pytest.mark.slow
def test_every_fault_is_avoided_and_first_is_beaten(ffmpeg_make: Make) -> None:
    """On all sources no fault is left, and on at least ten of them ``first`` has one."""
    left = {one.name: one.faults(_best(one, ffmpeg_make).best.window) for one in SOURCES}
    assert {} == {name: faults for name, faults in left.items() if faults}
    assert 10 <= sum(bool(one.faults(FIRST)) for one in SOURCES)
