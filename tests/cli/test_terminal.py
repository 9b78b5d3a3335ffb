"""What people see on a terminal: verdicts, sums as bars, help with examples, completion."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedance_prep.cli import COMMANDS

from .conftest import Call, Make


def test_sums_fit_a_narrow_terminal(
    call: Call, clip: Path, ffmpeg_make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sum is told in words and drawn as a bar that is as long as its share of the limit."""
    tone = ffmpeg_make("tone.wav", "-f", "lavfi", "-i", "sine=d=3")
    monkeypatch.setenv("COLUMNS", "60")
    lines = call("check", clip, tone).out.splitlines()
    assert "sound seconds  3.00 of 15 s     [####................]" in lines
    assert "files          2 of 12          [###.................]" in lines
    assert all(len(line) <= 60 for line in lines if line.endswith("]"))


def test_a_sum_that_is_over_says_so(call: Call, ffmpeg_make: Make) -> None:
    """Above the limit the bar is full, and the word behind it needs no colour."""
    tone = ffmpeg_make("tones.wav", "-f", "lavfi", "-i", "sine=d=9")
    lines = call("check", tone, f"again={tone}").out.splitlines()
    assert "sound seconds  18.00 of 15 s    [####################] over" in lines


def test_each_file_has_its_verdict(call: Call, small: Path, photo: Path, tmp_path: Path) -> None:
    """Beside its name stands what was found; after a fix, what is left of what was made."""
    here = Path("small.mp4")
    here.symlink_to(small)
    heads = [line for line in call("check", here, photo.name).out.splitlines() if line[:1] == "@"]
    assert ["@Video1  small.mp4  1 error", "@Image1  photo.jpg  complies"] == heads
    heads = [line for line in call("fix", here, photo.name).out.splitlines() if line[:1] == "@"]
    assert ["@Video1  small.mp4  complies", "@Image1  photo.jpg  complies"] == heads


def test_bytes_that_are_only_allowed_say_so(call: Call, small: Path) -> None:
    """Before the encode nobody knows its bytes: the sum is the most that it may take."""
    lines = call("fix", small, "--dry-run").out.splitlines()
    assert "video bytes    max 49 of 50 MB  [####################]" in lines
    lines = call("fix", small).out.splitlines()
    assert not [line for line in lines if line.startswith("video bytes") and "max" in line]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(call: Call, command: str) -> None:
    """Every command shows how it is called, in words that it takes."""
    said = call(command, "--help").out
    assert f"  seedance-prep {command}" in said.partition("Examples:")[2]
    assert all(len(line) <= 80 for line in said.splitlines())


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("seedance-prep ch", "check"), ("seedance-prep fix --repo", "--report"),
     ("seedance-prep fix --allow inv", "inventive")],
)  # fmt: skip
def test_shells_complete(typed: str, offered: str) -> None:
    """The shell's own question is answered with what can stand there."""
    environment = os.environ | {
        "_SEEDANCE_PREP_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    words = [sys.executable, "-m", "seedance_prep"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert f"plain,{offered}" in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("shell", "typed", "word", "answer"),
    [("bash", "seedance-prep check ph", "2", "file,ph"),
     ("zsh", "seedance-prep fix ph", "2", "file\nph\n_"),
     ("fish", "seedance-prep check --prompt-file ph", "ph", "file,ph"),
     ("zsh", "seedance-prep fix --allow inv", "3", "plain\ninventive\n_"),
     ("fish", "seedance-prep fix --allow inv", "inv", "plain,inventive")],
)  # fmt: skip
def test_each_shell_is_answered(shell: str, typed: str, word: str, answer: str) -> None:
    """Where a file can stand, the shell completes the names of files; each in its own words."""
    asked = {
        "_SEEDANCE_PREP_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": word,
    }
    words = [sys.executable, "-m", "seedance_prep"]
    done = subprocess.run(
        words, env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert answer == done.stdout.strip()


def test_a_mistyped_option_is_offered(call: Call) -> None:
    """A near miss of an option names the option."""
    answer = call("check", "--promt", "x")
    assert 2 == answer.status
    assert "--prompt" in answer.err
