"""The rate that frames of a varying clip come at, gaps and jitter left aside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

COMMON = 0.2
"""Share of all steps that a cluster must hold to be what the clip is made of: shorter ones are a
camera catching up."""
JITTER = 0.25
"""Share of a step that a camera's clock, or a container's, may be off by."""
FITS = 0.7
"""Share of all steps that must be whole multiples, or nothing is known."""


def usual_step(steps: Mapping[int, int]) -> Fraction | None:
    """Ticks from one frame to the next where none is missing, from counts by ticks.

    The shortest step that is common: a clip of which every second frame was left out for a while
    is one at the full rate, and all that it shows has a place there. Whole multiples of it are
    gaps. ``None`` when the steps have no such unit.
    """
    usable = {step: count for step, count in steps.items() if step > 0 and count > 0}
    total = sum(usable.values())
    unit = next((at for step in sorted(usable) if (at := _cluster(usable, step, total))), None)
    return unit and _refined(usable, unit, total)


def _cluster(steps: Mapping[int, int], shortest: int, total: int) -> Fraction | None:
    """The mean of the steps from one on to what jitter may make of it, if they are many."""
    longest = max(shortest * (1 + 2 * JITTER), shortest + 2)
    inside = {step: count for step, count in steps.items() if shortest <= step <= longest}
    count = sum(inside.values())
    return _mean(inside, count) if count >= COMMON * total else None


def _mean(steps: Mapping[int, int], count: int) -> Fraction:
    return Fraction(sum(step * many for step, many in steps.items()), count)


def _refined(steps: Mapping[int, int], unit: Fraction, total: int) -> Fraction | None:
    """Ticks per unit over steps of which most are multiples: jitter cancels out on the way.

    A pause that is no multiple stands for no number of frames, and is left out.
    """
    for _ in range(2):
        units = {step: round(step / unit) for step in steps}
        off = {step for step, many in units.items() if abs(step / unit - many) > JITTER}
        if sum(steps[step] for step in off) > (1 - FITS) * total:
            return None
        used = {step: many for step, many in units.items() if many <= 1 or step not in off}
        places = sum(many * steps[step] for step, many in used.items())
        if not places:
            return None
        unit = Fraction(sum(step * steps[step] for step in used), places)
    return unit
