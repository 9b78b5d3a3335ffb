"""The service's own words on an endpoint: its unit price, its OpenAPI document."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from seedance_prep.errors import AnswerError, RefusedError
from seedance_prep.limits import profile
from seedance_prep.submit.prices import LivePrice, compared, live_price, openapi
from seedance_prep.wire import Wire

from ..wire.rogue import Rogue, says

FAST = profile("fast")
WHERE = "/v1/models/pricing"


def listed(rogue: Rogue, **price: Any) -> None:
    """The service lists one price."""
    usual = {"endpoint_id": FAST.endpoint, "unit": "1000 tokens", "currency": "USD"}
    rogue.on("GET", WHERE, says(body={"prices": [usual | price]}))


def test_a_price_is_read(rogue: Rogue, wire: Wire) -> None:
    """Exact to the digit, asked for with the key."""
    listed(rogue, unit_price=0.0112)
    found = live_price(wire, FAST.endpoint)
    assert Decimal("0.0112") == found.amount
    assert Fraction("0.0112") == found.per_1000_tokens
    (seen,) = rogue.seen
    assert seen.authorization is not None


@pytest.mark.parametrize("amount", ["much", None, True, -1, "nan", [1]])
def test_what_is_no_amount_is_said(rogue: Rogue, wire: Wire, amount: object) -> None:
    """An answer of another shape is an error that names the place."""
    listed(rogue, unit_price=amount)
    with pytest.raises(AnswerError, match=r"prices.prices\[0\].unit_price is no amount"):
        live_price(wire, FAST.endpoint)


def test_another_endpoints_price_is_not_taken(rogue: Rogue, wire: Wire) -> None:
    """Nothing is made up for an endpoint that is not listed."""
    listed(rogue, unit_price=1, endpoint_id="other")
    with pytest.raises(AnswerError, match="lists no price of bytedance"):
        live_price(wire, FAST.endpoint)


@pytest.mark.parametrize("ask", [live_price, openapi])
def test_a_refusal_is_passed_on(rogue: Rogue, wire: Wire, ask: Any) -> None:
    """The service's own no."""
    no = says(404, {"detail": "Endpoint not found"})
    rogue.on("GET", WHERE, no).on("GET", "/api/openapi/queue/openapi.json", no)
    with pytest.raises(RefusedError, match="Endpoint not found"):
        ask(wire, FAST.endpoint)


@pytest.mark.parametrize(
    ("unit", "amount", "thousand"),
    [
        ("1000 tokens", "0.0112", "0.0112"),
        ("1,000 tokens", "0.0112", "0.0112"),
        ("per 1k tokens", "0.0112", "0.0112"),
        ("1m tokens", "11.2", "0.0112"),
        ("million tokens", "11.2", "0.0112"),
        ("token", "0.0000112", "0.0112"),
        ("seconds", "0.24", None),
        ("videos", "1", None),
    ],
)
def test_units_are_understood_or_left_alone(unit: str, amount: str, thousand: str | None) -> None:
    """Numbers of tokens in the usual spellings; anything else is not guessed at."""
    live = LivePrice(endpoint="x", amount=Decimal(amount), unit=unit, currency="USD")
    assert (thousand and Fraction(thousand)) == live.per_1000_tokens


@pytest.mark.parametrize(
    ("amount", "currency", "resolution", "same"),
    [
        ("0.0112", "USD", None, True),
        ("0.0112", "usd", "480p", True),
        ("0.014", "USD", "720p", False),
        ("0.0112", "EUR", "720p", None),
    ],
)
def test_the_two_prices_are_compared(
    amount: str, currency: str, resolution: str | None, same: bool | None
) -> None:
    """Same, different, or of another currency."""
    live = LivePrice(endpoint="x", amount=Decimal(amount), unit="1000 tokens", currency=currency)
    found = compared(live, FAST, resolution)
    assert same is found.same
    assert amount in found.says
    assert (same is not True) == ("$0.0112 per 1000 tokens is reckoned with here" in found.says)
