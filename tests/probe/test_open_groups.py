"""Whether pictures behind a keyframe are shown before it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seedance_prep import process
from seedance_prep.core.media import VideoFacts
from seedance_prep.core.request import Asset
from seedance_prep.probe import probe

CODING = ("-c:v", "libx264", "-bf", "3", "-b_strategy", "0", "-g", "20", "-sc_threshold", "0")


@pytest.mark.parametrize(
    ("open_gop", "flags", "expected"),
    [
        ("0", "+faststart", False),
        ("1", "+faststart", True),
        ("1", "+negative_cts_offsets", True),
        ("1", "+frag_keyframe", None),
    ],
)
def test_open_groups_are_told_from_the_tables(
    tmp_path: Path, open_gop: str, flags: str, expected: bool | None
) -> None:
    """Open groups are seen in the sample tables; fragments have no index that could mislead."""
    path = tmp_path / "clip.mp4"
    argv = [process.ffmpeg(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=3",
            *CODING, "-x264-params", f"open-gop={open_gop}", "-movflags", flags,
            str(path)]  # fmt: skip
    subprocess.run(argv, check=True, capture_output=True)
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, VideoFacts)
    assert expected is facts.leading
