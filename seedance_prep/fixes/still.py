"""Make a JPEG, PNG or WebP: upright, in sRGB, with eight bits, without metadata.

No profile is embedded: a picture without one is read as sRGB everywhere, and a profile made here
would carry the time of its making into the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from ..core.decoders import REFUSALS
from ..core.media import ImageFacts
from ..core.plan import ImageRecipe, Size, Step
from ..isolation import apart
from ..process import Bounds
from .draft import Draft, written
from .icc import to_srgb
from .metadata import NOTHING, UNCARRIED, Carried, carried, taken_out
from .reading import refusing, upright
from .squeeze import Squeezed, squeezed

EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
TRANSPARENT = ("LA", "RGBA")
BOUNDS = Bounds(seconds=900.0)


def make_still(
    step: Step,
    recipe: ImageRecipe,
    folder: Path,
    told: Callable[[float], None],
    rate_factor: float,
) -> Draft:
    """Encode one picture. Raises as :func:`seedance_prep.fixes.make` says."""
    facts, source = step.media.facts, step.media.path
    assert isinstance(facts, ImageFacts)
    assert source is not None
    job = (source, facts, recipe, rate_factor)
    made, notes = apart(_encoded, *job, reads=[source], bounds=BOUNDS)
    draft = _written(made.data, folder, EXTENSIONS[made.kind])
    draft.notes = notes
    told(1.0)
    return draft


def _encoded(
    source: Path, facts: ImageFacts, recipe: ImageRecipe, rate_factor: float
) -> tuple[Squeezed, tuple[str, ...]]:
    """The bytes of the picture, and what a reader should know about them."""
    picture, notes = _shaped(source, facts, recipe)
    told_of, more = _told_of(source, facts, picture, recipe)
    made = squeezed(picture, recipe, rate_factor, told_of)
    return made, notes + more + made.notes


def make_stripped(step: Step, folder: Path, told: Callable[[float], None]) -> Draft:
    """The same picture in a file that tells nothing besides; its pixels are not decoded."""
    facts, source = step.media.facts, step.media.path
    assert isinstance(facts, ImageFacts)
    assert source is not None
    draft = _written(taken_out(source.read_bytes(), facts), folder, EXTENSIONS[facts.container])
    told(1.0)
    return draft


def _told_of(
    source: Path, facts: ImageFacts, picture: Image.Image, recipe: ImageRecipe
) -> tuple[Carried, tuple[str, ...]]:
    """The source's metadata, when they are to go along."""
    if not recipe.keep_metadata:
        return NOTHING, ()
    try:
        return carried(source, facts, picture.size), ()
    except REFUSALS:
        return NOTHING, (UNCARRIED,)


def _written(data: bytes, folder: Path, extension: str) -> Draft:
    return written(folder, extension, "the picture", lambda path: path.write_bytes(data))


def _shaped(
    source: Path, facts: ImageFacts, recipe: ImageRecipe
) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture as it is encoded, and what a reader should know about it."""
    with refusing():
        picture, profile = upright(source, facts, _scale(facts, recipe))
        picture = _sized(_cropped(picture, facts, recipe), recipe.size)
    picture, told = to_srgb(picture, profile)
    picture, flat = _opaque(picture, recipe.format)
    return _framed(picture, recipe.canvas), told + flat


def _scale(facts: ImageFacts, recipe: ImageRecipe) -> float:
    """How much smaller the whole picture may be decoded: 1 is all of its pixels."""
    if recipe.size is None or not facts.width:
        return 1.0
    return recipe.size.width / (recipe.crop.width if recipe.crop else facts.width)


def _cropped(picture: Image.Image, facts: ImageFacts, recipe: ImageRecipe) -> Image.Image:
    """The box, which is told in pixels of the whole picture: it may be decoded smaller."""
    box = recipe.crop
    if box is None:
        return picture
    scale = picture.width / (facts.width or picture.width)
    left, top = round(box.x * scale), round(box.y * scale)
    right, bottom = round((box.x + box.width) * scale), round((box.y + box.height) * scale)
    return picture.crop((left, top, right, bottom))


def _sized(picture: Image.Image, size: Size | None) -> Image.Image:
    """By Lanczos' filter, on the values as stored (not in linear light), as viewers scale.

    In linear light dark letters would get thinner, and edges ring more. Pillow weighs colours by
    their alpha here, so that what hides behind transparency leaves no fringe.
    """
    if size is None or picture.size == (size.width, size.height):
        return picture
    return picture.resize((size.width, size.height), Image.Resampling.LANCZOS)


def _opaque(picture: Image.Image, kind: str) -> tuple[Image.Image, tuple[str, ...]]:
    """Without an alpha channel that says nothing, or that the format has no room for."""
    if picture.mode not in TRANSPARENT:
        return picture.convert("RGB"), ()
    alpha = picture.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return picture.convert("RGB"), ()
    if kind != "jpeg":
        return picture.convert("RGBA"), ()
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture.convert("RGB"), mask=alpha)
    return white, ("transparent parts are shown on white",)


def _framed(picture: Image.Image, canvas: Size | None) -> Image.Image:
    """A new picture of the pixels alone, in the middle of black where the canvas is larger.

    Pillow would write the profile, comments and resolution that a picture was opened with.
    """
    size = (canvas.width, canvas.height) if canvas else picture.size
    frame = Image.new(picture.mode, size, "black")
    frame.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return frame
