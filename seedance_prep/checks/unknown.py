"""VID, continued: what could not be measured. A failed probe never skips a rule in silence."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Level
from ..core.limits import Limits
from ..core.media import VideoFacts
from .rule import Breach, Clip, rule
from .shared import size_of
from .words import exact, listed

ANEW = "save the video anew with another program, then check again"


@rule("VID027", Level.WARNING, rows="V7 V8 V9")
def clip_length_unknown(clip: Clip, _: Limits) -> Breach | None:
    """Length of the video could not be measured.

    Why: the rules on its seconds, alone and together, were not judged on it.
    Fix: none. Write the video anew with another program and check again.
    """
    if exact(clip.facts.duration) is not None:
        return None
    return Breach(
        says="its length could not be measured, so the rules on seconds were not judged on it",
        remedy=ANEW,
    )


@rule("VID028", Level.WARNING, rows="V3 V4 V5")
def clip_size_unknown(clip: Clip, _: Limits) -> Breach | None:
    """Width and height of the video could not be measured.

    Why: the rules on pixels, sides and ratio were not judged; unknown is not the same as fine.
    Fix: none. Write the video anew with another program and check again.
    """
    if size_of(clip.facts.width, clip.facts.height):
        return None
    return Breach(
        says="its width and height could not be measured, so pixels, sides and ratio"
        " were not judged",
        remedy=ANEW,
    )


@rule("VID029", Level.WARNING, rows="V6")
def clip_rate_unknown(clip: Clip, _: Limits) -> Breach | None:
    """Frame rate of the video could not be measured.

    Why: the rules on frames per second were not judged; unknown is not the same as fine.
    Fix: none. Write the video anew with another program and check again.
    """
    if clip.facts.fps is not None:
        return None
    return Breach(
        says="its frame rate could not be measured, so the rules on it were not judged",
        remedy=ANEW,
    )


@rule("VID030", Level.WARNING, rows="V2")
def clip_codec_unknown(clip: Clip, _: Limits) -> Iterator[Breach]:
    """Coding of the video's picture or sound could not be told.

    Why: the rules on codecs were not judged; unknown is not the same as fine.
    Fix: none. Write the video anew with another program and check again.
    """
    facts = clip.facts
    if facts.codec is None:
        yield Breach(says="the coding of its picture could not be told", remedy=ANEW)
    if facts.audio is not None and facts.audio.codec is None:
        yield Breach(says="the coding of its sound could not be told", remedy=ANEW)


@rule("VID031", Level.INFO, rows="V2 V6")
def clip_details_unknown(clip: Clip, _: Limits) -> Breach | None:
    """Some details of how the video is stored could not be told.

    Why: the rules that warn of rotation, depth of colour and varying rate were not judged.
    Fix: none. Write the video anew with another program and check again.
    """
    missing = list(_missing(clip.facts))
    if not missing:
        return None
    return Breach(says=f"{listed(missing, 'and')} could not be told", remedy=ANEW)


def _missing(facts: VideoFacts) -> Iterator[str]:
    if facts.rotation is None:
        yield "its rotation"
    if facts.bits is None:
        yield "its depth of colour"
    if facts.vfr is None:
        yield "whether its frame rate varies"
