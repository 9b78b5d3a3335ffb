"""Drafts: private until committed, nothing left otherwise, sources never touched."""

from __future__ import annotations

import os
import stat
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from seedance_prep.core.media import AudioFacts, Facts, ImageFacts, VideoFacts
from seedance_prep.core.plan import (
    Action,
    AudioRecipe,
    ImageRecipe,
    Recipe,
    Size,
    Step,
    VideoRecipe,
    Window,
)
from seedance_prep.errors import MachineError, OutputError, ToolFailedError, UsageError
from seedance_prep.fixes import Draft, decodes, make, untouched

from .clips import X264, ffmpeg, step_of, video_facts

CLIP = VideoRecipe(size=Size(320, 180), fps=Fraction(30))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of noise with a tone."""
    target = tmp_path_factory.mktemp("clip") / "clip.mp4"
    noise = "color=gray:s=320x180:r=30:d=2,noise=alls=60:allf=t"
    ffmpeg("-f", "lavfi", "-i", noise, "-f", "lavfi", "-i", "sine=d=2", *X264, target)
    return target


def facts_of(path: Path) -> VideoFacts:
    return video_facts(path, width=320, height=180, duration=2.0)


def test_a_draft_is_private_and_hidden(clip: Path, tmp_path: Path) -> None:
    """Until it is committed the file is readable by its owner only; its name has a dot."""
    draft = make(step_of(clip, facts_of(clip), CLIP), tmp_path)
    assert 0o600 == stat.S_IMODE(draft.path.stat().st_mode)
    assert draft.path.name.startswith(".")
    assert ("mp4", tmp_path) == (draft.extension, draft.path.parent)


def test_commit_gives_the_name_and_common_rights(tmp_path: Path) -> None:
    """A committed file has its target's name and the rights of new files; nothing else is left."""
    draft = Draft(tmp_path, "mp4")
    draft.path.write_bytes(b"made")
    mask = os.umask(0o022)
    try:
        assert tmp_path / "video1.mp4" == draft.commit(tmp_path / "video1.mp4")
    finally:
        os.umask(mask)
    assert ["video1.mp4"] == [one.name for one in tmp_path.iterdir()]
    assert 0o644 == stat.S_IMODE((tmp_path / "video1.mp4").stat().st_mode)
    assert b"made" == (tmp_path / "video1.mp4").read_bytes()


def test_commit_replaces_a_link_and_not_what_it_points_to(tmp_path: Path) -> None:
    """A link of the target's name is replaced; the file behind it keeps its bytes."""
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "video1.mp4").symlink_to(tmp_path / "precious")
    draft = Draft(tmp_path, "mp4")
    draft.path.write_bytes(b"made")
    draft.commit(tmp_path / "video1.mp4")
    assert not (tmp_path / "video1.mp4").is_symlink()
    assert b"precious" == (tmp_path / "precious").read_bytes()


@pytest.mark.parametrize("way", ["same", "hard link", "symbolic link"])
def test_commit_never_replaces_a_source(tmp_path: Path, way: str) -> None:
    """A target that is a source, by whatever name, is refused and keeps its bytes."""
    source = target = tmp_path / "video1.mp4"
    source.write_bytes(b"source")
    if way != "same":
        target = tmp_path / "other.mp4"
        target.hardlink_to(source) if way == "hard link" else target.symlink_to(source)
    draft = Draft(tmp_path, "mp4")
    with pytest.raises(OutputError, match="is one of the sources"):
        draft.commit(target, [source])
    assert b"source" == source.read_bytes()
    assert not draft.path.exists()


def test_commit_onto_a_folder_is_one_sentence(tmp_path: Path) -> None:
    """A target that is a folder is an output error, and the draft is gone."""
    (tmp_path / "video1.mp4").mkdir()
    draft = Draft(tmp_path, "mp4")
    with pytest.raises(OutputError, match=r"video1\.mp4 cannot be written"):
        draft.commit(tmp_path / "video1.mp4")
    assert not draft.path.exists()


def test_a_block_discards_what_was_not_committed(tmp_path: Path) -> None:
    """After a ``with`` block only what was committed is there."""
    with Draft(tmp_path, "png"):
        pass
    with Draft(tmp_path, "png") as kept:
        kept.commit(tmp_path / "image1.png")
    assert ["image1.png"] == [one.name for one in tmp_path.iterdir()]


def test_untouched_is_the_very_same_bytes(clip: Path, tmp_path: Path) -> None:
    """A file without errors goes on byte for byte, under its container's extension."""
    media = step_of(clip, facts_of(clip), CLIP).media
    draft = untouched(Step(media=media, action=Action.UNTOUCHED), tmp_path)
    assert clip.read_bytes() == draft.path.read_bytes()
    assert "mp4" == draft.extension


def test_a_step_without_a_recipe_makes_no_sense(clip: Path, tmp_path: Path) -> None:
    """There is nothing to make for a step that leaves the bytes alone."""
    media = step_of(clip, facts_of(clip), CLIP).media
    with pytest.raises(UsageError):
        make(Step(media=media, action=Action.UNTOUCHED), tmp_path)


def test_a_missing_folder_is_one_sentence(clip: Path, tmp_path: Path) -> None:
    """No folder, no draft: the sentence says which."""
    with pytest.raises(OutputError, match="absent cannot be written: No such file"):
        make(step_of(clip, facts_of(clip), CLIP), tmp_path / "absent")


SOUND = AudioFacts(container="mp3", demuxer="mp3", bytes=9, duration=3.0)
STILL = ImageFacts(container="jpeg", bytes=9, width=640, height=480)
CUT = AudioRecipe(window=Window(0, 2))


@pytest.mark.parametrize("recipe", [CLIP, CUT, ImageRecipe()], ids=["video", "audio", "image"])
@pytest.mark.parametrize("content", [b"", b"no media at all " * 900], ids=["empty", "text"])
def test_what_cannot_be_decoded_leaves_nothing(
    tmp_path: Path, recipe: Recipe, content: bytes
) -> None:
    """A failed fix leaves no file, says so, and does not touch the source."""
    source = tmp_path / "source"
    source.write_bytes(content)
    os.utime(source, ns=(10**18, 10**18))
    known: dict[type[Recipe], Facts] = {
        VideoRecipe: facts_of(source),
        AudioRecipe: SOUND,
        ImageRecipe: STILL,
    }
    facts = known[type(recipe)]
    with pytest.raises(ToolFailedError):
        make(step_of(source, facts, recipe), tmp_path)
    assert [source] == list(tmp_path.iterdir())
    assert (content, 10**18) == (source.read_bytes(), source.stat().st_mtime_ns)


def test_damage_in_the_middle_is_no_success(clip: Path, tmp_path: Path) -> None:
    """A clip whose coded pictures are overwritten with noise fails and leaves nothing."""
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[start:end] = bytes((7 * n) % 251 for n in range(end - start))
    source = tmp_path / "damaged.mp4"
    source.write_bytes(data)
    with pytest.raises(ToolFailedError, match=r"^ffmpeg cannot decode") as caught:
        make(step_of(source, facts_of(source), CLIP), tmp_path)
    assert str(tmp_path) not in str(caught.value)
    assert [source] == list(tmp_path.iterdir())


def test_success_leaves_the_source_as_it_was(clip: Path, tmp_path: Path) -> None:
    """Bytes and time of the source are the same after a fix."""
    before = clip.read_bytes(), clip.stat().st_mtime_ns
    make(step_of(clip, facts_of(clip), CLIP), tmp_path).discard()
    assert before == (clip.read_bytes(), clip.stat().st_mtime_ns)
    assert [] == list(tmp_path.iterdir())


def test_a_listener_that_raises_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    """An interrupt in the middle of an encode ends the child and removes the draft."""

    def interrupted(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(step_of(clip, facts_of(clip), CLIP), tmp_path, on_progress=interrupted)
    assert [] == list(tmp_path.iterdir())


def test_progress_rises_to_the_end(clip: Path, tmp_path: Path) -> None:
    """The shares that are told never fall, and end at all of it."""
    told: list[float] = []
    make(step_of(clip, facts_of(clip), CLIP), tmp_path, on_progress=told.append)
    assert sorted(told) == told
    assert 1.0 == told[-1]
    assert len(told) > 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    return folder


@pytest.mark.parametrize("kind", ["video", "audio", "image"])
def test_a_full_disk_is_said_and_leaves_nothing(clip: Path, small_disk: Path, kind: str) -> None:
    """No space left: one sentence about the machine, no half file, for every kind."""
    try:
        step = _large(clip, kind)
        with pytest.raises(MachineError, match=r"(?i)no space"):
            make(step, small_disk)
        assert [] == list(small_disk.iterdir())
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


def _large(clip: Path, kind: str) -> Step:
    """A step whose output is far larger than the small disk."""
    if kind == "video":
        return step_of(clip, facts_of(clip), VideoRecipe(size=Size(640, 360), fps=Fraction(30)))
    source = clip.with_name(f"large.{'wav' if kind == 'audio' else 'png'}")
    if kind == "audio":
        ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=9:r=48000", source)
        facts = AudioFacts(container="wav", demuxer="wav", bytes=9, duration=9.0, channels=1)
        return step_of(source, facts, AudioRecipe(window=Window(0, 8)))
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=900x900,noise=alls=100", "-frames:v", "1", source)
    return step_of(source, ImageFacts(container="png", bytes=9), ImageRecipe(format="png"))


def test_a_finished_file_must_decode(clip: Path, tmp_path: Path) -> None:
    """A file cut short, an empty one and one without pictures are refused; a whole one is not."""
    decodes(clip, "mov", "video")
    cut = tmp_path / "cut.mp4"
    draft = make(step_of(clip, facts_of(clip), CLIP), tmp_path)
    cut.write_bytes(draft.path.read_bytes()[:-40_000])
    with pytest.raises(ToolFailedError):
        decodes(cut, "mov", "video")
    sound = tmp_path / "sound.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", sound)
    with pytest.raises(ToolFailedError, match="nothing to decode"):
        decodes(sound, "mov", "video")
    half = tmp_path / "half.png"
    ffmpeg("-f", "lavfi", "-i", "testsrc", "-frames:v", "1", half)
    half.write_bytes(half.read_bytes()[:-900])
    with pytest.raises(ToolFailedError):
        decodes(half, None, "image")


def test_a_finished_file_that_is_nothing_is_told_without_its_path(tmp_path: Path) -> None:
    """What cannot be told by its bytes is an error that names no place on this machine."""
    empty = tmp_path / "draft.mp3"
    empty.write_bytes(bytes(100))
    for kind in ("audio", "image"):
        with pytest.raises(ToolFailedError) as caught:
            decodes(empty, None, kind)
        assert str(tmp_path) not in str(caught.value)
