"""The command line as a process among others: closed streams, signals, odd documents."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import SAFE, Call, Make, scene

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(photo: Path, small: Path, tmp_path: Path, closed: str) -> None:
    """Closed standard streams change nothing about what is made, and are no fault."""
    out = tmp_path / "ready"
    script = f'exec "$0" -m seedance_prep fix "$1" "$2" --out "$3" {closed}'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, photo, small, out], cwd=ROOT, check=False
    )
    assert 0 == done.returncode
    assert ["image1.jpg", "video1.mp4"] == sorted(path.name for path in out.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_polite_end_leaves_nothing(ffmpeg_make: Make, tmp_path: Path, number: int) -> None:
    """``kill`` and a closed terminal end a fix like Ctrl-C: status 130, no draft."""
    clip = ffmpeg_make("long.mp4", *scene("1920x1080", 14), *SAFE)
    out = tmp_path / "ready"
    child = subprocess.Popen(
        [sys.executable, "-m", "seedance_prep", "fix", str(clip), "--out", str(out)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    while child.poll() is None and not list(out.glob(".*")):
        time.sleep(0.02)
    child.send_signal(number)
    _, said = child.communicate(timeout=20)
    assert 130 == child.returncode
    assert "interrupted" in said
    assert not out.exists()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"seed": ' + "9" * 5000 + "}"])
def test_document_that_cannot_be_held(call: Call, text: str) -> None:
    """A request document of absurd depth or numbers makes no sense: status 2, one sentence."""
    Path("request.json").write_text(text)
    answer = call("check", "--request", "request.json")
    assert (2, 1) == (answer.status, answer.err.count("\n"))
    assert "request.json" in answer.err
    assert "internal" not in answer.err


def test_byte_order_mark(call: Call, photo: Path) -> None:
    """A byte order mark, as Windows editors write it, is no part of a prompt or a request."""
    Path("prompt.txt").write_text("@Image1 dances", encoding="utf-8-sig")
    answer = call("upload", photo, "--prompt-file", "prompt.txt", "--service", "local", "--json")
    assert "@Image1 dances" == answer.document["arguments"]["prompt"]
    Path("request.json").write_text('{"prompt": "x"}', encoding="utf-8-sig")
    assert call("check", photo, "--request", "request.json").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["\x1b[31m"],
        ["check", "--\x1b[31m"],
        ["check", "--request", "\x1b[31m"],
        ["check", "a#b\x1b=1"],
    ],
)
def test_errors_do_not_act_on_the_terminal(call: Call, arguments: list[str]) -> None:
    """What a caller typed comes back in an error as visible signs only."""
    answer = call(*arguments)
    assert answer.status == 2
    assert "\\x1b" in answer.err
    assert "\x1b" not in answer.err
