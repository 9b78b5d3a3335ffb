"""Whatever is wrong with a call or a file: one clear sentence, the right status, no traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import SAFE, Call, Make, scene


def sentence(text: str) -> bool:
    return bool(text.strip()) and "Traceback" not in text and text.count("\n") <= 8


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.mp4", b"", "file-empty"),
        ("notes.mp4", b"these are notes about a film\n" * 40, "not-media"),
    ],
)
def test_file_that_is_no_media(call: Call, name: str, content: bytes, code: str) -> None:
    """A file that holds no media is a finding about that file, whatever its name says."""
    Path(name).write_bytes(content)
    answer = call("check", name, "--json")
    assert answer.status == 1
    assert [code] == [
        found["name"] for found in answer.document["findings"] if found["source"] == name
    ]


def test_missing_file_and_the_others_still_judged(call: Call, photo: Path, small: Path) -> None:
    """A missing file is a finding; the files beside it are judged all the same."""
    answer = call("check", "nowhere.mp4", photo, small, "--json")
    assert answer.status == 1
    names = {(found["source"], found["name"]) for found in answer.document["findings"]}
    assert ("nowhere.mp4", "file-missing") in names
    assert (str(small), "clip-pixels-too-few") in names
    assert [None, "@Image1", "@Video1"] == [asset["ref"] for asset in answer.document["assets"]]


def test_folder_is_no_asset(call: Call) -> None:
    """A folder is named as such."""
    Path("folder").mkdir()
    answer = call("check", "folder", "--json")
    assert answer.status == 1
    assert "not-a-file" in [found["name"] for found in answer.document["findings"]]


def test_truncated_video(call: Call, clip: Path) -> None:
    """A video cut in half is found out before anything is sent; nothing half-written is left."""
    Path("half.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 20])
    answer = call("fix", "half.mp4", "--out", "ready", "--json")
    assert answer.status == 1
    assert not list(Path("ready").iterdir())


def test_picture_called_mov(call: Call, photo: Path) -> None:
    """The bytes decide: a picture called .mov is a picture."""
    Path("photo.mov").write_bytes(photo.read_bytes())
    answer = call("check", "photo.mov", "--json")
    assert answer.status == 0
    assert answer.document["assets"][0]["kind"] == "image"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs root, to become nobody")
def test_no_permission(call: Call, photo: Path, tmp_path: Path) -> None:
    """A file that may not be read is a finding that says so."""
    assert call("check", photo).status == 0  # so that everything is imported while it may be
    photo.chmod(0o000)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        answer = call("check", photo, "--json")
    finally:
        os.seteuid(0)
    assert answer.status == 1
    assert "no-permission" in [found["name"] for found in answer.document["findings"]]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["check", "a.mp4#t=9,3"], "t=3,9"),
        (["check", "a.mp4#speed=2"], "unknown field"),
        (["check", "a.mp4#weight=heavy"], "weight=heavy"),
        (["check", "hero=a.jpg", "hero=b.jpg"], "hero"),
        (["check", "--tolerent", "a.jpg"], "--tolerant"),
        (["chek", "a.jpg"], "Did you mean check"),
        (
            ["check", "a.jpg", "--endpoint", "bytedance/seedance-2.0/reference-to-vide"],
            "did you mean",
        ),
        (["check"], "no asset"),
        (["check", "a.jpg", "--prompt-file", "none.txt"], "none.txt"),
        (["generate", "a.jpg"], "prompt"),
        (["upload", "a.jpg"], "prompt"),
        (["generate", "a.jpg", "--prompt", "x", "--max-cost", "lots", "--service", "local"], "USD"),
        (["check", "--request", "none.json"], "none.json"),
    ],
)
def test_call_that_makes_no_sense(call: Call, argv: list[str], says: str) -> None:
    """A call that makes no sense ends 2 and says what to write instead."""
    answer = call(*argv)
    assert answer.status == 2
    assert says in answer.err
    assert not answer.out
    assert sentence(answer.err)


@pytest.mark.parametrize(
    "name",
    ["two words.jpg", "line\nbreak.jpg", "größe-写真.jpg", "-dash.jpg", "a=b.jpg", "x#1.jpg"],
)
def test_awkward_names(call: Call, photo: Path, name: str) -> None:
    """Names with blanks, line breaks, any script, a leading dash: read and shown as given."""
    Path(name).write_bytes(photo.read_bytes())
    answer = call("fix", "--json", "--out", "ready", "--", name)
    assert answer.status == 0
    assert name == answer.document["assets"][0]["source"]
    assert ["image1.jpg"] == sorted(path.name for path in Path("ready").iterdir())


def test_line_break_in_a_name_stays_on_its_line(call: Call, photo: Path) -> None:
    """A name cannot forge a line of the report or act on the terminal."""
    name = "a\nerror \x1b[2J.jpg"
    Path(name).write_bytes(photo.read_bytes())
    answer = call("check", "--", name)
    assert answer.status == 0
    assert "\x1b[2J" not in answer.out
    assert "\nerror" not in answer.out


@pytest.mark.skipif(os.name == "nt", reason="no such folder")
def test_output_not_writable(call: Call, photo: Path) -> None:
    """An output folder that cannot be made is the machine's fault: status 3."""
    Path("file").write_text("in the way")
    answer = call("fix", photo, "--out", "file/ready")
    assert answer.status == 3
    assert sentence(answer.err)


def test_source_in_the_output_folder_is_never_replaced(call: Call, small: Path) -> None:
    """A source that bears the name of an output stays the same bytes."""
    Path("ready").mkdir()
    source = Path("ready/video1.mp4")
    source.write_bytes(small.read_bytes())
    before = source.read_bytes()
    answer = call("fix", source, "--out", "ready")
    assert answer.status == 3
    assert "sources" in answer.err
    assert before == source.read_bytes()
    assert [source] == list(Path("ready").iterdir())


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="needs root, to mount a small disk"
)
def test_no_space_left(call: Call, small: Path) -> None:
    """A full disk is said in one sentence (status 3), and nothing half-written is left."""
    disk = Path("disk")
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=64k tmpfs {disk.absolute()}") != 0:
        pytest.skip("no tmpfs can be mounted here")
    try:
        answer = call("fix", small, "--out", disk)
        left = list(disk.iterdir())
    finally:
        os.system(f"umount {disk.absolute()}")
    assert answer.status == 3
    assert "space" in answer.err
    assert not left


def test_picture_that_is_cut_is_not_handed_on(call: Call, photo: Path) -> None:
    """A JPEG with a sound header and half its bytes breaks no limit, yet is never an output."""
    Path("cut.jpg").write_bytes(photo.read_bytes()[: photo.stat().st_size * 2 // 3])
    answer = call("fix", "cut.jpg", "--out", "ready", "--json")
    assert answer.status == 1
    assert ["FIL007"] == [found["code"] for found in answer.document["findings"]]
    assert [] == list(Path("ready").iterdir())


@pytest.mark.parametrize("asset", ["-#t=1,3", "-dash.png"])
def test_an_asset_that_looks_like_an_option(call: Call, asset: str) -> None:
    """The sentence names ``--``, behind which it is an asset."""
    answer = call("check", asset)
    assert 2 == answer.status
    assert "An ASSET that begins with - goes after --" in answer.err
    assert "goes after --" not in call("doctor", asset).err


def test_a_file_behind_two_dashes(call: Call, photo: Path) -> None:
    """A name that begins with a dash is taken after ``--``."""
    Path("-dash.jpg").write_bytes(photo.read_bytes())
    assert 0 == call("check", "--", "-dash.jpg").status


def test_data_uri(call: Call, photo: Path) -> None:
    """One clear sentence; the other assets are judged."""
    answer = call("check", "data:image/png;base64,iVBORw0KGgo=", photo, "--json")
    assert 1 == answer.status
    (found,) = answer.document["findings"]
    assert ("FIL001", "data:image/png;base64,…") == (found["code"], found["source"])
    assert found["source"] == answer.document["assets"][0]["source"]
    assert "is a data: URI; only files, http(s) URLs and stdin (-) are read" == found["message"]


@pytest.mark.parametrize("command", [("check",), ("fix", "--out", "ready")])
def test_windows_that_overrun_together_are_named(
    call: Call, ffmpeg_make: Make, command: tuple[str, ...]
) -> None:
    """No chosen window is shortened silently: both are named, status 1."""
    source = ffmpeg_make("long.mp4", *scene("854x480", 12), *SAFE)
    for name in ("a.mp4", "b.mp4"):
        Path(name).write_bytes(source.read_bytes())
    answer = call(*command, "a.mp4#t=0,10", "b.mp4#t=1,11", "--json")
    assert 1 == answer.status
    (found,) = (one for one in answer.document["findings"] if one["code"] == "REQ011")
    assert (
        "choose shorter windows (`#t=START,END`) than 0-10 s of @Video1 and 1-11 s of @Video2,"
        " or leave a file out"
    ) == found["remedy"]
