"""Window choice ``best``: which seconds of a clip to keep, for what they show and say.

What counts, the first that differs decides: black or frozen seconds, scene changes and flashes
inside, an end in mid-word, shaky seconds, motion (of a sound: how loud it is), silence; of equals
the earlier. A sound may keep a little less, to end between words. Only the spans that were looked
at are chosen from.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from math import inf, log10
from typing import NamedTuple

from ..core.look import Look, Span
from ..core.plan import Choice, Option, Window
from ..core.units import plural

STEP = 0.1
"""Seconds between the starts that are compared, besides those at the edge of something."""
NEAR = 0.002
"""Seconds by which a window may touch what it should not hold: rounding."""
PAUSE = 1.0
"""Seconds from which not hearing anything is silence, and no mere pause."""
LEVELS = 20
"""Steps of motion that are told apart."""
CLEAR = 0.25
"""Seconds from a word that is left out to a cut, where the pause is long enough."""
AS_LOUD = 6
"""Decibels under the loudest part that are forgiven for whole words."""
FAINT = 1e-9
"""Share of the loudest part's energy under which there is none."""
SHORTER = 0.75
"""Share of the wanted seconds that a sound keeps at least, to end between words."""
LIVELY = 0.95
"""Share of the most motion that passes for as much."""
ROOM_MIN = 0.5
"""Seconds by which starts must differ to be alternatives at all."""


class Parts:
    """Parts of a clip's time, joined where they overlap, for quick questions about windows."""

    __slots__ = ("_ends", "_starts", "_sums")

    def __init__(self, windows: Iterable[Window]) -> None:
        """The windows may come in any order."""
        self._starts: list[float] = []
        self._ends: list[float] = []
        for window in sorted(windows, key=lambda one: one.start):
            if self._ends and window.start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], window.end)
            else:
                self._starts.append(window.start)
                self._ends.append(window.end)
        lengths = (end - start for start, end in zip(self._starts, self._ends, strict=True))
        self._sums = [0.0, *accumulate(lengths)]

    @property
    def edges(self) -> Iterator[float]:
        """Where a part begins or ends."""
        yield from self._starts
        yield from self._ends

    def count(self, window: Window) -> int:
        """How many parts reach into the window."""
        begun = bisect_left(self._starts, window.end - NEAR)
        return max(0, begun - bisect_right(self._ends, window.start + NEAR))

    def seconds(self, window: Window) -> float:
        """How much of the window they cover."""
        return self._before(window.end) - self._before(window.start)

    def hold(self, moment: float) -> bool:
        """Whether the moment lies in the midst of one."""
        at = bisect_right(self._starts, moment - NEAR) - 1
        return at >= 0 and moment + NEAR < self._ends[at]

    def clear(self, moment: float) -> tuple[float, float]:
        """The moment as a start and as an end: later, or earlier, until it keeps its distance from
        the part on the other side, whose faint ends may not have been heard.
        """
        at = bisect_right(self._starts, moment) - 1
        before = self._ends[at] if at >= 0 else None
        inside = before is not None and moment < before
        behind = at if inside else at + 1
        last = self._ends[behind - 1] if behind > 0 else None
        first = self._starts[at + 1] if at + 1 < len(self._starts) else None
        start = max(moment, before + _distance(before, first)) if before is not None else moment
        following = self._starts[behind] if behind < len(self._starts) else None
        end = moment
        if following is not None:
            end = min(moment, following - _distance(last, following))
        return start, end

    def _before(self, moment: float) -> float:
        at = bisect_right(self._starts, moment)
        if at == 0:
            return 0.0
        return self._sums[at - 1] + min(moment, self._ends[at - 1]) - self._starts[at - 1]


def _distance(end: float | None, start: float | None) -> float:
    """How far from a word a cut in the pause between two should be."""
    pause = start - end if start is not None and end is not None else 2 * CLEAR
    return min(CLEAR, pause / 2)


class Rank(NamedTuple):
    """The smaller the better, in this order."""

    blank: float
    changes: int
    broken: int
    shaky: float
    rest: int
    silent: float
    start: float


class Top(NamedTuple):
    """The most that any window has."""

    motion: float
    energy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """What is known of one window."""

    window: Window
    black: float
    frozen: float
    cuts: int
    flashes: int
    shaky: float
    silent: float
    """Seconds of silence, pauses not counted."""
    broken_start: bool
    broken_end: bool
    motion: float
    """As :attr:`Span.motion`, on average."""
    tight: int = 0
    """Of a sound: ends that are nearer to a word that is left out than need be."""
    energy: float = 0.0
    """Sum of :attr:`Span.power` times seconds."""

    def quieter(self, top: Top) -> int:
        """Decibels under the loudest, whole ones."""
        return round(10 * log10(top.energy / max(self.energy, top.energy * FAINT)))


@lru_cache(maxsize=64)
def choose(look: Look, kept: float, whole: float, least: float = inf) -> Choice | None:
    """The best ``kept`` of ``whole`` seconds, with two alternatives.

    A sound may be given up to a quarter less, and no less than ``least``, where it then ends
    between words. ``None`` when no part so long was looked at, so that nothing speaks for any.
    """
    judge = _Judge(look, kept, whole)
    merits = [judge.whole_words(merit, least) for merit in judge.merits()]
    if not merits:
        return None
    top = Top(max(merit.motion for merit in merits), max(merit.energy for merit in merits))
    sound = not any(span.motion for span in look.spans)
    ranked = sorted(merits, key=lambda merit: _rank(merit, top, sound))
    picked = _apart(ranked, kept)
    parts = _seen(look, whole)
    best, *others = (
        Option(window=one.window, reason=_reason(one, look, top) + parts) for one in picked
    )
    return Choice(best=best, others=tuple(others))


def told(look: Look, window: Window, kept: float, whole: float) -> Option:
    """What speaks for a window of our own making, beside those of ``kept`` seconds."""
    judge = _Judge(look, window.length, whole)
    rivals = _Judge(look, kept, whole).merits()
    top = Top(max((merit.motion for merit in rivals), default=0.0), 0.0)
    return Option(
        window=window, reason=_reason(judge.merit(window), look, top) + _seen(look, whole)
    )


def as_good(look: Look, window: Window, best: Window, whole: float) -> bool:
    """Whether a window has no flaw that the best lacks, and as much motion."""
    one, other = (_Judge(look, each.length, whole).merit(each) for each in (window, best))
    worse = any(more > less for more, less in zip(_flaws(one), _flaws(other), strict=True))
    return not worse and one.motion >= LIVELY * other.motion


def _flaws(merit: Merit) -> tuple[float, ...]:
    """All that speaks against a window, as it is told."""
    parts = (merit.black, merit.frozen, merit.shaky, merit.silent)
    counts = (merit.cuts, merit.flashes, merit.broken_start, merit.broken_end)
    return (*map(_coarse, parts), *counts)


class _Judge:
    """Looks at every start that is worth a comparison."""

    def __init__(self, look: Look, kept: float, whole: float) -> None:
        self._look, self._kept, self._whole = look, kept, whole
        self._black, self._frozen = Parts(look.black), Parts(look.frozen)
        self._cuts, self._flashes = Parts(look.cuts), Parts(look.flashes)
        self._shaky, self._words = Parts(look.shaky), Parts(look.words)
        self._silent = Parts(_silences(look))

    def merits(self) -> Iterator[Merit]:
        for span in self._look.spans:
            motion = [0.0, *accumulate(span.motion)]
            power = [0.0, *accumulate(span.power)]
            for start in self._starts(span):
                window = Window(start, start + self._kept)
                merit = self._merit(window, _mean(motion, span, window))
                energy = _mean(power, span, window) * window.length
                yield replace(merit, energy=energy) if span.power else merit

    def whole_words(self, merit: Merit, least: float) -> Merit:
        """Begun and ended well between words, where that costs little."""
        if not merit.energy:
            return merit
        start = self._words.clear(merit.window.start)[0]
        end = self._words.clear(merit.window.end)[1]
        window = Window(round(start, 3), round(end, 3))
        if window.length < max(least, SHORTER * self._kept):
            near = (start > merit.window.start + NEAR) + (end < merit.window.end - NEAR)
            return replace(merit, tight=near)
        silent = self._silent.seconds(window)
        share = window.length / merit.window.length
        return replace(
            merit,
            window=window,
            broken_start=self._words.hold(window.start),
            broken_end=self._words.hold(window.end),
            silent=silent,
            energy=merit.energy * share,
        )

    def merit(self, window: Window) -> Merit:
        """Of a window that may start and end anywhere."""
        for span in self._look.spans:
            if span.window.start <= window.start + NEAR and window.end <= span.window.end + NEAR:
                return self._merit(window, _mean([0.0, *accumulate(span.motion)], span, window))
        return self._merit(window, 0.0)

    def _starts(self, span: Span) -> list[float]:
        """The grid, and all places at which something just begins or ends."""
        low = span.window.start
        high = min(span.window.end, self._whole) - self._kept
        if high < low:
            return []
        points = {low, high}
        points.update(low + STEP * number for number in range(int((high - low) / STEP) + 1))
        for edge in self._edges():
            points.update((edge, edge - self._kept))
        inside = (round(point, 3) for point in points if low <= point <= high)
        return sorted({min(max(point, low), high) for point in inside})

    def _edges(self) -> Iterator[float]:
        every = (self._black, self._frozen, self._cuts, self._flashes, self._shaky,
                 self._words, self._silent)  # fmt: skip
        for parts in every:
            yield from parts.edges

    def _merit(self, window: Window, motion: float) -> Merit:
        return Merit(
            window=window,
            black=self._black.seconds(window),
            frozen=self._frozen.seconds(window),
            cuts=self._cuts.count(window),
            flashes=self._flashes.count(window),
            shaky=self._shaky.seconds(window),
            silent=self._silent.seconds(window),
            broken_start=self._words.hold(window.start),
            broken_end=self._words.hold(window.end),
            motion=motion,
        )


def _silences(look: Look) -> Iterator[Window]:
    """What lies between the parts that are heard, inside each span, from ``PAUSE`` on."""
    if look.heard is None:
        return
    for span in look.spans:
        last, end = span.window.start, span.window.end
        for part in (*look.heard, Window(end, end)):
            if min(part.start, end) - last >= PAUSE:
                yield Window(last, min(part.start, end))
            last = max(last, part.end)


def _mean(sums: Sequence[float], span: Span, window: Window) -> float:
    """Motion of a window by the running sums of its span."""
    count = len(sums) - 1
    if count < 1 or span.window.length <= 0:
        return 0.0
    first = _at(window.start, span, count)
    last = max(first + 1, _at(window.end, span, count))
    return (sums[min(last, count)] - sums[min(first, count - 1)]) / (last - first)


def _at(moment: float, span: Span, count: int) -> int:
    return round((moment - span.window.start) / span.window.length * count)


def _rank(merit: Merit, top: Top, sound: bool) -> Rank:
    if top.energy:
        rest = merit.quieter(top)
        blank = float(rest) if rest > AS_LOUD else 0.0
    else:
        rest = -min(int(merit.motion / top.motion * LEVELS if top.motion else 0), LEVELS - 1)
        blank = merit.black + merit.frozen + (merit.silent if sound else 0.0)
    return Rank(
        blank=_coarse(blank),
        changes=merit.cuts + merit.flashes,
        broken=2 * (merit.broken_start + merit.broken_end) + merit.tight,
        shaky=_coarse(merit.shaky),
        rest=rest,
        silent=_coarse(merit.silent),
        start=merit.window.start,
    )


def _coarse(seconds: float) -> float:
    """Tenths of a second; what is less than ``NEAR`` is rounding, and what is more is a tenth."""
    return 0.0 if seconds <= NEAR else max(0.1, round(seconds, 1))


def _apart(ranked: Sequence[Merit], kept: float) -> list[Merit]:
    """The best, and two more that are as far from it and each other as can be had."""
    starts = [merit.window.start for merit in ranked]
    room = max(starts) - min(starts)
    apart = min(kept / 2, room / 3)
    found = list(_picked(ranked, apart))
    while len(found) < 3 and apart > ROOM_MIN:
        apart /= 2
        found = list(_picked(ranked, apart))
    return found if room >= ROOM_MIN else found[:1]


def _picked(ranked: Sequence[Merit], apart: float) -> Iterator[Merit]:
    taken: list[float] = []
    for merit in ranked:
        if all(abs(merit.window.start - start) >= apart - NEAR for start in taken):
            taken.append(merit.window.start)
            yield merit
        if len(taken) == 3:
            return


def _reason(merit: Merit, look: Look, top: Top) -> str:
    said = [*_picture(merit, look, top.motion), *_sound(merit, look)]
    if top.energy:
        quieter = merit.quieter(top)
        said.append(f"{quieter} dB under the loudest part" if quieter else "the loudest part")
    return ", ".join(said)


def _picture(merit: Merit, look: Look, most: float) -> Iterator[str]:
    if not any(span.motion for span in look.spans):
        return
    blank = [(merit.black, "black"), (merit.frozen, "frozen")]
    named = [f"{_coarse(seconds):.1f} s {what}" for seconds, what in blank if seconds > NEAR]
    yield " and ".join(named) or "no black or frozen part"
    yield f"{plural(merit.cuts, 'cut')} inside" if merit.cuts else "no cut inside"
    if look.flashes:
        yield "a flash" if merit.flashes == 1 else f"{merit.flashes or 'no'} flashes"
    if look.shaky:
        yield f"{_coarse(merit.shaky):.1f} s shaky" if merit.shaky > NEAR else "steady"
    if most > 0:
        share = merit.motion / most
        yield "most motion" if share >= LIVELY else f"{share:.0%} of the most motion"


def _sound(merit: Merit, look: Look) -> Iterator[str]:
    if look.words:
        ends = [(merit.broken_start, "starts"), (merit.broken_end, "ends")]
        for broken, where in ((False, "between words"), (True, "in mid-word")):
            named = [verb for is_broken, verb in ends if is_broken is broken]
            if named:
                yield f"{' and '.join(named)} {where}"
    if look.heard is not None:
        silent = _coarse(merit.silent)
        yield f"{silent:.1f} s of silence" if silent else "no silence"


def _seen(look: Look, whole: float) -> str:
    """How much was looked at, where that was not all."""
    seen = sum(span.window.length for span in look.spans)
    return "" if seen >= whole - PAUSE else f" (of {seen:.0f} s looked at)"
