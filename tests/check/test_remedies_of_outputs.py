"""What mends a finished file starts from what the caller asked for, not from the file as made."""

from __future__ import annotations

from dataclasses import replace

from seedance_prep.checks import as_asked, check
from seedance_prep.core.media import Media, VideoFacts
from seedance_prep.core.request import DEFAULT_ENDPOINT, Asset, Kind, Request
from seedance_prep.limits import load


def test_the_window_stays_in_the_command() -> None:
    """A cut copy that is still turned: the remedy names the source with its window."""
    facts = VideoFacts(container="mov", demuxer="mov", codec="h264", width=720, height=1280,
                       bytes=10_000, duration=5.0, rotation=90)  # fmt: skip
    asset = Asset("phone.mov", start=3, end=8, kind=Kind.VIDEO)
    source = Media(asset=asset, ref="@Video1", kind=Kind.VIDEO, facts=facts)
    made = replace(source, asset=asset.whole())
    found = check(Request(assets=[asset]), [made], load(DEFAULT_ENDPOINT))
    [turned] = [one for one in as_asked(found, [made], [source]) if one.code == "VID021"]
    assert turned.remedy is not None
    assert "`seedance-prep fix 'phone.mov#t=3,8&as=video' --out ready" in turned.remedy
