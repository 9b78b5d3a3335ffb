"""VID, continued: how a video's picture and sound are stored. Most of it is on no record."""

from __future__ import annotations

from ..core.finding import Knob, Level, Trust
from ..core.limits import Limits
from ..core.media import Hdr
from .rule import Breach, Clip, rule
from .words import listed, size, weight


@rule("VID019", Level.WARNING, Knob.COLOUR, Trust.LOSSY, rows="V2", bounds="video.bits_safe_max")
def clip_colour_deep(clip: Clip, limits: Limits) -> Breach | None:
    """Video has more than 8 bits per colour channel.

    Why: nothing is on record about 10-bit video; the maker's documents do not name it.
    Fix: encodes with 8 bits when warnings are mended. Lossy.
    """
    bits, most = clip.facts.bits, limits.video.bits_safe_max
    if bits is None or bits <= most.value:
        return None
    return Breach(
        says=f"has {bits} bits per channel; more than {most.value} is untested",
        measured=bits,
        limit=most,
    )


@rule("VID020", Level.WARNING, Knob.COLOUR, Trust.LOSSY, rows="V2")
def clip_hdr(clip: Clip, _: Limits) -> Breach | None:
    """Video has a high dynamic range (PQ or HLG).

    Why: nothing is on record about it; a reader that ignores it sees pale or wrong colours.
    Fix: maps it to standard range (BT.709) when warnings are mended. Lossy.
    """
    hdr = clip.facts.hdr
    if hdr is None or hdr is Hdr.DOLBY_VISION:
        return None
    return Breach(says=f"has high dynamic range ({hdr}), which is untested", measured=str(hdr))


@rule("VID021", Level.WARNING, Knob.SIZE, Trust.LOSSY, rows="V2")
def clip_rotated(clip: Clip, _: Limits) -> Breach | None:
    """Video is stored turned or mirrored, with a note on how to show it.

    Why: whether the service follows the note is unknown; it may see the video on its side.
    Fix: turns the picture itself when warnings are mended. Lossy.
    """
    turn, flip = clip.facts.rotation or 0, bool(clip.facts.mirrored)
    if not turn and not flip:
        return None
    how = " and ".join(
        word for word in (f"turned by {turn}°" * bool(turn), "mirrored" * flip) if word
    )
    return Breach(
        says=f"is stored {how}, with a flag to show it upright, which is untested", measured=turn
    )


ENCODED = "not needed; it comes out right when the file is encoded for another reason"


@rule("VID022", Level.INFO, rows="V3")
def clip_pixels_not_square(clip: Clip, _: Limits) -> Breach | None:
    """Video's pixels are not square.

    Why: whether the service stretches them as a player does is unknown.
    Fix: not needed. Comes out square when it is encoded for another reason.
    """
    sar = clip.facts.sar
    if sar is None or sar == 1:
        return None
    aspect = f"{sar.numerator}:{sar.denominator}"
    says = f"has pixels of {aspect}, which a player stretches; the service may not"
    return Breach(says=says, measured=aspect, remedy=ENCODED)


@rule("VID023", Level.INFO, rows="V4")
def clip_sides_odd(clip: Clip, _: Limits) -> Breach | None:
    """Video has an odd number of pixels on a side.

    Why: most encoders want even sides; what the service does with an odd one is unknown.
    Fix: not needed. Comes out even when it is encoded for another reason.
    """
    facts = clip.facts
    width, height = facts.coded_width or facts.width, facts.coded_height or facts.height
    if not width or not height or width % 2 == height % 2 == 0:
        return None
    return Breach(
        says=f"is stored as {width}x{height} with an odd side, which is untested", remedy=ENCODED
    )


@rule("VID024", Level.INFO, rows="V2", bounds="video.chroma_safe")
def clip_chroma_untested(clip: Clip, limits: Limits) -> Breach | None:
    """Video stores colour at another fineness than 4:2:0.

    Why: 4:2:2 and 4:4:4 come from cameras and editors; nothing is on record about them.
    Fix: not needed. Comes out as 4:2:0 when it is encoded for another reason.
    """
    safe, chroma = limits.video.chroma_safe, clip.facts.chroma
    if chroma is None or chroma in safe.value:
        return None
    return Breach(
        says=f"stores colour as {chroma}; only {listed(safe.value)} is usual",
        measured=chroma,
        limit=safe,
        remedy=ENCODED,
    )


@rule("VID025", Level.INFO, rows="V2")
def clip_interlaced(clip: Clip, _: Limits) -> Breach | None:
    """Video's frames hold two half pictures each.

    Why: movement shows combs where a reader takes the halves for one picture.
    Fix: not needed. Comes out progressive when it is encoded for another reason.
    """
    return (
        Breach(says="is interlaced; movement may show combs", remedy=ENCODED)
        if clip.facts.interlaced
        else None
    )


@rule("VID026", Level.INFO, rows="V11")
def clip_several_sounds(clip: Clip, _: Limits) -> Breach | None:
    """Video has more than one sound track.

    Why: the model hears the sound of a video; which of several tracks it hears is unknown.
    Fix: not needed. Only the main track is kept when it is encoded for another reason.
    """
    count = clip.facts.audio_tracks
    if count <= 1:
        return None
    return Breach(
        says=f"has {count} sound tracks; which one the model hears is unknown",
        measured=count,
        remedy="keep one track with a video editor if it matters",
    )


@rule("VID034", Level.INFO, rows="V3 V4")
def clip_scaled_up(_clip: Clip, _: Limits) -> None:
    """Video is scaled up by the fix.

    Why: scaling up adds no detail; it only makes the picture large enough to pass.
    Fix: not needed. Give a larger original if there is one. The plan says this, never the check
    of a source.
    """


@rule("VID035", Level.ERROR, rows="V2")
def clip_colours_locked(clip: Clip, _: Limits) -> Breach | None:
    """Video is Dolby Vision whose picture only a Dolby Vision decoder shows in its colours.

    Why: profile 5 (from streaming services, some cameras and editors) has no standard picture
    beneath; every other decoder, the service's too, shows faces green and purple.
    Fix: none here. Export it anew as SDR, HDR10, HLG or Dolby Vision profile 8, from the program
    or camera that made it; profile 8, which phones record, is read.
    """
    if clip.facts.hdr is not Hdr.DOLBY_VISION:
        return None
    profile = f" profile {clip.facts.dolby}" if clip.facts.dolby else ""
    return Breach(
        says=f"is Dolby Vision{profile} without a standard picture beneath, so that only a Dolby"
        " Vision decoder shows its colours; others show green and purple",
        measured=clip.facts.dolby,
        remedy="export it anew as SDR, HDR10 or HLG from the program or camera that made it",
    )


@rule("VID036", Level.ERROR, Knob.BYTES, Trust.LOSSY, rows="V10", bounds="video.bytes_max")
def clip_too_heavy(clip: Clip, limits: Limits) -> Breach | None:
    """Video has more bytes than one video may have.

    Why: the maker takes at most 200 MB for each; fal's limit on all together is much tighter.
    Fix: encodes at a lower bit rate. Lossy.
    """
    most = limits.video.bytes_max
    if clip.facts.bytes <= most.value:
        return None
    return Breach(
        says=f"has {weight(clip.facts.bytes, most)}; at most {size(most)} are taken",
        measured=clip.facts.bytes,
        limit=most,
    )
