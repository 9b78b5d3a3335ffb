"""Colours of an embedded profile -> sRGB."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab "}
"""Pillow's modes and the colour space that a profile for them names."""
IGNORED = "the embedded colour profile is damaged or of another colour space and was ignored"
UNPROFILED = "CMYK without a colour profile: the colours are approximate"


def to_srgb(picture: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture in sRGB, and a note where its profile could not be followed.

    Relative colorimetric with black point compensation: white stays white and shadows open.
    """
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    colours = picture.convert(picture.mode[:-1]) if alpha else picture
    result, notes = _transformed(colours, profile)
    if alpha:
        result.putalpha(alpha)
    return result, notes


def _transformed(
    picture: Image.Image, profile: bytes | None
) -> tuple[Image.Image, tuple[str, ...]]:
    if picture.mode == "LAB":
        return _apply(picture, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))), ()
    if profile:
        try:
            source = ImageCms.getOpenProfile(io.BytesIO(profile))
            if source.profile.xcolor_space == SPACES[picture.mode]:
                return _apply(picture, source), ()
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # said below: a picture is worth more than its damaged profile
        return picture.convert("RGB"), (IGNORED,)
    return picture.convert("RGB"), (UNPROFILED,) if picture.mode == "CMYK" else ()


def _apply(picture: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    result = ImageCms.profileToProfile(
        picture,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert result is not None
    return result
