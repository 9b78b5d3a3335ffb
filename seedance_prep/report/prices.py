"""Prices side by side: a row for each tier and resolution, a column for each length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.offers import Offer
from ..core.units import usd


def table(offers: Sequence[Offer]) -> str:
    """As text: low and high, in cents."""
    lengths = sorted({one.duration for one in offers})
    rows: dict[tuple[str, str], dict[int, str]] = {}
    for one in offers:
        rows.setdefault((one.name, one.resolution), {})[one.duration] = _range(one)
    head = ["", *(f"{seconds} s" for seconds in lengths)]
    body = [
        [f"{name} {resolution}", *(cells.get(seconds, "-") for seconds in lengths)]
        for (name, resolution), cells in rows.items()
    ]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in (head, *body)
    )


def _range(one: Offer) -> str:
    low, high = usd(one.low), usd(one.high)
    return low if low == high else f"{low}-{high.removeprefix('$')}"


def offer_document(one: Offer) -> dict[str, Any]:
    """As JSON."""
    return {
        "profile": one.name,
        "endpoint": one.endpoint,
        "resolution": one.resolution,
        "duration": one.duration,
        "low": float(one.low),
        "high": float(one.high),
    }
