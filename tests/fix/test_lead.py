"""Clips that do not begin where ffmpeg counts from: windows stay exact, sound stays in step."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.plan import Action, VideoRecipe, Window

from .clips import ffmpeg, fixed, numbers, pictures
from .test_sync import AAC, AVC, SYNC, Clip, apart, in_order, made, probed

CLOSED = ("-bf", "2", "-sc_threshold", "0")
LATE = 0.7
EARLY = ("-f", "lavfi", "-i", "sine=frequency=300:duration=6")
WORDS = "1\n00:00:00,000 --> 00:00:06,000\nunder the picture\n"
WINDOWS = (Window(0.4, 2.0), Window(3.3333, 4.8))


def beside(folder: Path, name: str) -> Path:
    """A clip whose second sound, which is not chosen, begins before picture and first sound."""
    clip = Clip(30).made(folder, "clip.mp4", *AVC, *CLOSED, *AAC)
    maps = ("-map", "0:v", "-map", "0:a", "-map", "1:a", "-disposition:a:1", "0")
    source = folder / name
    ffmpeg("-itsoffset", str(LATE), "-i", clip, *EARLY, *maps, "-c:v", "copy", *AAC, source)
    return source


def midway(folder: Path) -> Path:
    """A transport stream of which the first fifth is missing: it begins between two keyframes."""
    whole = Clip(30, 7).made(folder, "whole.ts", *AVC, *CLOSED, *AAC)
    packets = whole.stat().st_size // 188
    source = folder / "midway.ts"
    source.write_bytes(whole.read_bytes()[packets // 5 * 188 :])
    return source


def check_window(source: Path, folder: Path, window: Window | None, first: int) -> None:
    """The window's own pictures, none missing, with their sound."""
    out = made(source, folder, 30, window)
    shown = numbers(pictures(out))
    assert in_order(shown)
    assert first == shown[0]
    assert max(map(abs, apart(out, 30)), default=0.0) <= SYNC


@pytest.mark.parametrize("name", ["a.ts", "a.mkv", "a.mov"])
def test_a_track_that_is_not_chosen_shifts_nothing(tmp_path: Path, name: str) -> None:
    """The second sound's early start moves neither the window nor the chosen sound."""
    source = beside(tmp_path, name)
    facts = probed(source)
    assert LATE == pytest.approx(facts.lead.sought, abs=0.03)
    first = round((facts.picture_start or 0.0) * 30)
    for window in WINDOWS:
        start = window.start if window else 0.0
        check_window(source, tmp_path, window, max(0, round(start * 30) - first))


def test_subtitles_that_come_first_shift_nothing(tmp_path: Path) -> None:
    """The same of a subtitle that is on screen before the picture is."""
    clip = Clip(30).made(tmp_path, "clip.mp4", *AVC, *AAC)
    (tmp_path / "words.srt").write_text(WORDS)
    source = tmp_path / "a.mkv"
    ffmpeg("-itsoffset", str(LATE), "-i", clip, "-i", tmp_path / "words.srt",
           "-c", "copy", "-c:s", "srt", source)  # fmt: skip
    check_window(source, tmp_path, Window(2.0, 3.5), 60)


def test_a_stream_joined_midway_begins_with_its_first_keyframe(tmp_path: Path) -> None:
    """What nothing can decode is not shown as a still, and is not counted."""
    source = midway(tmp_path)
    facts = probed(source)
    whole = numbers(pictures(made(source, tmp_path, 30)))
    assert 0 == whole[0] % 60
    assert in_order(whole)
    assert len(whole) == facts.frames
    check_window(source, tmp_path, Window(1.0, 2.5), whole[0] + 30)


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.ts", 2.0), ("a.mkv", 2.0), ("a.mov", 0.0), ("midway", 0.0), ("midway", 2.0)],
)
def test_a_copy_begins_where_the_window_does(tmp_path: Path, name: str, start: float) -> None:
    """A copy of 75 pictures from a keyframe on, of either kind of clip."""
    source = midway(tmp_path) if name == "midway" else beside(tmp_path, name)
    facts = probed(source)
    assert isinstance(facts, VideoFacts)
    first = start + (facts.picture_start or 0.0)
    recipe = VideoRecipe(window=Window(first, first + 2.5), packets=75, entry=first)
    out = fixed(source, facts, recipe, tmp_path, action=Action.COPIED)
    shown = numbers(pictures(out))
    assert 75 == len(shown)
    assert 0 == (shown[0] - 60 * int(start > 0)) % 60
    assert in_order(shown)
    assert max(map(abs, apart(out, 30)), default=0.0) <= SYNC


def test_a_clock_that_begins_anew_shifts_nothing(tmp_path: Path) -> None:
    """A broadcast's clock passes its end (33 bits of 90 kHz) on the way and is at 0 again."""
    plain = Clip(30).made(tmp_path, "plain.ts", *AVC, *CLOSED, *AAC)
    source = tmp_path / "anew.ts"
    ffmpeg("-i", plain, "-c", "copy", "-output_ts_offset", str((1 << 33) / 90_000 - 3.4), source)
    before, after = probed(plain), probed(source)
    assert after.start is not None
    assert after.start < 0
    assert before.picture_start == pytest.approx(after.picture_start)
    assert before.duration == pytest.approx(after.duration)
    for window, first in ((None, 0), (Window(1.0, 3.0), 29)):
        check_window(source, tmp_path, window, first)
