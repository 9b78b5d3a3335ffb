"""Answers that concern the account and not the media, in plain words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an account-level refusal means."""

    kind: str
    meaning: str
    remedy: str


BAD_KEY = Account(
    kind="unauthorized",
    meaning="the service does not know this key",
    remedy="check FAL_KEY against fal.ai/dashboard/keys",
)
NO_BALANCE = Account(
    kind="exhausted_balance",
    meaning="the account's balance is used up",
    remedy="top it up at fal.ai/dashboard/billing, then run this again",
)
LOCKED = Account(
    kind="account_locked",
    meaning="the account is locked",
    remedy="see why at fal.ai/dashboard, or ask fal's support",
)
FORBIDDEN = Account(
    kind="forbidden",
    meaning="this key may not use the endpoint",
    remedy="check the key's scope and the account at fal.ai/dashboard",
)


def account(status: int, body: object) -> Account | None:
    """The account-level reading of an answer, if it is one (401, 402 and 403)."""
    if status == 401:
        return BAD_KEY
    # The words that set these accounts apart: nothing but the text says so (field reports).
    said = detail_text(body).lower()
    if status == 402 or (status == 403 and "balance" in said):
        return NO_BALANCE
    if status == 403:
        return LOCKED if "locked" in said else FORBIDDEN
    return None


def detail_text(body: object) -> str:
    """What the body says in words, on one bounded line; empty when it says nothing."""
    detail = body.get("detail", body.get("error", "")) if isinstance(body, dict) else body
    if isinstance(detail, list):
        said = (item.get("msg", "") for item in detail if isinstance(item, dict))
        detail = "; ".join(text for text in said if isinstance(text, str))
    return " ".join(detail.split())[:300] if isinstance(detail, str) else ""
