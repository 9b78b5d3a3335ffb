"""Private files: nobody else reads them, and no killed run leaves them for ever."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seedance_prep.private import HIDDEN, MARK, Held, regular, scratch, sweep, workroom

from .conftest import ROOT, Make

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
LONG = ("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=14", "-c:v", "libx264", "-preset",
        "ultrafast", "-pix_fmt", "yuv420p")  # fmt: skip


def test_a_private_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Mode 0600 from its first moment; gone after the block."""
    with scratch(tmp_path, "wav") as path:
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        assert (HIDDEN, ".wav") == (path.name[: len(HIDDEN)], path.suffix)
    assert [] == list(tmp_path.iterdir())


@POSIX
def test_what_is_alive_is_not_swept(tmp_path: Path) -> None:
    """Only what nobody holds is removed, and nothing of another name."""
    held, left = Held(tmp_path, "mp4"), Held(tmp_path, "mp4")
    left.release()
    (tmp_path / "holiday.mp4").touch()
    sweep(tmp_path)
    assert {held.path.name, "holiday.mp4"} == {path.name for path in tmp_path.iterdir()}
    held.remove()


@POSIX
def test_no_link_is_followed(tmp_path: Path) -> None:
    """A link that bears such a name stays, and so does what it leads to."""
    kept = tmp_path / "kept"
    kept.touch()
    (tmp_path / f"{HIDDEN}x.mp4").symlink_to(kept)
    sweep(tmp_path)
    assert kept.exists()


@POSIX
def test_a_room_is_swept_once_its_owner_is_gone(tmp_path: Path) -> None:
    """The folder of a killed process goes with the next one that makes a room."""
    code = (
        "import time\nfrom seedance_prep.private import workroom\n"
        "with workroom() as room:\n"
        "    (room / 'fetched').write_text('x')\n    print(room, flush=True)\n    time.sleep(60)\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as child:
        assert child.stdout
        room = Path(child.stdout.readline().decode().strip())
        sweep(tmp_path, "seedance-prep-")
        assert (room / "fetched").exists()
        child.kill()
    sweep(tmp_path, "seedance-prep-")
    assert not room.exists()


@POSIX
def test_a_killed_fix_is_cleaned_up_by_the_next(ffmpeg_make: Make, tmp_path: Path) -> None:
    """SIGKILL leaves a draft; the next run into that folder removes it, and leaves only outputs."""
    clip = ffmpeg_make("long.mp4", *LONG)
    out = tmp_path / "ready"
    argv = [sys.executable, "-m", "seedance_prep", "fix", "--out", str(out), "--quiet"]
    child = subprocess.Popen([*argv, str(clip)], cwd=ROOT)
    while child.poll() is None and not list(out.glob(f"{HIDDEN}*")):
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert list(out.glob(f"{HIDDEN}*"))
    subprocess.run([*argv, str(ROOT / "fixtures" / "photo.jpg")], cwd=ROOT, check=True)
    assert ["image1.jpg"] == [path.name for path in out.iterdir()]


@POSIX
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    """A pipe without a writer and a device without an end are refused at once; links are not."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"x")
    for name, target in (("to pipe", "pipe"), ("to file", "file"), ("to nothing", "nothing")):
        (tmp_path / name).symlink_to(tmp_path / target)
    for path in (tmp_path / "pipe", tmp_path / "to pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match=r"no regular file|Is a directory"):
            regular(path)
    with pytest.raises(FileNotFoundError):
        regular(tmp_path / "to nothing")
    with regular(tmp_path / "to file") as file:
        assert b"x" == file.read()


def test_a_room_is_private(tmp_path: Path) -> None:
    """Mode 0700, and gone with all that is in it."""
    with workroom() as room:
        (room / "fetched").touch()
        if sys.platform != "win32":
            assert 0o700 == stat.S_IMODE(room.stat().st_mode)
    assert not room.exists()


@POSIX
def test_a_folder_is_not_swept_before_it_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many runs sweep at the moment at which it is made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = threading.Event()

    def sweeping() -> None:
        while not done.is_set():
            sweep(tmp_path, MARK)
            sweep(tmp_path)

    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            pool.submit(sweeping)
        try:
            for _ in range(150):
                with workroom() as room:
                    (room / "file").write_bytes(b"x")
        finally:
            done.set()
