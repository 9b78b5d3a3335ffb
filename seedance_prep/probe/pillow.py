"""Facts of still pictures through Pillow, which reads the header and decodes no pixel.

Only the plugin of the sniffed format is called, so that no other decoder ever sees the bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from .. import pictures
from ..core.colours import Colours
from ..core.decoders import JPEG_PIXELS_MAX, PIXELS_MAX, REFUSALS
from ..core.media import Fault, ImageFacts
from . import camera, icc, items, rare, stills, whole
from .animation import Animation, chunks, swollen
from .boxes import Reader
from .exif import Noted, noted, of_bytes
from .faults import UnusableError, damaged
from .formats import MOVING, PICTURES, RAW, Sniffed

if TYPE_CHECKING:
    from PIL import Image

CHUNKED = frozenset({"cgbi", "gif", "png", "webp"})
J2K = frozenset({"jp2", "j2k"})
H264 = "is a HEIF picture coded with H.264, which nothing here decodes; export it as JPEG"
HEIF = frozenset({"heic", "heif", "avif"})
_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}
_ALPHA = frozenset({"RGBA", "LA", "PA", "La", "RGBa"})


def image_facts(file: BinaryIO, size: int, sniffed: Sniffed) -> ImageFacts:
    """Read the header of a picture. Raises ``UnusableError`` when there is none worth reading."""
    container = sniffed.container
    extra = chunks(file, container) if container in CHUNKED else None
    if extra:
        _within(extra.width, extra.height)
    if container == "webp":
        found = _webp(extra, size)
        whole.refuse_cut(file, size, found)
        return found
    if container == "cgbi":
        return _packed(extra, size)
    with pictures.quiet():
        if container in camera.CAMERAS:
            return _developed(ImageFacts(container=container, bytes=size), file, size)
        facts = _pillow(file, size, container, extra) or stills.facts(file, size, container)
        if facts is None and container == "png" and swollen(file):
            says = "holds text or a colour profile that unpacks to more than 1 MB"
            raise UnusableError(Fault.TOO_LARGE, says, "save the picture anew without metadata")
        if facts is None and container in HEIF:
            _refuse_side(items.properties(Reader(file, size)))
        if facts is None:
            raise damaged(f"begins like {_article(container)} but its header is damaged")
        if container in ("tiff", "dng"):
            facts = _developed(facts, file, size)
    _within(facts.width, facts.height, JPEG_PIXELS_MAX if container == "jpeg" else PIXELS_MAX)
    whole.refuse_cut(file, size, facts)
    return facts


def _developed(facts: ImageFacts, file: BinaryIO, size: int) -> ImageFacts:
    """Of a camera's raw file the JPEG that shows the whole picture, never the thumbnail."""
    found = camera.raw(file, size, facts.container)
    if found is None and facts.container == "tiff":
        return facts
    if found is None or found.preview is None:
        raise UnusableError(Fault.UNSUPPORTED, f"{RAW} ({_inside(found)})")
    shown = found.preview
    orientation = facts.orientation or found.orientation or shown.told.orientation
    width, height = _turned(shown.width, shown.height, orientation)
    return replace(
        facts,
        width=width,
        height=height,
        orientation=orientation,
        mode=shown.mode,
        bits=8,
        frames=1,
        alpha=False,
        icc=icc.name(shown.icc) if shown.icc else None,
        colours=None if shown.icc else shown.told.colours,
        preview=(shown.start, shown.count),
    )


def _inside(found: camera.Raw | None) -> str:
    if found is None or found.largest is None:
        return "no preview is in it"
    return f"the largest preview in it has {found.largest.width}x{found.largest.height} pixels"


def _packed(extra: Animation | None, size: int) -> ImageFacts:
    """A PNG as Xcode packs it for iOS, which has the chunks of any PNG."""
    if extra is None:
        raise damaged("begins like a PNG for iOS but its header is damaged")
    return ImageFacts(
        container="cgbi",
        bytes=size,
        width=extra.width,
        height=extra.height,
        bits=extra.bits,
        alpha=bool(extra.alpha),
        frames=1,
    )


def _article(container: str) -> str:
    return f"a{'n' if container[0] in 'aeio' else ''} {container.upper()} picture"


def _within(width: int | None, height: int | None, most: int = PIXELS_MAX) -> None:
    if width == 0 or height == 0:
        raise damaged("declares a side of 0 pixels")
    if width and height and width * height > most:
        pixels = f"{width * height / 1e6:.0f} megapixels; at most {most // 1_000_000} are opened"
        says = f"declares {width}x{height}, {pixels}"
        raise UnusableError(Fault.TOO_LARGE, says)


def _refuse_side(coded: tuple[items.Property, ...]) -> None:
    """By the sides that a HEIF declares, where its decoder would not say why it takes it not."""
    for kind, told in coded:
        if kind == b"ispe" and len(told) >= 12:
            _within(int.from_bytes(told[4:8], "big"), int.from_bytes(told[8:12], "big"))


def _webp(extra: Animation | None, size: int) -> ImageFacts:
    if extra is None:
        raise damaged("begins like a WEBP picture but its header is damaged")
    exif = of_bytes(extra.exif)
    orientation = exif.orientation or extra.orientation
    width, height = _turned(extra.width, extra.height, orientation)
    return ImageFacts(
        container="webp",
        bytes=size,
        width=width,
        height=height,
        orientation=orientation,
        mode="RGBA" if extra.alpha else "RGB",
        bits=8,
        alpha=extra.alpha,
        icc=icc.name(extra.icc) if extra.icc else None,
        colours=None if extra.icc else exif.colours,
        frames=max(len(extra.delays), 1),
        gps=exif.gps,
        lossless=extra.lossless,
        demuxer=MOVING["webp"] if len(extra.delays) > 1 else PICTURES["webp"],
    )


def _pillow(
    file: BinaryIO, size: int, container: str, extra: Animation | None
) -> ImageFacts | None:
    from PIL import Image

    if container not in pictures.PLUGINS:
        return None
    try:
        image = pictures.opened(file, container)
        return _facts(image, file, size, container, extra)
    except (ImportError, *REFUSALS):
        return None
    except Image.DecompressionBombError as error:
        raise UnusableError(Fault.TOO_LARGE, "declares far more pixels than are opened") from error


def _facts(
    image: Image.Image, file: BinaryIO, size: int, container: str, extra: Animation | None
) -> ImageFacts:
    exif = _exif_of(image, container, extra)
    coded = _coded(file, size, container)
    width, height = image.size
    if container in ("heic", "heif"):
        exif = _unturned(exif, image, coded)
    if container not in ("tiff", "dng"):
        width, height = _turned(width, height, exif.orientation)
    if image.info.get("progressive"):  # all of it must be held, however small it is wanted
        _within(width, height)
    profile = image.info.get("icc_profile")
    return ImageFacts(
        container=container,
        bytes=size,
        width=width,
        height=height,
        orientation=exif.orientation,
        mode=image.mode,
        bits=_bits(image, coded, extra) if container not in J2K else rare.j2k_bits(file),
        alpha=_alpha(image, extra),
        icc=icc.name(profile) if isinstance(profile, bytes) else None,
        colours=_colours(profile, extra, coded, exif),
        frames=_frames(image, container, extra),
        gps=exif.gps,
        demuxer=PICTURES.get(container),
    )


def _coded(file: BinaryIO, size: int, container: str) -> tuple[items.Property, ...]:
    coded = items.properties(Reader(file, size)) if container in HEIF else ()
    if container != "avif" and any(kind == b"avcC" for kind, _ in coded):
        raise UnusableError(Fault.UNSUPPORTED, H264)
    return coded


def _unturned(exif: Noted, image: Image.Image, coded: tuple[items.Property, ...]) -> Noted:
    """The orientation that is left once libheif has turned a HEIF by its boxes.

    Boxes alone turn it, whatever its EXIF says (ISO/IEC 23008-12). But there are camera apps that
    write none: sides in the EXIF that are those of the stored picture show that nobody turned it.
    """
    told = image.info.get("original_orientation")
    boxed = any(kind in (b"irot", b"imir") for kind, _ in coded)
    lies = coded and not boxed and told in (5, 6, 7, 8) and exif.sides == image.size
    return replace(exif, orientation=told) if lies and image.width != image.height else exif


def _turned(width: int, height: int, orientation: int | None) -> tuple[int, int]:
    return (height, width) if orientation in (5, 6, 7, 8) else (width, height)


def _exif_of(image: Image.Image, container: str, extra: Animation | None) -> Noted:
    """PNG is asked as a plain picture: as a PNG it would be decoded in search of a late chunk."""
    from PIL import Image

    if extra and extra.exif:
        image.info["exif"] = extra.exif
    read = Image.Image.getexif if container == "png" else type(image).getexif
    try:
        return noted(read(image))
    except REFUSALS:
        return Noted(gps=None)


def _colours(
    profile: object, extra: Animation | None, coded: tuple[items.Property, ...], exif: Noted
) -> Colours | None:
    """By codes of high dynamic range before a profile, and by EXIF when nothing else tells."""
    told = (extra.colours if extra else None) or items.coded(coded)
    if profile:
        return told if told and (told.hdr or not coded) else None
    return told or exif.colours


def _bits(
    image: Image.Image, coded: tuple[items.Property, ...], extra: Animation | None
) -> int | None:
    if extra and extra.bits:
        return extra.bits
    told = items.bits(coded) or getattr(image, "tag_v2", {}).get(258)
    told = told or image.info.get("bit_depth")
    if isinstance(told, tuple):
        told = max(told, default=None)
    return told if isinstance(told, int) and told else _BITS.get(image.mode, 8)


def _alpha(image: Image.Image, extra: Animation | None) -> bool:
    told = bool(extra and extra.alpha)
    if image.info.get("opaque"):
        return False
    return told or image.mode in _ALPHA or "transparency" in image.info


def _frames(image: Image.Image, container: str, extra: Animation | None) -> int | None:
    if container in ("gif", "png"):
        return max(len(extra.delays), 1) if extra else None
    if container in ("jpeg", "heic", "heif", "psd", "ico", "icns", "dng"):
        return 1
    frames = getattr(image, "n_frames", 1)
    return frames if isinstance(frames, int) else None
