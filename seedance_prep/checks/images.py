"""IMG: each picture on its own."""

from __future__ import annotations

from ..core.colours import unlike_srgb
from ..core.finding import Knob, Level, Trust
from ..core.limits import Limits
from ..core.media import ImageFacts
from ..core.plan import Size
from . import shared
from .rule import Breach, Picture, rule
from .words import listed, size, weight

"""Names of profiles whose colours are far from sRGB's; many others are sRGB by another name."""


@rule(
    "IMG001",
    Level.ERROR,
    Knob.CODEC,
    Trust.LOSSY,
    rows="I1",
    bounds="image.formats image.bits_safe_max",
)
def image_format_not_taken(picture: Picture, limits: Limits) -> Breach | None:
    """Picture is of a format that the endpoint does not take.

    Why: fal takes three formats. The maker's own list is longer (HEIC, TIFF, GIF …), but the
    request goes through fal. What counts is the bytes, not the name.
    A JPEG of more than 8 bits is one in name only: common readers do not open it.
    Fix: writes it as JPEG, PNG or WebP, upright and colour-true. Lossy.
    """
    formats, bits = limits.image.formats, picture.facts.bits
    if _deep_jpeg(picture, limits):
        says = f"is a JPEG with {bits} bits per channel, which common readers do not open"
        return Breach(says=says, measured=bits, limit=limits.image.bits_safe_max)
    if picture.facts.container in formats.value:
        return None
    return Breach(
        says=f"is {picture.facts.container} by its bytes; {listed(formats.value)} is taken",
        measured=picture.facts.container,
        limit=formats,
    )


def _deep_jpeg(picture: Picture, limits: Limits) -> bool:
    facts = picture.facts
    return facts.container == "jpeg" and (facts.bits or 0) > limits.image.bits_safe_max.value


@rule("IMG002", Level.ERROR, Knob.BYTES, Trust.LOSSY, rows="I2", bounds="image.bytes_end")
def image_too_heavy(picture: Picture, limits: Limits) -> Breach | None:
    """Picture has too many bytes.

    Why: the endpoint takes pictures under 30 MB. The edge itself is refused by the stricter
    reading, and MB is read as 10^6 bytes.
    Fix: encodes it again, smaller. Lossy.
    """
    end = limits.image.bytes_end
    if picture.facts.bytes < end.value:
        return None
    return Breach(
        says=f"has {weight(picture.facts.bytes, end)}; a picture must be under {size(end)}",
        measured=picture.facts.bytes,
        limit=end,
    )


@rule("IMG003", Level.WARNING, Knob.BYTES, Trust.LOSSY, rows="I2", bounds="image.bytes_advised")
def image_heavier_than_advised(picture: Picture, limits: Limits) -> Breach | None:
    """Picture has more bytes than some hosts take.

    Why: the endpoint's own limit is higher, but hosts with a cap of 10 MB are on record.
    Fix: encodes it again, smaller, when warnings are mended. Lossy.
    """
    advised, seen = limits.image.bytes_advised, picture.facts.bytes
    return shared.heavier_than_advised(
        seen,
        advised,
        seen < limits.image.bytes_end.value,
        f"has {weight(seen, advised)}; some hosts take at most {size(advised)}",
    )


def _size(picture: Picture) -> Size | None:
    return shared.size_of(picture.facts.width, picture.facts.height)


@rule("IMG004", Level.ERROR, Knob.SIZE, Trust.LOSSY, rows="I3", bounds="image.side_min")
def image_side_too_small(picture: Picture, limits: Limits) -> Breach | None:
    """A side of the picture has too few pixels.

    Why: the service refuses it ("width at least 300px, but received …"). Product pictures and
    thumbnails are the usual victims.
    Fix: scales up: lossy to twice the size per side, inventive beyond. Adds no detail.
    """
    return shared.side_too_small(_size(picture), limits.image.side_min)


@rule("IMG005", Level.ERROR, Knob.SIZE, Trust.LOSSY, rows="I3", bounds="image.side_max")
def image_side_too_large(picture: Picture, limits: Limits) -> Breach | None:
    """A side of the picture has too many pixels.

    Why: the service refuses it ("at most 6000px, but received …"). Phone cameras of 48
    megapixels and panoramas are the usual victims.
    Fix: scales down. Lossy.
    """
    return shared.side_too_large(_size(picture), limits.image.side_max)


@rule("IMG006", Level.ERROR, Knob.SIZE, Trust.INVENTIVE, rows="I4", bounds="image.ratio_min")
def image_too_narrow(picture: Picture, limits: Limits) -> Breach | None:
    """Picture is too tall for its width.

    Why: the service refuses it ("between 0.40 and 2.50, but received …").
    Fix: crops or pads it (`frame=crop` or `frame=pad`). Inventive: changes what is shown.
    """
    return shared.too_narrow(_size(picture), limits.image.ratio_min)


@rule("IMG007", Level.ERROR, Knob.SIZE, Trust.INVENTIVE, rows="I4", bounds="image.ratio_max")
def image_too_wide(picture: Picture, limits: Limits) -> Breach | None:
    """Picture is too wide for its height.

    Why: the service refuses it ("between 0.40 and 2.50, but received …"). Sprite strips and
    panoramas are the usual victims.
    Fix: crops or pads it (`frame=crop` or `frame=pad`). Inventive: changes what is shown.
    """
    return shared.too_wide(_size(picture), limits.image.ratio_max)


@rule(
    "IMG008",
    Level.WARNING,
    Knob.SIZE,
    Trust.INVENTIVE,
    rows="I4",
    bounds="image.ratio_safe_min image.ratio_safe_max",
)
def image_ratio_near_edge(picture: Picture, limits: Limits) -> Breach | None:
    """Picture's ratio passes, but lies at the very edge.

    Why: sources disagree whether the edge belongs to the window, and rounding may cross it.
    Fix: crops or pads it when warnings are mended. Inventive: changes what is shown.
    """
    bounds = limits.image
    return shared.ratio_near_edge(
        _size(picture),
        (bounds.ratio_min, bounds.ratio_max),
        (bounds.ratio_safe_min, bounds.ratio_safe_max),
    )


@rule("IMG009", Level.WARNING, rows="I3 I4")
def image_size_unknown(picture: Picture, _: Limits) -> Breach | None:
    """Width and height of the picture could not be measured.

    Why: the rules on sides and ratio were not judged; unknown is not the same as fine.
    Fix: none. Write the picture anew with another program and check again.
    """
    if _size(picture):
        return None
    return Breach(
        says="its width and height could not be measured, so sides and ratio were not judged",
        remedy="save the picture anew with another program, then check again",
    )


@rule("IMG010", Level.INFO, rows="I1")
def image_animated(picture: Picture, _: Limits) -> Breach | None:
    """Picture holds several frames.

    Why: what the service makes of an animation is unknown; most likely it sees the first frame.
    Fix: not needed. Give it with `as=video` if the movement is meant.
    """
    frames = picture.facts.frames
    if frames is None or frames <= 1:
        return None
    return Breach(
        says=f"holds {frames} frames; most likely only the first is looked at",
        measured=frames,
        remedy="add `#as=video` if the movement is meant",
    )


@rule("IMG011", Level.INFO, rows="I1")
def image_not_upright(picture: Picture, _: Limits) -> Breach | None:
    """Picture is stored turned or mirrored, with a note (EXIF) on how to show it.

    Why: whether the service follows the note is unknown; it may see the picture on its side.
    Fix: not needed. Comes out upright when it is encoded for another reason.
    """
    orientation = picture.facts.orientation
    if orientation in (None, 1):
        return None
    return Breach(
        says=f"is stored turned (EXIF orientation {orientation}); the service may not turn it back",
        measured=orientation,
        remedy="save it upright in a picture editor if it must be seen so",
    )


@rule("IMG012", Level.INFO, rows="I1", bounds="image.modes_safe image.bits_safe_max")
def image_colours_untested(picture: Picture, limits: Limits) -> Breach | None:
    """Picture's colours are stored in a way that is on no record with the service.

    Why: print colours (CMYK) and more than 8 bits per channel may be shown wrong; wide colours
    (Display P3, Adobe RGB …) come out pale wherever the profile that tells of them is not read.
    Fix: not needed. Comes out as 8-bit sRGB when it is encoded for another reason.
    """
    modes, bits = limits.image.modes_safe, limits.image.bits_safe_max
    remedy = "save it as 8-bit RGB in a picture editor if colours matter"
    if _deep_jpeg(picture, limits):
        return None
    if picture.facts.bits is not None and picture.facts.bits > bits.value:
        says = f"has {picture.facts.bits} bits per channel; more than {bits.value} is untested"
        return Breach(says=says, measured=picture.facts.bits, limit=bits, remedy=remedy)
    mode = picture.facts.mode
    if mode is None or mode in modes.value:
        return _other_colours(picture.facts)
    return Breach(
        says=f"stores its colours as {mode}, which is untested",
        measured=mode,
        limit=modes,
        remedy=remedy,
    )


def _other_colours(facts: ImageFacts) -> Breach | None:
    name = unlike_srgb(facts.icc, facts.colours)
    if name is None:
        return None
    return Breach(
        says=f"has colours of {name}; a reader that takes them for sRGB shows others",
        measured=name,
        remedy="convert it to sRGB in a picture editor if colours matter",
    )


@rule("IMG013", Level.INFO, rows="I1")
def image_transparent(picture: Picture, _: Limits) -> Breach | None:
    """Picture has transparent parts, or could have.

    Why: what the service puts behind them is unknown.
    Fix: not needed. Put your own background behind it if it matters.
    """
    if not picture.facts.alpha:
        return None
    return Breach(
        says="has a transparency channel; what the service puts behind it is unknown",
        remedy="flatten it on a background of your own if that matters",
    )


@rule("IMG014", Level.INFO)
def image_holds_place(picture: Picture, limits: Limits) -> Breach | None:
    """Picture's metadata say where it was taken.

    Why: a file without errors goes out as the very same bytes, so the place goes with it.
    Fix: not needed to comply. Gone when it is made anew for another reason, unless
    `--keep-metadata` is given; `--strip-metadata` takes it out of a file that stays as it is.
    """
    if not picture.facts.gps:
        return None
    return _told("the place where it was taken", picture, limits)


def _told(what: str, picture: Picture, limits: Limits) -> Breach:
    """Of a format that is not taken only a new file can go out."""
    if picture.facts.container not in limits.image.formats.value:
        says = f"its metadata hold {what}; a new file made of it does not (but `--keep-metadata`)"
        return Breach(says=says, remedy="`fix` makes that new file")
    return Breach(
        says=f"its metadata hold {what}, and are sent along",
        remedy="`fix --strip-metadata` takes it out, and keeps the picture bit for bit",
    )


@rule("IMG015", Level.WARNING, rows="I5")
def image_inline_subtype_not_lower_case(picture: Picture, _: Limits) -> Breach | None:
    """Picture is given inline, as a data URI whose type is not in lower case.

    Why: the maker's document asks for lower case, as in `data:image/png`.
    Fix: none. Write the type in lower case.
    """
    head = picture.asset.source.partition(";")[0].partition(",")[0]
    if not head.lower().startswith("data:") or head == head.lower():
        return None
    return Breach(
        says=f"is given as {head}; the type of a data URI must be in lower case",
        measured=head,
        remedy=f"write {head.lower()}",
    )


@rule("IMG016", Level.INFO)
def image_has_no_seconds(picture: Picture, _: Limits) -> Breach | None:
    """A window of seconds is asked for, but the file is a picture.

    Why: a still has no seconds to keep, so `t=` has no effect.
    Fix: none. Leave `t=` out, or read a moving picture with `as=video`.
    """
    if not picture.asset.windowed:
        return None
    return Breach(
        says="is a picture, so the window of seconds has no effect",
        remedy="leave out `t=`, or add `as=video` if it is an animation",
    )


@rule("IMG017", Level.INFO, rows="I3")
def image_scaled_up(_picture: Picture, _: Limits) -> None:
    """Picture is scaled up by the fix.

    Why: scaling up adds no detail; it only makes the picture large enough to pass.
    Fix: not needed. Give a larger original if there is one. The plan says this, never the check
    of a source.
    """


@rule("IMG018", Level.INFO)
def image_holds_names(picture: Picture, limits: Limits) -> Breach | None:
    """Picture's metadata name its owner, its author or the very camera.

    Why: a file without errors goes out as the very same bytes, so these go with it; a serial
    number links all pictures of one camera.
    Fix: not needed to comply. As for IMG014.
    """
    if not picture.facts.personal:
        return None
    return _told(listed(picture.facts.personal, "and"), picture, limits)
