"""What the service itself says of an endpoint today: its unit price, its OpenAPI document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from ..core.foreign import Json
from ..core.limits import Limits
from ..errors import AnswerError
from ..wire import Wire
from .advice import refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePrice:
    """A unit price as the service states it."""

    endpoint: str
    amount: Decimal
    unit: str
    """In the service's own words: ``1000 tokens``, ``seconds``."""
    currency: str

    @property
    def per_1000_tokens(self) -> Fraction | None:
        """The price of 1000 tokens; ``None`` when the unit is no number of tokens."""
        match = _TOKENS.fullmatch(self.unit.strip().lower())
        if match is None:
            return None
        count = Fraction(match[1].replace(",", "") if match[1] else 1)
        return Fraction(self.amount) * 1000 / (count * _SCALE[match[2] or ""])


_TOKENS = re.compile(r"(?:per )?([\d,]{1,12})? ?(k|m|thousand|million)? ?tokens?")
_SCALE = {"": 1, "k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}


def live_price(wire: Wire, endpoint: str) -> LivePrice:
    """Ask the platform for the unit price of an endpoint. Raises ``ServiceError``."""
    url = f"{wire.service.api}/models/pricing"
    answer = wire.safely(lambda: wire.call("GET", url, query={"endpoint_id": endpoint}))
    if not answer.ok:
        raise refusal(answer.status, answer.json("prices").value, answer.headers)
    for one in answer.json("prices").at("prices").items():
        if one.text("endpoint_id") == endpoint:
            return _price(one)
    raise AnswerError(f"{answer.host} lists no price of {endpoint}")


def openapi(wire: Wire, endpoint: str) -> object:
    """The OpenAPI document of an endpoint, which is public. Raises ``ServiceError``."""
    url = f"{wire.service.site}/api/openapi/queue/openapi.json"
    query = {"endpoint_id": endpoint}
    answer = wire.safely(lambda: wire.call("GET", url, query=query, signed=False))
    if not answer.ok:
        raise refusal(answer.status, answer.json("openapi").value, answer.headers)
    return answer.json("openapi").value


def _price(one: Json) -> LivePrice:
    found = one.at("unit_price")
    try:
        amount = Decimal(str(found.value))
    except InvalidOperation:
        amount = Decimal("nan")
    if isinstance(found.value, bool) or not amount.is_finite() or amount < 0:
        raise AnswerError(f"{found.path} is no amount")
    return LivePrice(
        endpoint=one.text("endpoint_id"),
        amount=amount,
        unit=one.text("unit"),
        currency=one.text("currency"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether the service's price is the one that is reckoned with here."""

    same: bool | None
    """``None`` when the two cannot be compared."""
    says: str


def compared(live: LivePrice, limits: Limits, resolution: str | None) -> Comparison:
    """Both prices in one sentence."""
    asked = str(resolution)
    known = limits.price.usd_per_1000_tokens
    unit = known[asked if asked in known else limits.price.resolution_default.value]
    stated = f"the service says {live.amount:f} {live.currency} per {live.unit.strip()}"
    ours = f"${unit.value} per 1000 tokens is reckoned with here ({unit.date})"
    found = live.per_1000_tokens
    if found is None or live.currency.upper() != "USD":
        return Comparison(same=None, says=f"{stated}, which cannot be compared: {ours}")
    if found == Fraction(unit.value):
        return Comparison(same=True, says=f"{stated}, as is reckoned with here ({unit.date})")
    share = float(found / Fraction(unit.value))
    return Comparison(same=False, says=f"{stated}, {share:.3g} times what it was: {ours}")
