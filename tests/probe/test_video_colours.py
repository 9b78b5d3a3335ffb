"""What headers say of a video's colours."""

from __future__ import annotations

import pytest

from seedance_prep.core.media import Hdr
from seedance_prep.probe import colours
from seedance_prep.probe.mediainfo import Section


@pytest.mark.parametrize(
    ("content", "display", "nits"),
    [
        ("1100 cd/m2", "min: 0.0001 cd/m2, max: 4000 cd/m2", 1100),
        (None, "min: 0.0001 cd/m2, max: 4000 cd/m2", 4000),
        ("0 cd/m2", "min: 0.0001 cd/m2, max: 1000 cd/m2", 1000),
        ("65535", "min: 0.0050 cd/m2, max: 0.1000 cd/m2", None),
        (None, None, None),
    ],
)
def test_brightest_light(content: str | None, display: str | None, nits: int | None) -> None:
    """The content's own light counts before the grading display's; nonsense is no answer."""
    fields = {"MaxCLL": content, "MasteringDisplay_Luminance": display}
    assert nits == colours.nits(Section(fields))


@pytest.mark.parametrize(
    ("position", "codec", "site"),
    [
        ("Type 0", "h264", "left"),
        ("Type 1", "h264", "center"),
        ("Type 2", "hevc", "topleft"),
        ("Type 9", "hevc", None),
        (None, "mjpeg", "center"),
        (None, "vp9", None),
    ],
)
def test_place_of_chroma(position: str | None, codec: str, site: str | None) -> None:
    """The stream's own word counts; some codecs define it; else it is unknown."""
    fields = {"ChromaSubsampling_Position": position}
    assert site == colours.chroma_site(Section(fields), codec)


def test_dolby_vision_by_its_base_layer() -> None:
    """A base layer that stands by itself is what counts; one that does not is Dolby Vision."""
    assert Hdr.HLG is colours.hdr((8, 4), "arib-std-b67")
    assert Hdr.PQ is colours.hdr((8, 1), "smpte2084")
    assert Hdr.DOLBY_VISION is colours.hdr((5, 0), None)


def test_container_tags_fill_what_the_stream_leaves_open() -> None:
    """MediaInfo's word comes first, the container's box completes it."""
    section = Section({"matrix_coefficients": "BT.601"})
    assert ("bt709", "bt709", "smpte170m") == colours.tags(section, (1, 1, 1))
