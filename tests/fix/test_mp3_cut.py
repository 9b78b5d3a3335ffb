"""MP3s cut between their frames: bit for bit inside, silent at both ends, long as they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seedance_prep import process
from seedance_prep.core.media import AudioFacts
from seedance_prep.core.plan import Action, AudioRecipe, Window
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import make
from seedance_prep.fixes.mp3 import SETTLED, cut

from .clips import ffmpeg, fixed, seconds, step_of

NOISE = "anoisesrc=d=8:c=pink:r={rate}:a=0.4:seed=7,aformat=channel_layouts={layout}"
CODINGS = {
    "cbr": (44_100, "stereo", "-b:a", "128k"),
    "no-tag": (44_100, "stereo", "-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0"),
    "vbr": (44_100, "stereo", "-q:a", "3"),
    "vbr-no-tag": (48_000, "mono", "-q:a", "6", "-write_xing", "0"),
    "abr": (48_000, "stereo", "-b:a", "150k", "-abr", "1"),
    "largest": (48_000, "mono", "-b:a", "320k"),
    "no-reservoir": (44_100, "stereo", "-b:a", "192k", "-reservoir", "0"),
    "joint": (44_100, "stereo", "-b:a", "96k", "-joint_stereo", "1"),
    "32k": (32_000, "stereo", "-b:a", "192k"),
    "half-rate": (22_050, "mono", "-b:a", "64k"),
    "quarter-rate": (11_025, "mono", "-b:a", "24k"),
}
Samples = NDArray[np.float32]


def coded(folder: Path, name: str) -> tuple[Path, int, int]:
    """A file of noise, its samples a second, and its channels."""
    rate, layout, *coder = CODINGS[name]
    source = folder / f"{name}.mp3"
    tone = ("-f", "lavfi", "-i", NOISE.format(rate=rate, layout=layout))
    ffmpeg(*tone, "-c:a", "libmp3lame", *map(str, coder), source)
    return source, int(rate), 1 if layout == "mono" else 2


def decoded(path: Path, channels: int) -> Samples:
    """All samples; a word of the decoder about damage is a failure."""
    argv = [process.ffmpeg(), "-v", "error", "-nostdin", "-f", "mp3", "-i", f"file:{path}"]
    done = process.run([*argv, "-f", "f32le", "-"], bounds=process.Bounds(captured=1 << 30))
    assert "" == done.stderr
    return np.frombuffer(done.stdout, np.float32).reshape(-1, channels)


def offset(whole: Samples, part: Samples, near: int) -> int:
    """The sample of ``whole`` at which ``part`` starts, within a frame of ``near``."""
    probe = part[3000:3400, 0]
    starts = range(max(0, near - 1200), near + 1200)
    return min(starts, key=lambda at: float(np.abs(whole[at + 3000 : at + 3400, 0] - probe).max()))


@pytest.mark.parametrize("name", CODINGS)
def test_the_frames_of_a_window_play_as_in_the_source(tmp_path: Path, name: str) -> None:
    """From 1056 samples behind the cut to 1056 before its end, every sample is the source's; the
    cut lies within a frame of where it was asked for."""
    source, rate, channels = coded(tmp_path, name)
    target = tmp_path / "cut.mp3"
    made = cut(source, Window(3.217, 5.617), target)
    whole, part = decoded(source, channels), decoded(target, channels)
    at = offset(whole, part, round(3.217 * rate))
    assert 0.027 > abs(at / rate - 3.217) or rate < 44_100
    inside = slice(SETTLED, len(part) - 2 * SETTLED)
    assert np.array_equal(whole[at:][inside], part[inside])
    assert made == pytest.approx(len(part) / rate)
    assert 2.3 < made < 2.45


@pytest.mark.parametrize("name", CODINGS)
def test_both_ends_rise_and_fall_by_themselves(tmp_path: Path, name: str) -> None:
    """The first and last samples are near silence: nothing clicks."""
    source, _, channels = coded(tmp_path, name)
    target = tmp_path / "cut.mp3"
    cut(source, Window(2.0, 4.2), target)
    part = np.abs(decoded(target, channels))
    assert max(part[:16].max(), part[-16:].max()) < 0.01
    assert part[2000:4000].max() > 0.05


@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize("start", [0.0, 1.0, 3.3])
def test_no_reader_sees_more_than_a_tenth_of_a_second_more(
    tmp_path: Path, name: str, start: float
) -> None:
    """MediaInfo, which counts the silent frames, too, reports what a plan has room for."""
    source, *_ = coded(tmp_path, name)
    target = tmp_path / "cut.mp3"
    made = cut(source, Window(start, start + 2.4), target)
    assert 2.25 < made <= seconds(target) <= 2.5


def test_a_window_from_the_start_begins_where_the_source_does(tmp_path: Path) -> None:
    """The encoder's delay is left out as before: the first sample is the source's first."""
    source, _, channels = coded(tmp_path, "cbr")
    target = tmp_path / "cut.mp3"
    cut(source, Window(0.0, 3.0), target)
    whole, part = decoded(source, channels), decoded(target, channels)
    count = len(part) - 2 * SETTLED
    assert np.array_equal(whole[:count], part[:count])


@pytest.mark.parametrize("name", ["cbr", "vbr-no-tag", "half-rate"])
def test_a_header_is_written_anew_and_nothing_else(tmp_path: Path, name: str) -> None:
    """Without a window every sample stays, and the file tells its length."""
    source, rate, channels = coded(tmp_path, name)
    target = tmp_path / "cut.mp3"
    made = cut(source, None, target)
    assert np.array_equal(decoded(source, channels), decoded(target, channels))
    assert made == pytest.approx(len(decoded(source, channels)) / rate)
    assert abs(seconds(target) - made) < 0.11


def test_what_stands_between_frames_is_passed_over(tmp_path: Path) -> None:
    """Two files written one behind the other, tags and all, are one sound."""
    source, rate, channels = coded(tmp_path, "cbr")
    plain, _, _ = coded(tmp_path, "no-tag")
    joined = tmp_path / "joined.mp3"
    tag = b"TAG" + bytes(125)
    joined.write_bytes(plain.read_bytes() + tag + source.read_bytes() + tag)
    target = tmp_path / "cut.mp3"
    assert 16.0 == pytest.approx(cut(joined, None, target), abs=0.15)
    assert 2.0 == pytest.approx(cut(joined, Window(12, 14), target), abs=0.05)
    assert len(decoded(target, channels)) / rate == pytest.approx(2.0, abs=0.05)


def test_a_large_cover_in_front_is_left_behind(tmp_path: Path) -> None:
    """Twenty megabytes of picture, full of what looks like frames, are not searched for sound."""
    source, _, channels = coded(tmp_path, "no-tag")
    picture = b"APIC" + (20_000_014).to_bytes(4, "big") + b"\0\0\0image/jpeg\0\3\0"
    picture += b"\xff\xfb\x90\x64" * 5_000_000
    size = bytes(len(picture) >> shift & 0x7F for shift in (21, 14, 7, 0))
    covered = tmp_path / "covered.mp3"
    covered.write_bytes(b"ID3\3\0\0" + size + picture + source.read_bytes())
    target = tmp_path / "cut.mp3"
    cut(covered, None, target)
    assert np.array_equal(decoded(source, channels), decoded(target, channels))
    assert source.stat().st_size + 1500 > target.stat().st_size


def test_a_window_behind_the_end_is_told(tmp_path: Path) -> None:
    """There is nothing to keep, and nothing is written."""
    source, *_ = coded(tmp_path, "cbr")
    with pytest.raises(ToolFailedError, match="no sound in the part"):
        cut(source, Window(20, 22), tmp_path / "cut.mp3")
    assert not (tmp_path / "cut.mp3").exists()


def test_no_frames_are_told(tmp_path: Path) -> None:
    """Noise that is no MP3 ends with a sentence."""
    source = tmp_path / "none.mp3"
    source.write_bytes(bytes(range(256)) * 400)
    with pytest.raises(ToolFailedError, match="no frames"):
        cut(source, None, tmp_path / "cut.mp3")


def test_a_cut_is_proven_as_every_output(tmp_path: Path) -> None:
    """The fix hands over the cut, and it is decoded whole and held to its length."""
    source, *_ = coded(tmp_path, "vbr")
    facts = AudioFacts(container="mp3", demuxer="mp3", bytes=source.stat().st_size, codec="mp3",
                       duration=8.0, channels=2, sample_rate=44_100)  # fmt: skip
    plan = AudioRecipe(window=Window(1, 4))
    assert 3.0 == pytest.approx(seconds(fixed(source, facts, plan, tmp_path,
                                              action=Action.COPIED)), abs=0.1)  # fmt: skip


def test_a_sound_that_changes_its_kind_is_not_copied_in_part(tmp_path: Path) -> None:
    """44.1 kHz, then 48 kHz: frames of the one kind alone would be but a part, so it is encoded."""
    one, *_ = coded(tmp_path, "no-tag")
    two, *_ = coded(tmp_path, "vbr-no-tag")
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(one.read_bytes() + two.read_bytes())
    facts = AudioFacts(container="mp3", demuxer="mp3", bytes=joined.stat().st_size, codec="mp3",
                       duration=16.0, channels=2, sample_rate=44_100)  # fmt: skip
    step = step_of(joined, facts, AudioRecipe(window=Window(1, 14)), Action.COPIED)
    predicted = replace(step.media, facts=replace(facts, duration=13.0))
    with pytest.raises(ToolFailedError, match=r"could copy only 7\.\d+ of 13\.00 s"):
        make(replace(step, predicted=predicted), tmp_path)
    assert {"joined.mp3", one.name, two.name} == {path.name for path in tmp_path.iterdir()}
