"""How much a job may cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from seedance_prep.core.price import Cost
from seedance_prep.errors import CostError, UsageError
from seedance_prep.submit.spending import amount, check_cost

COST = Cost(low=Decimal("0.43008"), high=Decimal("0.43456"))


def test_exactly_the_limit_is_allowed() -> None:
    """The limit itself may be spent, to the last digit."""
    check_cost(COST, "0.43456")
    with pytest.raises(CostError):
        check_cost(COST, "0.43455")


def test_figures_that_look_the_same_are_told_apart() -> None:
    """Nobody reads that $0.43 is more than $0.43."""
    with pytest.raises(CostError, match=r"\$0\.43456, more than the \$0\.4345 "):
        check_cost(COST, "0.4345")


def test_unknown_cost_keeps_no_limit() -> None:
    """A limit that cannot be kept stops the job; without a limit it goes on."""
    check_cost(None, None)
    with pytest.raises(CostError, match="not known"):
        check_cost(None, 3)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "three", "", "1,50"])
def test_what_is_no_amount(text: str) -> None:
    """Named as the caller wrote it."""
    with pytest.raises(UsageError, match="max_cost"):
        amount(text)


def test_dollar_sign_is_understood() -> None:
    """``--max-cost $3`` means 3."""
    assert Decimal(3) == amount("$3")
