"""What a source's facts say of its colours, and what is taken where they are silent."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedance_prep.core.media import Hdr, VideoFacts
from seedance_prep.core.plan import Size, VideoRecipe
from seedance_prep.fixes import colour
from seedance_prep.fixes.argv import Job, encode
from seedance_prep.fixes.effort import QUICK, SPARE
from seedance_prep.fixes.timing import timing

from .clips import ffmpeg, video_facts
from .test_colour import PATCHES, SIDE, patched, shown, to_yuv


def clip(**facts: Any) -> VideoFacts:
    known: dict[str, Any] = {"container": "mp4", "demuxer": "mov", "bytes": 1, "codec": "h264"}
    return VideoFacts(**known | facts)


@pytest.mark.parametrize(
    ("matrix", "facts"),
    [
        ("bt601", clip(coded_width=640, coded_height=480)),
        ("bt709", clip(coded_width=1280, coded_height=720)),
        ("bt709", clip(coded_width=720, coded_height=1280)),
        ("bt601", clip(coded_width=1280, coded_height=720, codec="mjpeg")),
        ("bt601", clip(coded_width=1280, coded_height=720, codec="vp8")),
        ("bt709", clip(coded_width=640, coded_height=480, codec="mjpeg", matrix="bt709")),
        ("bt2020", clip(coded_width=1280, coded_height=720, hdr=Hdr.PQ)),
    ],
)
def test_matrix_of_a_silent_source(matrix: str, facts: VideoFacts) -> None:
    """Size decides, but for codecs that define one matrix, and for HDR."""
    assert matrix == colour.matrix(facts)


@pytest.mark.parametrize(
    ("nits", "hdr", "peak"),
    [
        (None, Hdr.PQ, 1000),
        (1400, Hdr.PQ, 1400),
        (120, Hdr.PQ, 400),
        (10_000, Hdr.PQ, 4000),
        (4000, Hdr.HLG, 1000),
    ],
)
def test_brightest_light_that_is_folded_in(nits: int | None, hdr: Hdr, peak: int) -> None:
    """PQ states it, within reason; HLG has one by definition."""
    assert peak == colour.peak(clip(nits=nits, hdr=hdr))


@pytest.mark.parametrize(
    ("place", "rotation", "mirrored", "upright"),
    [
        (None, 0, False, (0, 128)),
        ("topleft", 0, False, (0, 0)),
        ("left", 0, True, (256, 128)),
        ("left", 90, False, (128, 0)),
        ("left", 180, False, (256, 128)),
        ("left", 270, False, (128, 256)),
        ("topleft", 90, False, (256, 0)),
        ("center", 90, True, (128, 128)),
    ],
)
def test_chroma_turns_with_its_picture(
    place: str | None, rotation: int, mirrored: bool, upright: tuple[int, int]
) -> None:
    """What lay left of the luma lies above, right or below it once the picture stands upright."""
    facts = clip(chroma_site=place, rotation=rotation, mirrored=mirrored)
    assert upright == colour.siting(facts)


def job(source: Path, facts: VideoFacts, **more: Any) -> Job:
    recipe = VideoRecipe(size=Size(480, 80), fps=Fraction(30))
    target = source.with_name("made.mp4")
    return Job(source=source, target=target, facts=facts, recipe=recipe,
               timing=timing(facts, recipe), **more)  # fmt: skip


def test_standard_range_without_zscale(tmp_path: Path) -> None:
    """An ffmpeg without that filter still keeps the colours of standard video."""
    codes = [to_yuv(one, "smpte170m", 8, True) for one in np.array(PATCHES) / 255]
    source = patched(tmp_path, codes, "yuv420p", "colorspace=smpte170m:range=pc")
    facts = video_facts(source, width=SIDE * len(PATCHES), height=SIDE, duration=1 / 3,
                        demuxer="matroska", matrix="smpte170m", full_range=True)  # fmt: skip
    plain = job(source, facts, zscale=False)
    arguments = encode(plain)
    assert not any("zscale" in word for word in arguments)
    ffmpeg(*arguments)
    assert np.array(PATCHES) == pytest.approx(shown(plain.target, len(PATCHES)), abs=3)


@pytest.mark.parametrize(("mbit", "settings"), [(1, SPARE), (20, QUICK)])
def test_few_bits_are_encoded_sparingly(mbit: int, settings: dict[str, Any]) -> None:
    """What a camera spent is met by the quick encode; a poor source is not outgrown by far."""
    facts = clip(bytes=mbit * 1_250_000, duration=10.0, picture_duration=10.0, width=1280,
                 height=720, fps=Fraction(30), vfr=False)  # fmt: skip
    recipe = VideoRecipe(size=Size(1280, 720), fps=Fraction(30))
    one = Job(source=Path("a"), target=Path("b.mp4"), facts=facts, recipe=recipe,
              timing=timing(facts, recipe))  # fmt: skip
    assert str(settings["x264-params"]) in encode(one)
