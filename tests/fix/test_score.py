"""``--verify vmaf``: what an encode kept of a clip, measured on the finished file."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import seedance_prep as prep
from seedance_prep.core.outcome import Vmaf
from seedance_prep.core.plan import Size, VideoRecipe, Window
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import make
from seedance_prep.fixes.draft import Draft
from seedance_prep.fixes.score import pooled, vmaf

from .clips import X264, ffmpeg, step_of, video_facts

ROOT = Path(__file__).resolve().parents[2]
RECIPE = VideoRecipe(window=Window(0.5, 1.5), size=Size(640, 360), fps=Fraction(24))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of 720p at 30 pictures a second."""
    path = tmp_path_factory.mktemp("score") / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=2", *X264, path)
    return path


def made(clip: Path, folder: Path) -> tuple[prep.VideoFacts, Draft]:
    facts = video_facts(clip, width=1280, height=720, duration=2.0)
    return facts, make(step_of(clip, facts, RECIPE), folder)


def test_the_same_pictures_are_compared(clip: Path, tmp_path: Path) -> None:
    """Window, rate and size of the encode are those of what it is held against."""
    facts, draft = made(clip, tmp_path)
    with draft:
        score = vmaf(step_of(clip, facts, RECIPE), draft)
    assert score is not None
    assert 95 < score.min <= score.p1 <= score.mean <= 100
    assert [] == list(tmp_path.iterdir())


def test_a_worse_file_has_a_worse_score(clip: Path, tmp_path: Path) -> None:
    """The finished file is what is measured: spoil it, and the score falls."""
    facts, draft = made(clip, tmp_path)
    with draft:
        step = step_of(clip, facts, RECIPE)
        before = vmaf(step, draft)
        spoiled = tmp_path / "spoiled.mp4"
        ffmpeg("-i", draft.path, "-c:v", "libx264", "-crf", "45", "-pix_fmt", "yuv420p", spoiled)
        spoiled.replace(draft.path)
        after = vmaf(step, draft)
    assert before is not None
    assert after is not None
    assert after.mean < before.mean - 10


def test_a_file_of_fewer_pictures_is_not_scored(clip: Path, tmp_path: Path) -> None:
    """A score of a part would say nothing of the whole."""
    facts, draft = made(clip, tmp_path)
    with draft:
        assert draft.timing is not None
        draft.timing = replace(draft.timing, frames=48, shown=48)
        with pytest.raises(ToolFailedError, match="compared 24 pictures where 48 were planned"):
            vmaf(step_of(clip, facts, RECIPE), draft)


def test_pooled_by_nearest_rank() -> None:
    """Of 200 pictures the two worst make up the 1st percentile."""
    scores = [98.0] * 197 + [50.0, 40.0, 30.0]
    assert Vmaf(mean=97.13, p1=40.0, min=30.0) == pooled(scores)


def test_the_score_is_in_the_report(clip: Path, tmp_path: Path) -> None:
    """``fix(…, verify="vmaf")`` gives it with the output, and without the word there is none."""
    old = tmp_path / "old.mkv"
    ffmpeg("-i", clip, "-c:v", "mpeg4", "-q:v", "2", "-t", "2", old)
    request = prep.Request(videos=[old])
    (output,) = prep.fix(request, tmp_path / "measured", verify="vmaf").outputs
    assert output.vmaf is not None
    assert 80 < output.vmaf.p1 <= output.vmaf.mean <= 100
    (output,) = prep.fix(request, tmp_path / "plain").outputs
    assert output.vmaf is None
    with pytest.raises(prep.UsageError, match="verify=psnr is not one of vmaf"):
        prep.fix(request, tmp_path / "other", verify="psnr")


def test_a_copy_says_why_it_has_no_score(tmp_path: Path) -> None:
    """What was asked for and is not there has a line that says so."""
    fits = tmp_path / "fits.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=2", *X264, fits)
    (output,) = prep.fix(prep.Request(videos=[fits]), tmp_path / "out", verify="vmaf").outputs
    assert output.vmaf is None
    assert "no VMAF: every picture is the source's own" in output.operations


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_an_ffmpeg_without_libvmaf_is_named(clip: Path, tmp_path: Path) -> None:
    """The call ends 3 before any work, with what to do."""
    tool = tmp_path / "ffmpeg"
    tool.write_text("#!/bin/sh\necho ' .. scale V->V'\n")
    tool.chmod(0o755)
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "seedance_prep", "fix", clip, "--out", out, "--verify", "vmaf"],
        cwd=ROOT,
        env=os.environ | {"SEEDANCE_PREP_FFMPEG": str(tool)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 3 == done.returncode
    assert "this ffmpeg has no libvmaf filter" in done.stderr
    assert not out.exists()
