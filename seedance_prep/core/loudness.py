"""How loud a sound is: what ffmpeg is asked, and how its answer is read. Pure.

Loudness and true peak as ITU-R BS.1770 and EBU R 128 have them, in ffmpeg's ``ebur128``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

_LOUD = "ebur128=metadata=1:peak=true:framelog=quiet"
_HEARD = (
    "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Number_of_samples+Peak_level"
)
_SAID = "ametadata=mode=print:file=-"
FILTERS = f"{_LOUD},{_HEARD},{_SAID}"
"""Measures what comes along in steps of a tenth of a second, and says so on stdout."""
LOUDNESS_ONLY = f"{_LOUD},{_SAID}"
"""The same without samples and what is heard, in half the time."""
SILENCE = -60.0
"""Decibels of full scale that a sound must reach to be heard at all."""
EMPTY_SECONDS, EMPTY_SHARE = 0.2, 0.05
"""A sound in which less is heard is nearly empty: a click, not a word."""
NEAR = 0.5
"""LU by which a sound may miss the loudness that was asked for (EBU R 128 grants as much)."""
FLOOR = -100.0
"""Decibels that stand for silence: 16 bits end at -96."""
GATE = -69.0
"""LUFS up to which nothing passed the gate of BS.1770 (-70), so that there is no loudness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """What was measured."""

    samples: int
    """Samples of one channel that were decoded."""
    lufs: float | None
    """Integrated loudness; ``None`` when the sound is too short or too quiet to have one."""
    peak: float
    """True peak in decibels of full scale (dBTP); :data:`FLOOR` is silence."""
    heard: int
    """Samples in those tenths of a second in which something is heard."""


class Meter:
    """Reads the lines that :data:`FILTERS` print."""

    __slots__ = ("_heard", "_level", "_lufs", "_peak", "_samples")

    def __init__(self) -> None:
        """Nothing was measured yet."""
        self._samples = self._heard = 0
        self._lufs: float | None = None
        self._peak = self._level = 0.0

    def line(self, text: str) -> None:
        """Take one line."""
        name, _, value = text.partition("=")
        match name:
            case "lavfi.r128.I":
                self._lufs = float(value)
            case "lavfi.r128.true_peak":
                self._peak = max(self._peak, float(value))
            case "lavfi.astats.Overall.Peak_level":
                self._level = float(value)  # -inf for silence
            case "lavfi.astats.Overall.Number_of_samples":
                self._samples += round(float(value))
                self._heard += round(float(value)) if self._level >= SILENCE else 0

    @property
    def loudness(self) -> Loudness:
        """What was measured so far."""
        known = self._lufs is not None and self._lufs > GATE
        peak = 20 * log10(self._peak) if self._peak > 0 else FLOOR
        return Loudness(
            samples=self._samples,
            lufs=self._lufs if known else None,
            peak=max(FLOOR, peak),
            heard=self._heard,
        )
