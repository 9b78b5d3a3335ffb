"""The frames and samples of the window, no others."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from seedance_prep.core.media import Track, VideoFacts
from seedance_prep.core.plan import Size, VideoRecipe, Window
from seedance_prep.core.request import Asset
from seedance_prep.fixes.timing import timing
from seedance_prep.probe import probe

from .clips import (
    STEREO,
    X264,
    ffmpeg,
    fixed,
    numbered,
    numbers,
    pictures,
    raw_video,
    samples,
    seconds,
    video_facts,
)

NTSC = Fraction(30000, 1001)
SMALL = Size(320, 180)


def recipe(start: float, end: float, fps: Fraction = Fraction(30)) -> VideoRecipe:
    return VideoRecipe(window=Window(start, end), size=SMALL, fps=fps)


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of numbered frames at 30 per second."""
    return raw_video(tmp_path_factory.mktemp("counted"), numbered(90), "30")


@pytest.mark.parametrize(
    ("start", "end", "first", "count"),
    [(0, 1, 0, 30), (1, 2, 30, 30), (1.01, 2.01, 30, 30), (2.49, 2.99, 75, 15), (0.5, 3, 15, 75)],
)
def test_exactly_the_frames_of_the_window(
    counted: Path, tmp_path: Path, start: float, end: float, first: int, count: int
) -> None:
    """The output holds the frames from the start on, as many as the window has, none twice."""
    facts = video_facts(counted, width=320, height=180, duration=3.0)
    out = fixed(counted, facts, recipe(start, end), tmp_path)
    assert list(range(first, first + count)) == numbers(pictures(out))
    assert seconds(out) <= end - start + 0.0005


REORDERED = ("-c:v", "libx264", "-qp", "8", "-bf", "3", "-b_strategy", "0", "-pix_fmt", "yuv420p",
             "-g", "20", "-sc_threshold", "0")  # fmt: skip
LAYOUTS = {
    "indexed": ("+faststart", "0"),
    "signed": ("+negative_cts_offsets", "0"),
    "open": ("+faststart", "1"),
    "signed-open": ("+negative_cts_offsets", "1"),
    "fragments": ("+frag_keyframe+empty_moov", "0"),
    "fragments-open": ("+frag_keyframe+empty_moov", "1"),
}


def probed(path: Path) -> VideoFacts:
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, VideoFacts)
    return facts


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_window_near_a_keyframe(counted: Path, tmp_path: Path, layout: str) -> None:
    """Frames stored out of order, keyframes every 20: none is lost or repeated beside one."""
    source, (flags, open_gop) = tmp_path / "reordered.mp4", LAYOUTS[layout]
    coding = (*REORDERED, "-x264-params", f"open-gop={open_gop}", "-movflags", flags)
    ffmpeg("-i", counted, *coding, source)
    for first in (1, 18, 19, 20, 21, 59):
        out = fixed(source, probed(source), recipe(first / 30, first / 30 + 0.5), tmp_path)
        assert list(range(first, first + 15)) == numbers(pictures(out))


def test_a_window_of_a_clip_that_was_trimmed_before(counted: Path, tmp_path: Path) -> None:
    """An edit list that starts between two keyframes shifts the index; nothing is lost."""
    whole, source = tmp_path / "whole.mp4", tmp_path / "trimmed.mp4"
    ffmpeg("-i", counted, *REORDERED, whole)
    ffmpeg("-ss", "0.2", "-i", whole, "-c", "copy", source)
    for first in (6, 13, 14, 15, 53):
        out = fixed(source, probed(source), recipe(first / 30, first / 30 + 0.5), tmp_path)
        assert list(range(first + 6, first + 21)) == numbers(pictures(out))


def test_a_keyframe_at_the_start_is_where_decoding_starts(counted: Path) -> None:
    """The index is asked for an instant just behind the start, and never for a frame later."""
    placed = timing(probed(counted), recipe(2 / 3, 2))
    assert 2 / 3 < placed.seek < 2 / 3 + 0.5 / 30
    assert 2 / 3 == pytest.approx(placed.seek + placed.skip)


def test_a_standing_picture_is_on_screen_when_the_window_opens(
    counted: Path, tmp_path: Path
) -> None:
    """Of a clip whose last frame before the window stands for a second, that frame is first."""
    source = tmp_path / "standing.mp4"
    late = "setpts=N/30/TB+gt(N\\,10)/TB"
    ffmpeg("-i", counted, "-vf", late, "-fps_mode", "vfr", *REORDERED, source)
    inside = numbers(pictures(fixed(source, probed(source), recipe(1, 2), tmp_path)))
    assert [10] * 11 + list(range(11, 30)) == inside


def test_broadcast_rate_keeps_every_frame(tmp_path: Path) -> None:
    """29.97 stays exact: no frame is dropped or repeated, and the rate is a true fraction."""
    source = raw_video(tmp_path, numbered(90), "30000/1001")
    facts = video_facts(source, width=320, height=180, duration=3.003, fps=NTSC)
    out = fixed(source, facts, recipe(0.5, 2.5, NTSC), tmp_path)
    assert list(range(15, 15 + 59)) == numbers(pictures(out))
    assert 59 * 1.001 / 30 == pytest.approx(seconds(out), abs=0.001)


def test_halved_rate_takes_every_second_frame(counted: Path, tmp_path: Path) -> None:
    """30 -> 15 frames a second shows every second frame at its own time."""
    facts = video_facts(counted, width=320, height=180, duration=3.0)
    out = fixed(counted, facts, recipe(1, 2, Fraction(15)), tmp_path)
    assert list(range(30, 60, 2)) == numbers(pictures(out))


def test_low_rate_repeats_frames(tmp_path: Path) -> None:
    """12 -> 24 frames a second shows every frame twice, so that the motion keeps its speed."""
    source = raw_video(tmp_path, numbered(24), "12")
    facts = video_facts(source, width=320, height=180, duration=2.0, fps=Fraction(12))
    out = fixed(source, facts, VideoRecipe(size=SMALL, fps=Fraction(24)), tmp_path)
    assert [n // 2 for n in range(48)] == numbers(pictures(out))


def test_varying_rate_becomes_constant(tmp_path: Path) -> None:
    """A still screen (one frame for a second) is held; what moves after it comes in time."""
    steady = raw_video(tmp_path, numbered(60), "30")
    source = tmp_path / "vfr.mkv"
    # frame 10 stands for one second; all after it come a second later
    late = "setpts=N/30/TB+gt(N\\,10)/TB"
    ffmpeg("-i", steady, "-vf", late, "-fps_mode", "vfr", "-enc_time_base", "1/1000", *X264, source)
    facts = video_facts(source, width=320, height=180, duration=3.0, fps=Fraction(20), vfr=True)
    facts = replace(facts, container="matroska", demuxer="matroska")
    shown = numbers(pictures(fixed(source, facts, recipe(0, 3), tmp_path)))
    assert list(range(10)) + [10] * 31 + list(range(11, 60)) == shown
    inside = numbers(pictures(fixed(source, facts, recipe(1, 2), tmp_path)))
    assert [10] * 11 + list(range(11, 30)) == inside


def test_the_last_frame_is_held_to_lengthen(counted: Path, tmp_path: Path) -> None:
    """A clip lengthened to 2 s shows its last frame until then."""
    facts = video_facts(counted, width=320, height=180, duration=3.0)
    plan = replace(recipe(0, 1), length=2.0)
    out = fixed(counted, facts, plan, tmp_path)
    assert list(range(30)) + [29] * 30 == numbers(pictures(out))
    assert 2.0 == pytest.approx(seconds(out), abs=0.001)


def test_a_length_is_reached_though_the_header_lies(flashed: Path, tmp_path: Path) -> None:
    """A clip that has less than its header says is held to the length that was asked for."""
    facts = video_facts(flashed, width=320, height=180, duration=9.0, audio=STEREO)
    plan = VideoRecipe(length=10.0, size=SMALL, fps=Fraction(30))
    out = fixed(flashed, facts, plan, tmp_path)
    assert 10.0 == pytest.approx(seconds(out), abs=0.03)
    assert 300 == len(pictures(out))


def test_a_header_that_lies_holds_nothing(counted: Path, tmp_path: Path) -> None:
    """Seconds that a header claims and the file does not have do not become a frozen picture."""
    facts = video_facts(counted, width=320, height=180, duration=9.0, audio=None)
    out = fixed(counted, facts, VideoRecipe(size=SMALL, fps=Fraction(30)), tmp_path)
    assert list(range(90)) == numbers(pictures(out))[:90]
    assert seconds(out) <= 3.04


def test_a_container_that_lies_holds_nothing(counted: Path, tmp_path: Path) -> None:
    """Seconds that only the container claims, and neither picture nor sound has, are not held."""
    facts = video_facts(counted, width=320, height=180, duration=9.0, picture_duration=3.0)
    facts = replace(facts, audio=None)
    assert list(range(90)) == numbers(pictures(fixed(counted, facts, recipe(0, 8), tmp_path)))


@pytest.fixture(scope="module")
def flashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Black and silent, but one white frame and a beep of its length at 1.5 s."""
    folder = tmp_path_factory.mktemp("flashed")
    frames = np.zeros((90, 180, 320, 3), np.uint8)
    frames[45] = 255
    picture = raw_video(folder, frames, "30")
    beep = "sine=f=1000:r=48000:d=3,volume=enable='lt(t,1.5)+gt(t,1.5+1/30)':volume=0"
    sound = ("-f", "lavfi", "-i", beep, "-ac", "2", "-c:a", "aac", "-b:a", "192k")
    ffmpeg("-i", picture, *sound, "-c:v", "copy", folder / "flash.mp4")
    return folder / "flash.mp4"


@pytest.mark.parametrize(("start", "end"), [(0.0, 3.0), (1.0, 2.0), (0.71, 1.9), (1.4, 2.5)])
def test_sound_stays_with_the_picture(
    flashed: Path, tmp_path: Path, start: float, end: float
) -> None:
    """Flash and beep come within one frame of each other and of where the window puts them."""
    facts = video_facts(flashed, width=320, height=180, duration=3.0, audio=STEREO)
    out = fixed(flashed, facts, recipe(start, end), tmp_path)
    flash = int(np.argmax(pictures(out)[:, 90, 160, 0] > 128)) / 30
    loud = np.abs(samples(out)[:, 0].astype(int)) > 1500
    beep = int(np.argmax(loud)) / 48_000
    assert 1.5 - start == pytest.approx(flash, abs=1 / 30)
    assert flash == pytest.approx(beep, abs=1 / 30)
    assert seconds(out) <= end - start + 0.0005


def test_sound_never_outlasts_the_picture(flashed: Path, tmp_path: Path) -> None:
    """The sound is as long as the picture, to the sample."""
    facts = video_facts(flashed, width=320, height=180, duration=3.0, audio=STEREO)
    out = fixed(flashed, facts, recipe(0.5, 1.77), tmp_path)
    assert 38 == len(pictures(out))
    assert int(38 / 30 * 48_000) == len(samples(out))


def test_sound_that_ends_early_is_followed_by_silence(flashed: Path, tmp_path: Path) -> None:
    """Where the sound has nothing left, the output is silent and as long as its picture."""
    source = tmp_path / "short-sound.mp4"
    cut = ("-c:v", "copy", "-af", "atrim=end=1", "-c:a", "aac")
    ffmpeg("-i", flashed, *cut, source)
    facts = video_facts(source, width=320, height=180, duration=3.0, audio=STEREO)
    out = fixed(source, facts, recipe(0.5, 2.5), tmp_path)
    assert 2 * 48_000 == len(samples(out))


def test_sound_that_starts_late_keeps_its_place(flashed: Path, tmp_path: Path) -> None:
    """A sound track that begins after the picture does not move to the front."""
    source = tmp_path / "late.mkv"
    ffmpeg("-i", flashed, "-itsoffset", "1", "-i", flashed, "-map", "0:v", "-map", "1:a",
           "-c", "copy", source)  # fmt: skip
    late = Track(index=0, codec="aac", channels=2, sample_rate=48_000)
    facts = video_facts(source, width=320, height=180, duration=4.0, picture_duration=3.0)
    facts = replace(facts, demuxer="matroska", audio=late)
    out = fixed(source, facts, recipe(0, 3), tmp_path)
    loud = np.abs(samples(out)[:, 0].astype(int)) > 1500
    assert 2.5 == pytest.approx(int(np.argmax(loud)) / 48_000, abs=1 / 30)
