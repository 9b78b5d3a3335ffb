"""How much a job may cost, and whether it stays within that."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ..core.job import State
from ..core.price import Cost
from ..core.run import Run
from ..core.units import usd
from ..errors import CostError, TwiceError, UsageError

Money = Decimal | float | int | str
AWAITED = {State.SUBMITTING, State.SUBMITTED, State.UNCERTAIN, State.FINISHED}
"""States of a run whose video is on its way, or waits to be fetched."""


def amount(value: Money, called: str = "max_cost") -> Decimal:
    """An amount in USD. Raises ``UsageError``, which names it as ``called``, for what is none."""
    try:
        money = Decimal(str(value).removeprefix("$"))
    except InvalidOperation:
        money = Decimal("nan")
    if not money.is_finite() or money < 0:
        raise UsageError(f"{called} {value} is not an amount in USD")
    return money


def check_cost(cost: Cost | None, most: Money | None) -> None:
    """Raise ``CostError`` when a job may cost more than ``most``, or nobody knows how much."""
    if most is None:
        return
    limit = amount(most)
    if cost is None:
        raise CostError("what this costs is not known, so no limit can be kept; nothing sent")
    if cost.high > limit:
        raise CostError(
            f"this may cost {_above(cost.high, limit)} that are allowed (--max-cost);"
            " nothing was sent"
        )


def paid_before(earlier: Run) -> str:
    """What became of the very same request. Raises ``TwiceError`` when its video is still to come.

    Then nobody means to pay again, whatever was agreed to in advance.
    """
    when = f"the very same request was sent at {earlier.sent_at:%H:%M} UTC as run {earlier.id}"
    if earlier.saved is None and earlier.state in AWAITED:
        raise TwiceError(
            f"{when}, which is {earlier.state.value}, so nothing was sent:"
            f" `seedance-prep resume {earlier.id}` fetches its video, --submit-again pays once more"
        )
    return f"{when} ({earlier.state.value}), and another video costs as much again"


def _above(high: Decimal, limit: Decimal) -> str:
    """Both in cents, or to the last digit where cents would look the same."""
    words = (usd(high), usd(limit))
    shown = words if words[0] != words[1] else (f"${high:f}", f"${limit:f}")
    return f"{shown[0]}, more than the {shown[1]}"
