"""``--loudness`` and ``loudness=``: from the words to the file, measured again and shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seedance_prep as prep
from seedance_prep.__main__ import status
from seedance_prep.errors import UsageError

from ..conftest import Make

TONE = "aevalsrc='0.05*sin(2*PI*997*t)|0.05*sin(2*PI*997*t)':s=48000:d=4"


@pytest.fixture
def quiet(ffmpeg_make: Make) -> Path:
    """An MP3 that complies, at -26 LUFS."""
    return ffmpeg_make("quiet.mp3", "-f", "lavfi", "-i", TONE, "-b:a", "192k")


@pytest.fixture
def still(ffmpeg_make: Make) -> Path:
    return ffmpeg_make("still.png", "-f", "lavfi", "-i", "testsrc2=s=640x640", "-frames:v", "1")


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = status([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_compliant_sound_is_left_alone(
    quiet: Path, still: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a wish the bytes stay, and the loudness is among the facts."""
    code, said = answered(capsys, "fix", str(still), str(quiet), "--out", str(tmp_path / "out"))
    assert (0, "untouched") == (code, said["assets"][1]["output"]["action"])
    assert -26.3 == pytest.approx(said["assets"][1]["facts"]["loudness"], abs=0.5)
    assert quiet.read_bytes() == (tmp_path / "out" / "audio1.mp3").read_bytes()


@pytest.mark.parametrize("words", [["--loudness", "-16"], []])
def test_a_sound_is_brought_to_a_loudness(
    words: list[str],
    quiet: Path,
    still: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """For all sounds or for one: it is made anew, measured again, and both numbers are told."""
    asset = f"{quiet}" if words else f"{quiet}#loudness=-16"
    out = ["--out", str(tmp_path / "out")]
    code, said = answered(capsys, "fix", str(still), asset, *words, *out)
    made = said["assets"][1]["output"]
    assert (0, "encoded") == (code, made["action"])
    assert -16.0 == pytest.approx(made["facts"]["loudness"], abs=0.5)
    assert made["facts"]["peak"] < -1.0
    assert any(word.startswith("loudness -26") for word in made["operations"])
    assert "AUD016" in {finding["code"] for finding in said["before"]}
    assert "AUD016" not in {finding["code"] for finding in said["findings"]}


def test_a_sound_as_loud_as_asked_keeps_its_bytes(
    quiet: Path, still: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a unit is near enough."""
    words = ["fix", str(still), str(quiet), "--loudness", "-26.2", "--out", str(tmp_path / "out")]
    code, said = answered(capsys, *words)
    assert (0, "untouched") == (code, said["assets"][1]["output"]["action"])


def test_check_says_what_a_fix_would_do(
    quiet: Path, still: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wish that is not met yet is a finding with both numbers."""
    code, said = answered(capsys, "check", str(still), str(quiet), "--loudness", "-16")
    (finding,) = [one for one in said["findings"] if one["code"] == "AUD016"]
    assert 1 == code
    assert "to -16 LUFS and is -26" in finding["message"]


@pytest.mark.parametrize("words", [["--loudness", "3"], ["--loudness", "-70"]])
def test_a_loudness_that_nothing_can_have_is_refused(
    words: list[str], quiet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The call makes no sense: status 2, and the range is told."""
    assert 2 == status(["check", str(quiet), *words])
    assert "is not between -40 and -9 LUFS" in capsys.readouterr().err


def test_the_same_from_python(quiet: Path) -> None:
    """``Sound`` takes it, and refuses what the command line does."""
    assert -16.0 == prep.Sound(quiet, loudness=-16.0).loudness
    with pytest.raises(UsageError, match="not between"):
        prep.Sound(quiet, loudness=-3.0)
