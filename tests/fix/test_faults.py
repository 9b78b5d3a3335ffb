"""Sources that decode, but not without faults: the output is made, and says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import seedance_prep as prep

Make = Callable[..., Path]
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=3", "-c:v", "libx264", "-preset")
SAID = "the decoder met faults in the source: look at the output"


def operations(path: Path, out: Path) -> tuple[str, ...]:
    return prep.fix(prep.Request(videos=[path]), out).outputs[0].operations


def test_a_fault_in_the_source_is_told(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Some wrong bytes within a picture leave the clip usable; whoever gets it should look."""
    path = ffmpeg_make("clip.mp4", *PICTURE, "ultrafast", "-pix_fmt", "yuv420p")
    assert SAID not in operations(path, tmp_path / "whole")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(range(200)) * 2
    path.write_bytes(data)
    assert SAID in operations(path, tmp_path / "broken")
