"""Knob ``length``: which seconds of each clip stay, so that each and all together fit.

``#t=`` wins. Otherwise the seconds are shared by weight; a clip shorter than its share keeps all
it has. Videos and sounds are two separate sums.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, inf

from ..core.finding import Level
from ..core.limits import AudioLimits, VideoLimits
from ..core.look import Look
from ..core.plan import Choice, Window
from ..core.request import Asset, Keep
from .best import choose
from .budget import TOLERANCE, Cup, poured

NEAR = Fraction(1, 1000)
"""Of a frame or a second: what rounding of seconds to floats may add up to."""

LITTLE = 0.1
"""Share of a clip that it may give up for all: about as much as a copy may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Limits on lengths, in seconds."""

    least: float
    """What every source agrees that a clip may be: to this it is cut or lengthened."""
    most: float
    target: float
    """What every source agrees that all may be together."""
    ceiling: float
    """Above this all together are an error (or whatever else shall be mended)."""
    margin: float
    """Kept free per file that is made: muxing adds to what was asked for."""


def seconds_of(bounds: VideoLimits | AudioLimits, *, tolerant: bool, mend: Level) -> Seconds:
    """Limits on the lengths of one kind."""
    lenient = tolerant and mend is Level.ERROR
    ceiling = bounds.total_seconds_max_tolerant if lenient else bounds.total_seconds_max
    return Seconds(
        least=float(bounds.seconds_safe_min.value),
        most=float(bounds.seconds_safe_max.value),
        target=float(bounds.total_seconds_max.value),
        ceiling=float(ceiling.value),
        margin=float(bounds.seconds_margin.value),
    )


def alone(rule: Seconds) -> Seconds:
    """The same limits for clips that share nothing."""
    return replace(rule, target=inf, ceiling=inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One clip among those that share the seconds."""

    index: int
    whole: float | None
    """Length of the file; ``None`` when unknown."""
    asset: Asset
    look: Look | None = None
    """What it shows and says, where that was asked for."""
    free: bool = True
    """Whether it may be cut."""
    longer: bool = False
    """Whether it may be lengthened."""
    least: float = inf
    """Seconds of the shortest window that may be chosen for ending between words."""

    @property
    def chosen(self) -> Window | None:
        """The caller's own window inside the clip, when there is one that leaves something out."""
        if not self.free or not self.asset.windowed:
            return None
        start = float(self.asset.start or 0)
        ends = [float(end) for end in (self.asset.end, self.whole) if end is not None]
        if not ends or start >= min(ends):
            return None
        window = Window(start, min(ends))
        covers = self.whole is not None and window.length >= self.whole - TOLERANCE
        return None if covers else window

    def natural(self, rule: Seconds, *, encoded: bool) -> float:
        """Seconds that it brings when it need not share."""
        window = self.chosen
        part = window.length if window else self.whole
        if part is None:  # nobody knows: it may be as long as any
            part = rule.most if encoded else 0.0
        if not encoded:
            return part
        if not window and self.free:
            part = min(part, rule.most - rule.margin)
        return max(part, rule.least) if self.longer else part


def shared(clips: Sequence[Stretch], encoded: Collection[int], rule: Seconds) -> dict[int, float]:
    """Seconds that each clip keeps, by index, when those in ``encoded`` are made anew.

    Whoever gets less than it has must be encoded, too: ask again until nobody joins.
    """
    natural = {clip.index: clip.natural(rule, encoded=clip.index in encoded) for clip in clips}
    reserve = rule.margin * sum(clip.index in encoded for clip in clips)
    total = sum(natural.values())
    if total + reserve <= rule.target + TOLERANCE:
        return natural
    everyone = [clip for clip in clips if clip.free and not clip.chosen]
    if total <= rule.ceiling + TOLERANCE:  # only the margin is missing: whoever is made anew gives
        made = [clip for clip in everyone if clip.index in encoded]
        found = _shares(made, natural, rule.target - reserve, rule)
        if found or total + reserve <= rule.ceiling + TOLERANCE:
            return natural | (found or {})
    room = rule.target if total > rule.target + TOLERANCE else rule.target - reserve
    found = _from_one(everyone, natural, encoded, rule)
    return natural | (found or _cut_few(everyone, natural, encoded, room, rule) or {})


def _from_one(
    clips: Sequence[Stretch],
    natural: Mapping[int, float],
    encoded: Collection[int],
    rule: Seconds,
) -> dict[int, float] | None:
    """A little too much is cut from one clip, so that the others stay the very same bytes.

    From one that is made anew anyway, if there is one; else from whoever weighs least, or is
    longest.
    """

    def first(clip: Stretch) -> tuple[bool, float, float]:
        return clip.index not in encoded, clip.asset.weight, -natural[clip.index]

    for clip in sorted(clips, key=first):
        made = {clip.index, *encoded}
        found = _shares([clip], natural, rule.target - rule.margin * len(made), rule)
        if found and found[clip.index] >= (1 - LITTLE) * natural[clip.index]:
            return found
    return None


def _cut_few(
    clips: Sequence[Stretch],
    natural: Mapping[int, float],
    encoded: Collection[int],
    room: float,
    rule: Seconds,
) -> dict[int, float] | None:
    """Cut only the clips above the common level: they give the margins of all that are made."""
    level = _shares(clips, natural, room, rule)
    if not level:
        return None
    over = [clip for clip in clips if level[clip.index] < natural[clip.index] - TOLERANCE]
    for group in (over, clips):
        made = {clip.index for clip in group} | set(encoded)
        found = _shares(group, natural, rule.target - rule.margin * len(made), rule)
        if found:
            return found
    return None


def _shares(
    clips: Sequence[Stretch], natural: Mapping[int, float], target: float, rule: Seconds
) -> dict[int, float] | None:
    """The target less what the others have, poured among these clips."""
    indexes = [clip.index for clip in clips]
    others = sum(length for index, length in natural.items() if index not in indexes)
    cups = [Cup(natural[clip.index], rule.least, clip.asset.weight) for clip in clips]
    found = poured(cups, target - others)
    return dict(zip(indexes, found, strict=True)) if found else None


def cut(clip: Stretch, kept: float) -> Window | None:
    """The window of a clip that keeps so many seconds; ``None`` when it keeps all."""
    if chosen := clip.chosen:
        return chosen
    if clip.whole is None:
        return Window(0.0, kept)
    if not clip.free or kept >= clip.whole - TOLERANCE:
        return None
    if clip.asset.keep is Keep.LAST:
        return Window(round(clip.whole - kept, 6), clip.whole)
    choice = choice_of(clip, kept)
    return choice.best.window if choice else Window(0.0, kept)


def choice_of(clip: Stretch, kept: float) -> Choice | None:
    """The window chosen for what it shows and says, where that is wanted and known."""
    wanted = clip.asset.keep is Keep.BEST and clip.free and not clip.chosen
    if not wanted or clip.look is None or clip.whole is None or kept >= clip.whole - TOLERANCE:
        return None
    return choose(clip.look, kept, clip.whole, clip.least)


def lengthened(clip: Stretch, window: Window | None, rule: Seconds) -> float | None:
    """Seconds to reach when the part that is kept is too short and may be lengthened."""
    part = window.length if window else clip.whole
    if not clip.longer or part is None or part >= rule.least:
        return None
    return rule.least


def on_frames(window: Window | None, fps: Fraction, bounds: VideoLimits) -> Window | None:
    """The window, ended one frame later where whole frames alone would put it under a minimum.

    An output holds whole frames and is never longer than its window: two seconds at 29.97 fps
    would be 59 frames, 1.97 s.
    """
    if window is None:
        return None
    frames = floor(Fraction(window.length) * fps + NEAR)
    if not any(frames / fps < bound for bound in _kept(window, bounds)):
        return window
    return replace(window, end=_up(window.start + float((frames + 1) / fps)))


def on_blocks(
    window: Window | None, block: Fraction, bounds: AudioLimits, there: float | None
) -> Window | None:
    """The same for a sound, which may lose up to one block of its format.

    Where it ends before (``there`` seconds, when they are known), the window starts earlier.
    """
    if window is None:
        return None
    least = max(_kept(window, bounds), default=Fraction(0)) + block
    if window.length >= least:
        return window
    end = _up(window.start + float(least))
    over = max(0.0, end - there) if there is not None else 0.0
    return Window(max(0.0, window.start - over), end - over)


def _kept(window: Window, bounds: VideoLimits | AudioLimits) -> list[Fraction]:
    """The minimums that the window reaches, and its output should."""
    both = (bounds.seconds_min.value, bounds.seconds_safe_min.value)
    return [bound for bound in both if bound <= Fraction(window.length) + NEAR]


def _up(seconds: float) -> float:
    """To the next millisecond."""
    return ceil(seconds * 1000 - float(NEAR)) / 1000
