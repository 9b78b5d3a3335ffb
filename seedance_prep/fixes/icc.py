"""Colours of an embedded profile -> sRGB."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageCms

SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab "}
"""Pillow's modes and the colour space that a profile for them names."""
ROUNDING = 1
"""Steps of 255 by which a conversion that means nothing may be off."""
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
            if (fitting := _fitting(picture, source.profile.xcolor_space)) is not None:
                return _apply(fitting, source), ()
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # said below: a picture is worth more than its damaged profile
        return picture.convert("RGB"), (IGNORED,)
    return picture.convert("RGB"), (UNPROFILED,) if picture.mode == "CMYK" else ()


def _fitting(picture: Image.Image, space: str) -> Image.Image | None:
    """The picture in the mode that the profile is for; greys are colours, too."""
    if picture.mode == "L" and space == SPACES["RGB"]:
        return picture.convert("RGB")
    return picture if space == SPACES[picture.mode] else None


def _apply(picture: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    to_screen = ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        picture.mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if picture.mode == "RGB" and _changes_nothing(to_screen):
        return picture
    result = ImageCms.applyTransform(picture, to_screen)
    assert result is not None
    return result


def _changes_nothing(to_screen: ImageCms.ImageCmsTransform) -> bool:
    """Whether the source is sRGB by another name: rounding would only add noise to it."""
    steps = range(0, 256, 15)
    values = bytes(value for red in steps for green in steps for blue in steps
                   for value in (red, green, blue))  # fmt: skip
    swatch = Image.frombytes("RGB", (len(steps) ** 2, len(steps)), values)
    after = ImageCms.applyTransform(swatch, to_screen)
    assert after is not None
    apart = ImageChops.difference(swatch, after).tobytes()
    return max(apart) <= ROUNDING
