"""A video that stays as it is: sent only when what its headers tell of is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.request import Asset
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes import plays
from seedance_prep.probe import probe

from .clips import numbered, raw_video


def probed(path: Path) -> VideoFacts:
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, VideoFacts)
    return facts


def overwritten(source: Path, start: float, count: int) -> Path:
    """A copy with zeros in its media from a share of them on."""
    data = bytearray(source.read_bytes())
    media = data.index(b"mdat") + 4
    first = media + int((data.index(b"moov") - media) * start)
    last = min(first + count, data.index(b"moov") - 4)
    data[first:last] = bytes(last - first)
    copy = source.with_name("overwritten.mp4")
    copy.write_bytes(data)
    return copy


def test_a_clip_of_which_half_is_gone_is_not_sent(tmp_path: Path) -> None:
    """Its headers are sound and its size is right, but half of its pictures are zeros."""
    source = raw_video(tmp_path, numbered(100), "25")
    hollow = overwritten(source, 0.5, 1 << 30)
    plays(source, probed(source))
    with pytest.raises(ToolFailedError, match=r"only \d+ of its 100 pictures"):
        plays(hollow, probed(hollow))


def test_a_fault_that_players_pass_over_is_no_reason_to_refuse(tmp_path: Path) -> None:
    """A few bytes wrong in the middle cost a picture or two."""
    scratched = overwritten(raw_video(tmp_path, numbered(100), "25"), 0.5, 40)
    plays(scratched, probed(scratched))
