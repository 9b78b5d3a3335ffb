"""Sources that decode, but not without faults: the output is made, and says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import seedance_prep as prep
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import tool
from seedance_prep.process import Bounds

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


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("a.mkv", b"V_MPEG4/ISO/AVC", b"V_UNKNOWN/CODEC", "has no decoder for v_unknown/codec"),
        ("a.mp4", b"avcC", b"free", "decode"),
        ("far.mp4", b"stco", None, "decode"),
    ],
)
def test_what_cannot_be_decoded_is_said_in_words(
    ffmpeg_make: Make, tmp_path: Path, name: str, old: bytes, new: bytes | None, says: str
) -> None:
    """No bare status: the finding names the part, and no still or empty file is made of it."""
    data = bytearray(ffmpeg_make(name, *PICTURE, "ultrafast", "-pix_fmt", "yuv420p").read_bytes())
    at = data.index(old)
    if new is not None:
        data[at : at + len(new)] = new
    else:
        data[at + 12 : at + 16] = (len(data) - 20).to_bytes(4, "big")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(prep.UnfixableError) as caught:
        prep.fix(prep.Request(videos=[tmp_path / name]), tmp_path / "out")
    found = [one for one in caught.value.report.findings if one.code == "FIL007"]
    assert [says in one.message and "status" not in one.message for one in found] == [True]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (("-map", "0:v"), "finds no picture or sound .* missing or wrong$"),
        (("-af", "aformat=sample_rates=-5"), "cannot decode the source, or not make .* of it$"),
    ],
)
def test_what_does_not_fit_is_said_in_words(wish: tuple[str, str], says: str) -> None:
    """Nor a status where headers promise what is not there."""
    words = ("-f", "lavfi", "-i", "sine=d=0.1", *wish, "-f", "null", "-")
    with pytest.raises(ToolFailedError, match=says):
        tool.ffmpeg(words, Bounds())
