"""Copies: the packets of the source, cut between marks, in step with their sound."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import seedance_prep as prep
from seedance_prep.core.media import VideoFacts
from seedance_prep.core.outcome import Output
from seedance_prep.core.plan import Action, Window

from .clips import beeps, ffmpeg, gray

Make = Callable[..., Path]
RATE = 30
SAMPLES = 48_000
FLASH = "lt(mod(t,1),0.1)"
"""When it flashes and beeps: the first tenth of each second."""
BOX = "drawbox=w=200:h=200:t=fill:color"
PICTURE = f"testsrc2=s=854x480:r={RATE}:d=20,{BOX}=black,{BOX}=white:enable='{FLASH}'"
SOUND = f"aevalsrc='0.5*sin(2*PI*1000*t)*{FLASH}':s={SAMPLES}:d=20"
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-bf", "2", "-pix_fmt", "yuv420p")
SOURCE = ("-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND, *X264)


def made(clip: prep.Asset, out: Path, allow: str = "lossy") -> Output:
    (output,) = prep.fix(prep.Request(videos=[clip]), out, allow=allow).outputs
    return output


@cache
def digests(path: Path) -> list[str]:
    """One of each decoded picture."""
    lines = ffmpeg("-i", path, "-map", "0:V:0", "-f", "framemd5", "-").decode().splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]


def lag(path: Path) -> float:
    """Seconds by which the worst beep comes after its flash (or before, below zero)."""
    lit = gray(path, 8, 8, "crop=160:160:8:8").mean(axis=1) > 128
    flashes = (np.flatnonzero(lit[1:] & ~lit[:-1]) + 1) / RATE
    heard = beeps(path)
    assert len(flashes) >= 3
    assert abs(len(flashes) - len(heard)) <= 1
    lags = [min((beep - float(flash) for beep in heard), key=abs) for flash in flashes[:-1]]
    return max(lags, key=abs)


CONTAINERS = (
    ("a.mp4", ()),
    ("a.mkv", ()),
    ("a.ts", ()),
    ("a.mov", ()),
    ("frag.mp4", ("-movflags", "+frag_keyframe+delay_moov")),
)


FIRST_AND_LAST = [
    *(pytest.param("last", *each) for each in CONTAINERS),
    pytest.param("first", *CONTAINERS[0]),
    *(pytest.param("first", *each, marks=pytest.mark.slow) for each in CONTAINERS[1:]),
]


@pytest.mark.parametrize(("keep", "name", "options"), FIRST_AND_LAST)
def test_a_cut_keeps_pictures_bit_for_bit(
    ffmpeg_make: Make, tmp_path: Path, name: str, options: tuple[str, ...], keep: str
) -> None:
    """What comes out is a run of the source's own pictures, evenly timed, with its sound."""
    whole_clip = ffmpeg_make("a.mp4", *SOURCE, "-c:a", "aac")
    source = ffmpeg_make(name, "-i", str(whole_clip), "-c", "copy", *options)
    output = made(prep.Clip(source, keep=keep), tmp_path / "out")
    assert Action.COPIED is output.action
    facts, kept, whole = output.facts, digests(output.path), digests(source)
    assert isinstance(facts, VideoFacts)
    assert (Fraction(RATE), False, "mp4") == (facts.fps, facts.vfr, facts.container)
    assert whole[: len(kept)] == kept if keep == "first" else whole[-len(kept) :] == kept
    assert 13.4 < len(kept) / RATE <= 15
    assert 0 == pytest.approx(lag(output.path), abs=0.010)


@pytest.mark.parametrize(("name", "late"), [("a.mp4", 0), ("a.mkv", 0), ("a.ts", 0.02)])
def test_a_window_on_a_keyframe_is_cut_exactly(
    ffmpeg_make: Make, tmp_path: Path, name: str, late: float
) -> None:
    """``#t=`` from a keyframe on keeps just those pictures (sound opens the TS, for a padding)."""
    source = ffmpeg_make(name, *SOURCE, "-c:a", "aac")
    output = made(prep.Clip(source, start=4 + late, end=9 + late), tmp_path / "out")
    assert (Action.COPIED, "cut ") == (output.action, output.operations[0][:4])
    kept = digests(output.path)
    assert digests(source)[120 : 120 + len(kept)] == kept
    assert 4.88 < len(kept) / RATE <= 5
    assert 0 == pytest.approx(lag(output.path), abs=0.010)


def test_sound_is_encoded_beside_the_copied_picture(ffmpeg_make: Make, tmp_path: Path) -> None:
    """PCM that is not taken becomes AAC; the picture stays, and in step."""
    source = ffmpeg_make("pcm.mkv", *SOURCE, "-c:a", "pcm_s16le")
    output = made(prep.Clip(source, start=6, end=12), tmp_path / "out")
    assert (Action.COPIED, True) == (output.action, "pcm_s16le -> aac" in output.operations)
    kept = digests(output.path)
    assert digests(source)[180 : 180 + len(kept)] == kept
    assert 0 == pytest.approx(lag(output.path), abs=0.010)


def test_nothing_but_copies_at_lossless_trust(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A clip that is only too long complies without an encode being allowed."""
    source = ffmpeg_make("a.mp4", *SOURCE, "-c:a", "aac")
    output = made(prep.Clip(source), tmp_path / "out", allow="lossless")
    assert Action.COPIED is output.action
    assert isinstance(output.window, Window)
    assert 14.5 < output.window.length <= 15


ENTERED = [("first", "0.5"), ("last", "0.51"), ("first", "1.99")]
SELDOM = [("last", "0.5"), ("first", "0.51"), ("last", "1.99")]


@pytest.mark.parametrize(
    ("keep", "entered"),
    [*ENTERED, *(pytest.param(*each, marks=pytest.mark.slow) for each in SELDOM)],
)
def test_a_clip_that_is_entered_within_a_group_is_cut_like_any_other(
    ffmpeg_make: Make, tmp_path: Path, entered: str, keep: str
) -> None:
    """An edit list that begins between two keyframes, and between two pictures at that."""
    whole = ffmpeg_make("a.mp4", *SOURCE, "-g", "30", "-c:a", "aac")
    source = ffmpeg_make(f"{entered}.mp4", "-ss", entered, "-i", str(whole), "-c", "copy")
    output = made(prep.Clip(source, keep=keep), tmp_path / "out", allow="lossless")
    assert Action.COPIED is output.action
    kept, shown = digests(output.path), digests(source)
    assert kept == (
        shown[-len(kept) :] if keep == "last" else shown[shown.index(kept[0]) :][: len(kept)]
    )
    assert 12.9 < len(kept) / RATE <= 15
    assert 0 == pytest.approx(lag(output.path), abs=1 / RATE + 0.010)


def test_a_copy_keeps_the_last_pictures_of_a_careless_cut(
    ffmpeg_make: Make, tmp_path: Path
) -> None:
    """Cut within a row of pictures that lean on each other, a clip has a hole before its last one:
    its header counts too few seconds to reach it."""
    rows = ("-g", "30", "-bf", "3", "-x264-params", "b-adapt=0:scenecut=0")
    whole = ffmpeg_make("rows.mkv", *SOURCE, *rows, "-c:a", "aac")
    source = ffmpeg_make("careless.mp4", "-i", str(whole), "-t", "18.06", "-c", "copy")
    output = made(prep.Clip(source, keep="last"), tmp_path / "out", allow="lossless")
    kept = digests(output.path)
    assert digests(source)[-len(kept) :] == kept


@pytest.mark.parametrize("name", ["bad.mp4", "bad.mkv"])
def test_where_only_a_copy_is_allowed_and_none_succeeds_the_findings_stay(
    ffmpeg_make: Make, tmp_path: Path, name: str
) -> None:
    """A clip with one broken picture cannot be copied; what was found in it and what would mend it
    is said, and no fault that it has not."""
    whole = ffmpeg_make("a.mp4", *SOURCE, "-c:a", "aac")
    broken = ("-bsf:v", "noise=amount='eq(n,95)'")
    source = ffmpeg_make(name, "-i", str(whole), "-c", "copy", *broken)
    with pytest.raises(prep.UnfixableError) as caught:
        made(prep.Clip(source), tmp_path / "out", allow="lossless")
    found = {one.code: one for one in caught.value.report.findings if one.level == "error"}
    assert {"VID003", "REQ011"} | ({"VID001"} if name == "bad.mkv" else set()) == set(found)
    assert all("`--allow lossy` mends it" in (one.remedy or "") for one in found.values())
    assert [] == list((tmp_path / "out").iterdir())
    assert Action.ENCODED is made(prep.Clip(source), tmp_path / "out").action


def test_an_open_group_is_encoded(ffmpeg_make: Make, tmp_path: Path) -> None:
    """No copy starts where pictures lean on what came before."""
    open_group = ("-x264-params", "open-gop=1:keyint=45:bframes=2:b-adapt=0:scenecut=0")
    source = ffmpeg_make("open.mp4", *SOURCE, *open_group, "-c:a", "aac")
    output = made(prep.Clip(source, keep="last"), tmp_path / "out")
    assert Action.ENCODED is output.action
