"""VID and AUD, continued: what a file tells of people besides its picture and sound."""

from __future__ import annotations

from collections.abc import Collection

from ..core.finding import Level
from ..core.limits import Limits
from .rule import Breach, Clip, Sound, rule
from .words import listed


@rule("VID037", Level.INFO)
def clip_holds_names(clip: Clip, limits: Limits) -> Breach | None:
    """Video's tags tell of people, their device, or the place where it was taken.

    Why: a file without errors goes out as the very same bytes, so what phones and editors wrote
    into it goes along.
    Fix: not needed to comply. Gone when it is copied, cut or encoded for another reason;
    `--strip-metadata` takes it out of a file that stays as it is.
    """
    return _told(clip.facts.personal, clip.facts.container in limits.video.containers.value)


@rule("AUD017", Level.INFO)
def sound_holds_names(sound: Sound, limits: Limits) -> Breach | None:
    """Sound's tags tell of people, their device, or the place where it was recorded.

    Why: a file without errors goes out as the very same bytes, so what recorders and music shops
    wrote into it goes along.
    Fix: not needed to comply. As for VID037.
    """
    return _told(sound.facts.personal, sound.facts.container in limits.audio.containers.value)


def _told(what: Collection[str], taken: bool) -> Breach | None:
    """Of a format that is not taken only a new file can go out, which tells nothing."""
    if not what or not taken:
        return None
    return Breach(
        says=f"its tags tell {listed(what, 'and')}; they go along where it is sent as it is",
        remedy="`fix --strip-metadata` takes them out, and keeps picture and sound bit for bit",
    )
