"""Pictures under a number of bytes: never too many, never visibly worse, nothing lost in vain."""

from __future__ import annotations

import cProfile
import io
import pstats

import numpy as np
import pytest
from PIL import Image

from seedance_prep.core.plan import ImageRecipe
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes.squeeze import Squeezed, squeezed

from .test_likeness import by_the_paper, scene

FLOOR = 0.985


def noise(width: int, height: int, *, grey: bool = False) -> Image.Image:
    shape = (height, width) if grey else (height, width, 3)
    pixels = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(pixels).convert("RGB")


def drawing(width: int = 600, height: int = 400) -> Image.Image:
    """Flat saturated colours with hard edges, as logos and screenshots have."""
    picture = Image.new("RGB", (width, height), (250, 250, 250))
    for number in range(40):
        colour = [(220, 0, 30), (0, 40, 220), (0, 160, 60), (0, 0, 0)][number % 4]
        left, top = number * 37 % width, number * 53 % height
        picture.paste(colour, (left, top, left + 9, top + 40))
    return picture


def opened(made: Squeezed) -> Image.Image:
    picture = Image.open(io.BytesIO(made.data))
    assert made.kind == (picture.format or "").lower()
    picture.load()
    return picture


def pixels(picture: Image.Image) -> bytes:
    return picture.tobytes()


@pytest.mark.parametrize("wanted", ["jpeg", "webp"])
@pytest.mark.parametrize("source", ["scene", "drawing", "noise", "grey noise"])
def test_what_is_lossy_keeps_the_floor(source: str, wanted: str) -> None:
    """SSIM of light is 0.985 or better by another's measure, at full size where bytes allow."""
    made = {
        "scene": scene(),
        "drawing": drawing(),
        "noise": noise(300, 300),
        "grey noise": noise(300, 300, grey=True),
    }[source]
    found = squeezed(made, ImageRecipe(format=wanted, max_bytes=30_000_000, aim_bytes=10_000_000))
    assert made.size == opened(found).size
    assert by_the_paper(made, opened(found).convert("RGB")) >= FLOOR


@pytest.mark.parametrize("cap", [400_000, 200_000, 100_000, 50_000, 20_000, 9_000])
def test_never_too_many_bytes_and_never_below_the_floor(cap: int) -> None:
    """What a cap takes away is size in the end, not likeness; and the cap is made use of."""
    source = noise(500, 400, grey=True)
    found = squeezed(source, ImageRecipe(max_bytes=cap))
    made = opened(found)
    assert cap * 0.4 < len(found.data) < cap
    smaller = source.resize(made.size, Image.Resampling.LANCZOS)
    assert by_the_paper(smaller, made.convert("RGB")) >= FLOOR
    assert (made.size != source.size) == ("scaled down" in found.notes[0])


def test_more_bytes_never_make_it_worse() -> None:
    """With each larger cap the picture is as large and as like its source, or more."""
    source = noise(400, 300, grey=True)
    kept = []
    for cap in (10_000, 30_000, 80_000, 160_000):
        made = opened(squeezed(source, ImageRecipe(max_bytes=cap)))
        back = made.convert("RGB").resize(source.size, Image.Resampling.LANCZOS)
        kept.append(by_the_paper(source, back))
    assert sorted(kept) == kept


def test_nothing_is_lost_where_that_fits() -> None:
    """A drawing that is wished for as PNG keeps every pixel."""
    found = squeezed(drawing(), ImageRecipe(format="png", max_bytes=30_000_000, aim_bytes=10**7))
    assert ("png", ("png without loss",)) == (found.kind, found.notes)
    assert pixels(drawing()) == pixels(opened(found).convert("RGB"))


def test_webp_keeps_what_a_png_has_no_room_for() -> None:
    """Without loss, still, where that fits only as WebP."""
    gradient = Image.linear_gradient("L").resize((700, 700)).convert("RGB")
    room = len(squeezed(gradient, ImageRecipe(format="png")).data)
    found = squeezed(gradient, ImageRecipe(format="png", max_bytes=room, aim_bytes=room))
    assert ("webp", ("webp without loss",)) == (found.kind, found.notes)
    assert pixels(gradient) == pixels(opened(found).convert("RGB"))


def test_a_png_only_recompressed_may_be_heavier_than_advised() -> None:
    """Up to ``lossless_bytes`` nothing is lost, though fewer bytes are aimed for."""
    source = noise(200, 200)
    plan = ImageRecipe(format="png", max_bytes=200_000, aim_bytes=50_000, lossless_bytes=200_000)
    found = squeezed(source, plan)
    assert pixels(source) == pixels(opened(found).convert("RGB"))
    assert "more than 50 kB, so that nothing is lost" == found.notes[-1]


def test_a_webp_without_loss_stays_one() -> None:
    """It is not made a PNG on the way, and loses nothing where that fits."""
    plan = ImageRecipe(format="webp", max_bytes=10**6, lossless_bytes=10**6)
    found = squeezed(drawing(), plan)
    assert ("webp", ("webp without loss",)) == (found.kind, found.notes)
    assert pixels(drawing()) == pixels(opened(found).convert("RGB"))


def test_likeness_goes_before_advice() -> None:
    """What would lose visibly under the bytes aimed for takes more, and says so."""
    source = noise(400, 300, grey=True)
    tight = squeezed(source, ImageRecipe(max_bytes=30_000))
    free = squeezed(source, ImageRecipe(max_bytes=200_000, aim_bytes=30_000))
    assert opened(tight).size < source.size == opened(free).size
    assert "under which it would be less alike" in free.notes[-1]


def test_colours_keep_their_resolution_where_edges_need_it() -> None:
    """Red letters on blue stay sharp: such a JPEG is 4:4:4, however large the picture is."""
    tile = drawing(300, 300)
    wide = Image.new("RGB", (2700, 1800))
    for number in range(54):
        wide.paste(tile, (number % 9 * 300, number // 9 * 300))
    found = squeezed(wide, ImageRecipe(max_bytes=30_000_000))
    layers = {layer[1:3] for layer in opened(found).layer}  # type: ignore[attr-defined]
    assert {(1, 1)} == layers


def test_noise_of_colours_goes_before_size() -> None:
    """Where only the finest noise of colours is in the way the size stays, and that is told."""
    source = noise(400, 300)
    found = squeezed(source, ImageRecipe(max_bytes=90_000))
    assert source.size == opened(found).size
    assert "of light" in found.notes[0]
    assert by_the_paper(source, opened(found).convert("RGB")) >= FLOOR


def test_transparency_is_kept_whole() -> None:
    """A transparent picture that is too heavy as PNG becomes WebP with the very same alpha."""
    source = noise(300, 300).convert("RGBA")
    source.putalpha(Image.radial_gradient("L").resize((300, 300)))
    found = squeezed(source, ImageRecipe(format="png", max_bytes=130_000))
    assert "webp" == found.kind
    assert pixels(source.getchannel("A")) == pixels(opened(found).getchannel("A"))


def encodes(source: Image.Image, plan: ImageRecipe) -> int:
    """How often a whole picture or a sample of it was encoded."""
    profile = cProfile.Profile()
    profile.runcall(squeezed, source, plan)
    calls = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(int(told[1]) for name, told in calls.items() if name[2] == "_encoded")


def test_the_search_is_bounded() -> None:
    """An easy picture is encoded once, the hardest some dozens of times."""
    assert 1 == encodes(drawing(), ImageRecipe(max_bytes=30_000_000, aim_bytes=10_000_000))
    hard = noise(300, 200)
    counts = [encodes(hard, ImageRecipe(format=kind, max_bytes=cap, aim_bytes=cap // 2))
              for kind in ("jpeg", "png", "webp") for cap in (90_000, 30_000, 9_000)]  # fmt: skip
    assert max(counts) < 120


def test_what_no_size_can_meet_is_an_error() -> None:
    """Nothing that is too large is ever given back."""
    with pytest.raises(ToolFailedError, match="smaller than 300 bytes"):
        squeezed(noise(300, 200), ImageRecipe(max_bytes=300))
