"""What a clip shows and says at a low rate."""

from __future__ import annotations

from dataclasses import dataclass

from .plan import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of the clip that was looked at without a gap."""

    window: Window
    motion: tuple[float, ...] = ()
    """How much changes, evenly spaced over the window: mean steps of 255 by which the pixels of a
    thumbnail change within a fifth of a second. Empty when no picture was seen."""
    power: tuple[float, ...] = ()
    """How loud it is, evenly spaced over the window: mean squares of samples. Empty when it is not
    for its sound alone that it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found in the spans; all times are seconds on the clip's own clock, ascending.

    A look without spans says that there was nothing to see: the file does not tell.
    """

    spans: tuple[Span, ...] = ()
    black: tuple[Window, ...] = ()
    """Black parts, with the fades that lead there and away."""
    frozen: tuple[Window, ...] = ()
    """Parts of a second or more in which nothing moves at all."""
    cuts: tuple[Window, ...] = ()
    """The instants between two sights of the clip in which the scene changes."""
    flashes: tuple[Window, ...] = ()
    """Other pictures or light for less than half a second."""
    shaky: tuple[Window, ...] = ()
    """Parts in which the whole picture jumps to and fro."""
    heard: tuple[Window, ...] | None = None
    """Parts in which something is heard; ``None`` when there is no sound, or none is known."""
    words: tuple[Window, ...] = ()
    """Of those, the short ones with a pause before and behind: speech, as a rule."""
