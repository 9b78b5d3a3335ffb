"""Units and how they are written for people."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

MB = 1_000_000
"""One megabyte. Sources say "MB" and never "MiB"; the smaller reading is the safe one."""


def seconds(value: float) -> str:
    """Length as text, e.g. ``22.40 s``; more digits only where two would hide a breach."""
    near = f"{value:.2f}"
    return f"{near if abs(float(near) - value) < 0.0005 else f'{value:.3f}'} s"


def megabytes(value: int) -> str:
    """Size as text in MB of 10^6 bytes, e.g. ``31.5 MB``; small sizes in kB or bytes."""
    if value < 1000:
        return f"{value} bytes"
    if value < MB:
        return f"{value / 1000:.0f} kB"
    return f"{value / MB:.1f} MB" if value >= 10 * MB else f"{value / MB:.2f} MB"


def rate(value: Fraction) -> str:
    """Frame rate as text, e.g. ``29.97 fps`` or ``30 fps``."""
    return f"{float(value):.3f}".rstrip("0").rstrip(".") + " fps"


def ratio_text(value: Fraction) -> str:
    """Exact ratio as ``W:H``."""
    return f"{value.numerator}:{value.denominator}"


def usd(value: Decimal) -> str:
    """Money as text with cents, e.g. ``$1.45``; under a cent with four digits."""
    step = Decimal("0.01") if value >= Decimal("0.01") or value == 0 else Decimal("0.0001")
    return f"${value.quantize(step, rounding=ROUND_HALF_UP)}"


def plural(count: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
