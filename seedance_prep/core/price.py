"""What a request costs, as a range, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reason for an amount."""

    what: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Money for one job."""

    low: Decimal
    high: Decimal
    lines: tuple[Line, ...] = ()
    currency: str = "USD"
