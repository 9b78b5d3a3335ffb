"""Numbers as findings write them: a breach never hides behind rounding."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import fsum, isfinite

from ..core.limits import Bound
from ..core.units import MB, megabytes

MICROSECOND = 1_000_000


def exact(seconds: float | None) -> Fraction | None:
    """Seconds to the microsecond, free of binary noise; ``None`` stays unknown."""
    return total((seconds,)) if seconds is not None and isfinite(seconds) else None


def total(lengths: Iterable[float | None]) -> Fraction:
    """Sum of what is known, to the microsecond, in whatever order the lengths come."""
    known = (length for length in lengths if length is not None and isfinite(length))
    return Fraction(round(fsum(known) * MICROSECOND), MICROSECOND)


def beside(value: Fraction, limit: Fraction, digits: int = 2) -> str:
    """The value with at least ``digits`` decimals, and as many as set it apart from the limit."""
    for count in range(digits, 6):
        text = f"{float(value):.{count}f}"
        shown = Fraction(text)
        if (shown > limit, shown < limit) == (value > limit, value < limit):
            return text
    return f"{float(value):.6f}"


def plain(value: Fraction | int) -> str:
    """A limit, without zeros at its end: ``15.2``, ``59.94``, ``2``."""
    text = f"{float(value):.3f}".rstrip("0").rstrip(".")
    return text or "0"


def length(value: Fraction, limit: Bound[Fraction]) -> str:
    """``22.40 s``."""
    return f"{beside(value, limit.value)} s"


def rate(value: Fraction, limit: Bound[Fraction]) -> str:
    """``29.97 fps``, ``30 fps``."""
    return f"{beside(value, limit.value, 3).rstrip('0').rstrip('.')} fps"


def weight(value: int, limit: Bound[int]) -> str:
    """``31.5 MB``; exact bytes where the rounded size would look like the limit."""
    near = abs(value - limit.value) < MB
    return f"{value:,} bytes" if near else megabytes(value)


def size(limit: Bound[int]) -> str:
    """A limit on bytes: ``30 MB``."""
    return f"{plain(Fraction(limit.value, MB))} MB"


def pixels(value: int) -> str:
    """``927,408 pixels``: never a bare number, which was read as 927 by 408."""
    return f"{value:,} pixels"


def listed(words: Iterable[str], join: str = "or") -> str:
    """``JPEG, PNG or WEBP`` as given."""
    *most, last = words
    return f"{', '.join(most)} {join} {last}" if most else last
