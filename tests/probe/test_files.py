"""Files that are none, or may not be read."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from seedance_prep.core.media import Fault, Media
from seedance_prep.core.request import Asset, Kind
from seedance_prep.probe import probe

PIXEL = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"


def fault(path: Path, kind: Kind | None = None) -> Fault:
    media = probe(Asset(str(path) or "x", kind=kind), path)
    assert media.facts is None
    assert media.problem is not None
    assert str(path.parent) not in media.problem.says
    assert kind == media.kind
    return media.problem.fault


def test_missing(tmp_path: Path) -> None:
    """A file that is not there is a finding, whatever makes it impossible."""
    (tmp_path / "file").write_bytes(PIXEL)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert Fault.MISSING == fault(tmp_path / "nothing.mp4", Kind.VIDEO)
    assert Fault.MISSING == fault(tmp_path / "file" / "below")
    assert Fault.MISSING == fault(tmp_path / ("x" * 300))
    assert Fault.MISSING == fault(tmp_path / "nul\0byte")
    assert Fault.MISSING == fault(tmp_path / "loop")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types")
def test_what_is_no_file(tmp_path: Path) -> None:
    """Folders, pipes, sockets and devices are never opened or read."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path in (tmp_path, tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero")):
            assert Fault.NOT_A_FILE == fault(path)


def test_empty(tmp_path: Path) -> None:
    """An empty file is said to be empty."""
    (tmp_path / "empty.mp4").touch()
    assert Fault.EMPTY == fault(tmp_path / "empty.mp4")


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="POSIX users")
def test_no_permission(tmp_path: Path) -> None:
    """A file that this user may not read is a finding of its own."""
    path = tmp_path / "secret.gif"
    path.write_bytes(PIXEL)
    path.chmod(0)
    tmp_path.chmod(0o755)
    me = os.geteuid()
    for parent in tmp_path.parents[:2]:
        parent.chmod(parent.stat().st_mode | 0o055)
    if me == 0:
        os.seteuid(65534)
    try:
        found = probe(Asset("x"), path)
    finally:
        os.seteuid(me)
    assert found.problem is not None
    assert Fault.NO_PERMISSION == found.problem.fault


@pytest.mark.parametrize(
    "name", ["-i.mp4", "two words.mov", "new\nline.wav", "ünï©ode 🎬.txt", "file:x.mp4", "#t=1,2"]
)
def test_names_mean_nothing(tmp_path: Path, name: str) -> None:
    """Awkward and lying names change nothing about what a file is."""
    path = tmp_path / name
    path.write_bytes(PIXEL)
    found = probe(Asset("x"), path)
    assert Kind.IMAGE == found.kind
    assert found.facts is not None
    assert ("gif", len(PIXEL)) == (found.facts.container, found.facts.bytes)


def test_the_value_is_new(tmp_path: Path) -> None:
    """Numbers and digests are left to the pipeline."""
    path = tmp_path / "a"
    path.write_bytes(PIXEL)
    found: Media = probe(Asset("a"), path)
    assert (None, None, path) == (found.ref, found.sha256, found.path)


def test_unknown_bytes(tmp_path: Path) -> None:
    """What nothing recognises is named by its first bytes."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\x01\x02\x03\x04\x05\x06\x07\x08" * 20)
    found = probe(Asset("a"), path)
    assert found.problem is not None
    assert Fault.NOT_MEDIA == found.problem.fault
    assert "01 02 03 04" in found.problem.says
