"""A child sees its own files and nothing else, where the kernel has the means."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seedance_prep import process
from seedance_prep.errors import ToolFailedError, ToolMissingError

from .conftest import Make, gone

FORCE = process.in_force()
FILES = pytest.mark.skipif(
    not any("Landlock" in one for one in FORCE), reason="this kernel has no Landlock"
)
CALLS = pytest.mark.skipif(
    not any("seccomp" in one for one in FORCE), reason="no filter of system calls here"
)
NUMBERS = {
    "x86_64": {"clone": 56, "clone3": 435, "unshare": 272},
    "aarch64": {"clone": 220, "clone3": 435, "unshare": 97},
}
"""Of system calls, as in <asm/unistd.h>."""
TONE = ("-f", "lavfi", "-i", "sine=d=1")


def reader(*argv: str, writes: tuple[Path, ...] = ()) -> bytes:
    """What ffmpeg, shut in, makes of an input."""
    call = [process.ffmpeg(), "-v", "error", "-nostdin", "-y", *argv]
    return process.run(call, writes=writes).stdout


def python(code: str, *named: str) -> process.Completed:
    """Any program will do to show what is shut."""
    return process.run([sys.executable, "-I", "-S", "-c", code, *named])


@FILES
def test_a_list_cannot_lead_to_another_file(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Even a demuxer that follows names opens none but the one it was given."""
    canary = ffmpeg_make("canary.wav", *TONE)
    script = tmp_path / "list.txt"
    script.write_text(f"ffconcat version 1.0\nfile '{canary}'\n")
    argv = ("-f", "concat", "-safe", "0", "-i", f"file:{script}", "-f", "s16le", "-")
    with pytest.raises(ToolFailedError) as caught:
        reader(*argv)
    assert "Permission denied" in caught.value.tail


@FILES
def test_only_the_output_is_written(ffmpeg_make: Make, tmp_path: Path) -> None:
    """It can make its own output, and no other file, not even beside a file that it may change."""
    source = f"file:{ffmpeg_make('tone.wav', *TONE)}"
    target, other = tmp_path / "own.wav", tmp_path / "other.wav"
    target.touch()
    reader("-i", source, str(target), writes=(target,))
    assert target.stat().st_size > 1000
    with pytest.raises(ToolFailedError, match="status"):
        reader("-i", source, str(other), writes=(target,))
    assert not other.exists()


@FILES
@pytest.mark.parametrize("place", ["/etc/passwd", "/proc/1/environ", "/proc/self/environ", "~"])
def test_nothing_of_the_machine_is_read(place: str) -> None:
    """Neither accounts nor other processes nor the home folder can be looked into."""
    code = (
        "import os, sys; os.listdir(sys.argv[1]) if sys.argv[1][-1] == '~' else open(sys.argv[1])"
    )
    with pytest.raises(ToolFailedError) as caught:
        python(code, place if place != "~" else str(Path.home()))
    assert any(word in caught.value.tail for word in ("Permission denied", "Not a directory"))


@CALLS
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_there_is_no_network(family: str) -> None:
    """No socket of any family can be made."""
    with pytest.raises(ToolFailedError) as caught:
        python(f"import socket; socket.socket(socket.{family})")
    assert "Operation not permitted" in caught.value.tail


@CALLS
@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("clone(0x10000011)", "EPERM"),  # CLONE_NEWUSER
        ("clone(0x40000011)", "EPERM"),  # CLONE_NEWNET
        ("clone3(0)", "ENOSYS"),
        ("unshare(0x10000000)", "EPERM"),
    ],
)
def test_no_namespace_is_made(call: str, answer: str) -> None:
    """Neither by unshare nor by clone, in which a child would have rights that it has not here."""
    number, flags = (word.strip(")") for word in call.split("("))
    code = (
        "import ctypes, errno, os; libc = ctypes.CDLL(None, use_errno=True)\n"
        f"known = {NUMBERS!r}[os.uname().machine]\n"
        f"if libc.syscall(known[{number!r}], {flags}, 0, 0, 0, 0) == 0: os._exit(0)\n"
        "print(errno.errorcode[ctypes.get_errno()])"
    )
    assert answer == python(code).stdout.decode().strip()


@CALLS
def test_ffmpeg_reaches_no_listener() -> None:
    """A listener on this machine hears of nobody."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        with pytest.raises(ToolFailedError):
            reader("-i", f"http://127.0.0.1:{port}/clip.mp4", "-f", "null", "-")
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_limits_hold(tmp_path: Path) -> None:
    """Memory and files end where they were told to."""
    bounds = process.Bounds(memory=1 << 30, written=1 << 20)
    with pytest.raises(ToolFailedError) as caught:
        process.run([sys.executable, "-I", "-S", "-c", "x = bytearray(2 << 30)"], bounds=bounds)
    assert "MemoryError" in caught.value.tail
    large = tmp_path / "large.wav"
    argv = [process.ffmpeg(), "-v", "error", "-f", "lavfi", "-i", "sine=d=100", str(large)]
    with pytest.raises(ToolFailedError):
        process.run(argv, bounds=bounds, writes=[large])
    assert large.stat().st_size <= 1 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to a child")
def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """SIGKILL of the program ends what it had started."""
    code = (
        "from seedance_prep import process\n"
        "process.run([process.ffmpeg(), '-v', 'error', '-nostdin', '-re', '-f', 'lavfi', '-i',\n"
        "             'sine=d=600:r=12345', '-f', 'null', '-'])\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[1])
    child = _until_there("sine=d=600:r=12345")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_a_child_has_started_ends_with_it() -> None:
    """Also where it ended well, and had let go of what it was held by."""
    said = process.run(["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"]).stdout
    assert gone(int(said))


def _until_there(word: str) -> int:
    """The process of ffmpeg's that has this word in its command."""
    for _ in range(400):
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = command.read_bytes().split(b"\0")
            except OSError:
                continue
            if word.encode() in words and b"ffmpeg" in words[0].rpartition(b"/")[2]:
                return int(command.parent.name)
        time.sleep(0.05)
    raise AssertionError("it never started")


def test_what_is_no_program_is_said(tmp_path: Path) -> None:
    """A file that cannot be started is named, without a traceback."""
    tool = tmp_path / "tool"
    tool.write_text("no program\n")
    tool.chmod(0o755)
    with pytest.raises(ToolMissingError, match="tool cannot be started"):
        process.run([str(tool)])


def test_the_layers_can_be_left_away(ffmpeg_make: Make, tmp_path: Path) -> None:
    """``SEEDANCE_PREP_SANDBOX=off`` keeps limits and drops the rest."""
    code = "from seedance_prep import process; print(process.in_force())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"SEEDANCE_PREP_SANDBOX": "off"},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no core dumps" in done.stdout
    assert "Landlock" not in done.stdout
