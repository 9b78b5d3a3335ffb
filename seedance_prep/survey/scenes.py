"""What thumbnails in a row show: black and frozen parts, scene changes, flashes, shaking, motion.

Numbers are steps of 255, measured on 96x54 thumbnails taken 15 times a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from PIL import Image, ImageChops

from ..core.plan import Window
from .shaking import Profile, jitter, profile, shift
from .thumbnails import HIGH, RATE, WIDE

LAG = 3
"""Thumbnails between the two that motion is measured on: a fifth of a second."""
BLACK = 26
"""A tenth of the range: darker pixels are black. A black picture holds hardly any others."""
BLACK_SHARE = 0.98
FADE = 0.6
"""Change of brightness from one thumbnail to the next by which a fade goes on."""
FADE_MAX = 3 * RATE
CUT = 8.0
"""Change of a scene that is cut hard, and how many times the change around it that must be."""
CUT_RATIO = 3.5
WIDELY, CHANGED = 0.4, 4
"""Share of the picture that a cut changes, and what counts as changed: less is something that
pops up."""
AROUND = 9
FLASH_MAX = 7
"""Thumbnails after which what was there before must be back."""
SAME = 0.4
"""Share of a change that is left when something is back."""
POP = 1.5
"""What a keyframe may change in a picture that stands still: it is coded anew."""
FROZEN_MIN = 1.0
MOTION_MAX = 40.0
SHAKEN = 0.3
"""Share of the motion that counts where all of it is the camera's."""
SHAKY = 1.0
"""Pixels of a thumbnail by which the picture's way changes each time, on average of a second."""
SHAKY_MIN = 0.4
MOVING = 2.0
"""Change below which nothing shakes."""

Pictures = Sequence[Image.Image]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """What is shown; all times in seconds on the clip's own clock."""

    motion: tuple[float, ...]
    black: tuple[Window, ...]
    frozen: tuple[Window, ...]
    cuts: tuple[Window, ...]
    flashes: tuple[Window, ...]
    shaky: tuple[Window, ...]


def scenes(thumbnails: Sequence[bytes], start: float, hold: float, late: float) -> Scenes:
    """What thumbnails from ``start`` on show.

    ``hold`` is how long one picture of the clip may stand without being frozen, ``late`` by how
    much a thumbnail may be behind what is on screen, both in seconds.
    """
    pictures = [Image.frombytes("L", (WIDE, HIGH), one) for one in thumbnails]
    clock = _Clock(start, late)
    steps = [0.0, *_changes(pictures, 1)]
    black = _black(pictures)
    cuts, flashes = _changed(pictures, steps)
    moved = list(_changes(pictures, LAG)) or [0.0]
    moved = (moved[:1] * LAG + moved)[: len(pictures)]
    frozen = _frozen(pictures, black, max(FROZEN_MIN, hold))
    shaky = _shaky(pictures, steps, {*cuts, *(end for _, end in flashes)})
    return Scenes(
        motion=tuple(_motion(moved, cuts, flashes, shaky)),
        black=tuple(clock.part(*run) for run in _runs(black)),
        frozen=tuple(clock.part(*run) for run in frozen),
        cuts=tuple(clock.part(cut, cut) for cut in cuts),
        flashes=tuple(clock.part(*flash) for flash in flashes),
        shaky=tuple(clock.part(*run) for run in _runs(shaky)),
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    start: float
    late: float

    def part(self, first: int, behind: int) -> Window:
        """From the thumbnail before the first to the one behind the last: the change is between."""
        begins = max(self.start, self.start + (first - 1) / RATE - self.late)
        return Window(round(begins, 3), round(self.start + behind / RATE, 3))


def _changes(pictures: Pictures, lag: int) -> Iterator[float]:
    """Mean change from the picture ``lag`` before, for each that has one."""
    for before, after in zip(pictures, pictures[lag:], strict=False):
        yield _mean(ImageChops.difference(before, after))


def _mean(picture: Image.Image) -> float:
    counts = picture.histogram()
    return sum(value * count for value, count in enumerate(counts) if count) / (WIDE * HIGH)


def _runs(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and one behind the last of each run of true ones."""
    begun: int | None = None
    for index, flag in enumerate((*flags, False)):
        if flag and begun is None:
            begun = index
        elif not flag and begun is not None:
            yield begun, index
            begun = None


def _black(pictures: Pictures) -> list[bool]:
    """Which are black, or fade to or from it."""
    dark = [sum(one.histogram()[:BLACK]) >= BLACK_SHARE * WIDE * HIGH for one in pictures]
    light = [_mean(one) for one in pictures]
    faded = list(dark)
    for first, behind in _runs(dark):
        _fade(faded, light, range(behind - 1, min(behind + FADE_MAX, len(light))))
        _fade(faded, light, range(first, max(first - FADE_MAX, 0) - 1, -1))
    return faded


def _fade(faded: list[bool], light: Sequence[float], way: range) -> None:
    """Mark those along the way for as long as each next one is lighter, but no leap."""
    for here in way:
        there = here + way.step
        if there not in range(len(light)) or not FADE < light[there] - light[here] < 3 * CUT:
            return
        faded[here] = True


def _changed(pictures: Pictures, steps: Sequence[float]) -> tuple[list[int], list[tuple[int, int]]]:
    """Where a scene begins, and first and one behind the last of what flashes up."""
    sharp = [
        index
        for index in range(1, len(steps))
        if _is_sharp(steps, index) and _is_wide(pictures[index - 1], pictures[index])
    ]
    cuts: list[int] = []
    flashes: list[tuple[int, int]] = []
    for index in sharp:
        if flashes and index <= flashes[-1][1]:
            continue
        back = _back(pictures, steps, index)
        if back is None:
            cuts.append(index)
        else:
            flashes.append((index, back))
    return cuts, flashes


def _is_sharp(steps: Sequence[float], index: int) -> bool:
    near = (*steps[max(1, index - AROUND) : index], *steps[index + 1 : index + 1 + AROUND])
    moving = [step for step in near if step > 0]
    return steps[index] > max(CUT, CUT_RATIO * median(moving) if moving else 0.0)


def _is_wide(before: Image.Image, after: Image.Image) -> bool:
    blocks = ImageChops.difference(before, after).reduce(6).tobytes()
    return sum(block > CHANGED for block in blocks) >= WIDELY * len(blocks)


def _back(pictures: Pictures, steps: Sequence[float], index: int) -> int | None:
    """Where the picture before the change is back soon."""
    for later in range(index + 1, min(index + FLASH_MAX + 1, len(pictures))):
        left = _mean(ImageChops.difference(pictures[index - 1], pictures[later]))
        if left < SAME * steps[index]:
            return later
    return None


def _frozen(pictures: Pictures, black: Sequence[bool], least: float) -> list[tuple[int, int]]:
    """Runs in which no part of the picture changes; a keyframe's pop does not end one."""
    still = [False] * len(pictures)
    for index in range(LAG, len(pictures)):
        if not any(black[index - LAG : index + 1]):
            difference = ImageChops.difference(pictures[index - LAG], pictures[index])
            if not any(difference.reduce(6).tobytes()):
                still[index - LAG : index + 1] = [True] * (LAG + 1)
    joined: list[tuple[int, int]] = []
    for first, behind in _runs(still):
        if joined and _same(pictures, joined[-1][1] - 1, first):
            joined[-1] = (joined[-1][0], behind)
        else:
            joined.append((first, behind))
    return [run for run in joined if (run[1] - run[0]) / RATE >= least]


def _same(pictures: Pictures, one: int, other: int) -> bool:
    near = other - one <= LAG + 1
    return near and _mean(ImageChops.difference(pictures[one], pictures[other])) < POP


def _shaky(pictures: Pictures, steps: Sequence[float], breaks: set[int]) -> list[bool]:
    """Where the whole picture's way changes all the time."""
    ways: list[tuple[float, float]] = [(0.0, 0.0)]
    before: Profile | None = None
    for index in range(1, len(pictures)):
        if steps[index] < MOVING or index in breaks:
            before = None
            ways.append((0.0, 0.0))
            continue
        before = before or profile(pictures[index - 1])
        now = profile(pictures[index])
        ways.append(shift(before, now))
        before = now
    turns = jitter(ways)
    half = RATE // 2
    around = [fmean(turns[max(0, at - half) : at + half + 1]) for at in range(len(turns))]
    shaky = [value > SHAKY for value in around]
    for first, behind in list(_runs(shaky)):
        if (behind - first) / RATE < SHAKY_MIN:
            shaky[first:behind] = [False] * (behind - first)
    return shaky


def _motion(
    moved: Sequence[float],
    cuts: Sequence[int],
    flashes: Sequence[tuple[int, int]],
    shaky: Sequence[bool],
) -> list[float]:
    """Motion of each thumbnail; a change of scene is none of its own, and shaking is little."""
    jumps = {index + after for index in cuts for after in range(LAG)}
    jumps |= {at for first, behind in flashes for at in range(first, behind + LAG)}
    found: list[float] = []
    for index in reversed(range(len(moved))):  # what follows a jump is known behind it
        held = index in jumps and found
        value = (
            found[-1] if held else min(moved[index], MOTION_MAX) * (SHAKEN if shaky[index] else 1.0)
        )
        found.append(round(value, 3))
    return found[::-1]
