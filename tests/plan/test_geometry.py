"""Rasters: the tables of the limits document, row by row, and the laws over all sizes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_prep.core.finding import Trust
from seedance_prep.core.plan import Box, Size
from seedance_prep.core.request import Framing
from seedance_prep.plan.geometry import Shape, clip_shape, image_shape

from .building import LIMITS


def _size(text: str) -> Size:
    width, height = text.split("x")
    return Size(int(width), int(height))


def _clip(text: str, allow: Trust = Trust.LOSSY, framing: Framing | None = None) -> Shape | None:
    return clip_shape(_size(text), framing, LIMITS, allow)


def _image(text: str, allow: Trust = Trust.LOSSY, framing: Framing | None = None) -> Shape | None:
    return image_shape(_size(text), framing, LIMITS.image, allow)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # what the pixel window does
        ("640x480", "740x554"),
        ("720x480", "786x524"),
        ("848x480", "854x480"),
        ("852x480", "854x480"),
        ("640x360", "854x480"),
        ("640x640", "640x640"),
        ("854x480", "854x480"),
        ("720x576", "720x576"),
        ("864x480", "864x480"),
        ("960x540", "960x540"),
        ("1024x576", "1024x576"),
        ("1024x768", "1024x768"),
        ("1280x720", "1280x720"),
        ("960x960", "960x960"),
        ("1280x724", "1280x724"),
        ("1112x834", "1112x834"),
        ("1280x726", "1278x724"),
        ("1080x1080", "960x960"),
        ("1920x1080", "1280x720"),
        ("1080x1920", "720x1280"),
        ("3840x2160", "1280x720"),
        ("2494x3326", "834x1112"),
        ("4398x1886", "1470x630"),
        # other ratios, the largest even size
        ("2390x1000", "1488x622"),
        ("2000x1000", "1362x680"),
        ("1850x1000", "1308x708"),
        ("3000x2000", "1178x786"),
        ("2500x2000", "1076x860"),
        ("2000x2500", "860x1076"),
        ("2000x3000", "786x1178"),
        ("1080x2340", "654x1418"),
        ("1080x2400", "646x1434"),
        ("1080x2520", "630x1472"),
        # the smallest that passes
        ("500x500", "640x640"),
        ("360x640", "480x854"),
        ("840x360", "980x420"),
        # odd sides
        ("1001x701", "1000x700"),
        ("1000x701", "1000x700"),
        # the very edge of the ratio stays inside it
        ("2500x1000", "1520x608"),
        ("1000x2500", "608x1520"),
    ],
)
def test_a_clip_gets_the_raster_of_the_table(source: str, expected: str) -> None:
    """Each row of the limits document comes out as the document says."""
    shape = _clip(source)
    assert shape is not None
    assert expected == str(shape.final)


@pytest.mark.parametrize("source", ["640x640", "1280x724", "1112x834", "720x576"])
def test_a_clip_inside_the_window_is_not_scaled(source: str) -> None:
    """Even sides inside the window stay as they are."""
    shape = _clip(source)
    assert Shape(final=_size(source), trust=Trust.NONE) == shape


@pytest.mark.parametrize(
    ("source", "expected"),
    [("427x240", Trust.LOSSY), ("426x240", Trust.INVENTIVE), ("370x277", Trust.LOSSY)],
)
def test_scaling_up_beyond_two_per_side_is_inventive(source: str, expected: Trust) -> None:
    """Up to twice a side is lossy, one pixel less in the source needs more trust."""
    shape = _clip(source, Trust.INVENTIVE)
    assert shape is not None
    assert expected is shape.trust
    assert (expected is Trust.LOSSY) == (_clip(source, Trust.LOSSY) is not None)


def test_a_wide_clip_is_padded_unless_a_crop_is_asked_for() -> None:
    """Padding keeps all that is shown; ``frame=crop`` fills the frame."""
    padded = _clip("3000x1000", Trust.INVENTIVE)
    assert padded is not None
    assert (None, "1518x506", "1518x610") == (padded.crop, str(padded.size), str(padded.canvas))
    cropped = _clip("3000x1000", Trust.INVENTIVE, Framing.CROP)
    assert cropped is not None
    assert (Box(255, 0, 2490, 1000), "1518x610", None) == (
        cropped.crop,
        str(cropped.size),
        cropped.canvas,
    )


def test_a_ratio_outside_the_window_needs_trust() -> None:
    """No lossy operation gives a picture another ratio."""
    assert _clip("3000x1000", Trust.LOSSY) is None
    assert _image("1000x3000", Trust.LOSSY) is None


@pytest.mark.parametrize(
    ("source", "allow", "expected"),
    [
        ("1600x1200", Trust.LOSSY, "1600x1200"),
        ("200x200", Trust.LOSSY, "300x300"),
        ("153x161", Trust.LOSSY, "300x316"),
        ("280x602", Trust.LOSSY, "300x645"),
        ("270x478", Trust.LOSSY, "300x531"),
        ("80x107", Trust.LOSSY, None),
        ("80x107", Trust.INVENTIVE, "300x401"),
        ("6048x2592", Trust.LOSSY, "6000x2571"),
        ("15000x6000", Trust.LOSSY, "6000x2400"),
        ("299x300", Trust.LOSSY, "300x301"),
        ("2000x500", Trust.INVENTIVE, "2000x804"),
        ("9x2", Trust.INVENTIVE, "747x300"),
    ],
)
def test_a_still_is_scaled_as_little_as_possible(
    source: str, allow: Trust, expected: str | None
) -> None:
    """Only sides and ratio bind a still; it keeps its pixels where it can."""
    shape = _image(source, allow)
    assert expected == (str(shape.final) if shape else None)


SIDES = st.integers(1, 20_000) | st.integers(1, 1500)


@settings(deadline=None, max_examples=150)
@given(width=SIDES, height=SIDES, framing=st.sampled_from([None, *Framing]))
def test_every_clip_has_a_raster_inside_all_limits(
    width: int, height: int, framing: Framing | None
) -> None:
    """With full trust each size ends inside every reading, even, and never stretched."""
    bounds = LIMITS.video
    shape = clip_shape(Size(width, height), framing, LIMITS, Trust.INVENTIVE)
    assert shape is not None
    final = shape.final
    assert bounds.pixels_min.value <= final.pixels <= bounds.pixels_max.value
    assert 0 == final.width % 2 == final.height % 2
    assert min(final.width, final.height) >= bounds.side_min.value
    ratio = Fraction(final.width, final.height)
    assert bounds.ratio_safe_min.value <= ratio <= bounds.ratio_safe_max.value
    if shape.crop is None and shape.canvas is None:
        assert abs(ratio / Fraction(width, height) - 1) < Fraction(1, 100)


@settings(deadline=None, max_examples=150)
@given(width=SIDES, height=SIDES, framing=st.sampled_from([None, *Framing]))
def test_every_still_has_a_raster_inside_all_limits(
    width: int, height: int, framing: Framing | None
) -> None:
    """With full trust each still ends with sides and ratio that are taken everywhere."""
    bounds = LIMITS.image
    shape = image_shape(Size(width, height), framing, bounds, Trust.INVENTIVE)
    assert shape is not None
    final = shape.final
    assert bounds.side_min.value <= min(final.width, final.height)
    assert max(final.width, final.height) <= bounds.side_max.value
    ratio = Fraction(final.width, final.height)
    assert bounds.ratio_safe_min.value <= ratio <= bounds.ratio_safe_max.value
    if shape.crop:
        assert shape.crop.x + shape.crop.width <= width
        assert shape.crop.y + shape.crop.height <= height
    if shape.canvas:
        inner = shape.size or Size(width, height)
        assert inner.width <= shape.canvas.width
        assert inner.height <= shape.canvas.height
