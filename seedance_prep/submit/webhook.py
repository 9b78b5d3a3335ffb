"""Whether a webhook delivery comes from the service: Ed25519 over the message of fal's documents.

The message is request id, user id, timestamp and the hex SHA-256 of the raw body, joined by line
feeds. Deliveries come at least once: act on a ``request_id`` only the first time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..core.foreign import Json
from ..errors import AnswerError, MachineError, WebhookError
from ..wire import Wire

MAX_SKEW = 300.0
"""Seconds that the two clocks may differ (fal's documents)."""
PREFIX = "x-fal-webhook-"


class Headers(Protocol):
    """Headers as any framework has them: a mapping, or what can be walked like one."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Names, in any case, and values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A genuine delivery."""

    request_id: str
    timestamp: int
    """Unix seconds at which it was signed."""
    ok: bool
    payload: Mapping[str, Any] = field(default_factory=dict)
    """The service's own output, or the details of the error."""
    error: str | None = None


def webhook_keys(wire: Wire) -> tuple[str, ...]:
    """The service's public keys (base64url); keep them for at most 24 hours."""
    answer = wire.safely(
        lambda: wire.call("GET", f"{wire.service.rest}/.well-known/jwks.json", signed=False)
    )
    if not answer.ok:
        raise AnswerError(f"{answer.host} answered {answer.status} instead of its webhook keys")
    keys = answer.json("jwks").maybe_items("keys")
    return tuple(key for one in keys if (key := one.maybe_text("x")))


def verify_with(
    keys: Iterable[str],
    headers: Headers,
    body: bytes,
    *,
    now: float | None = None,
) -> Delivery:
    """Read a delivery that one of ``keys`` signed within five minutes of ``now`` (unix seconds).

    ``body`` is the raw body, before any JSON reader. Raises ``WebhookError`` when it cannot be
    trusted, ``MachineError`` without the package ``cryptography``.
    """
    given = {name.lower(): value for name, value in headers.items()}
    parts = [_header(given, name) for name in ("request-id", "user-id", "timestamp")]
    _recent(parts[2], time.time() if now is None else now)
    message = "\n".join([*parts, hashlib.sha256(body).hexdigest()]).encode()
    if not any(_signed(message, _header(given, "signature"), key) for key in keys):
        raise WebhookError("the webhook's signature fits none of the service's keys")
    return _read(body, parts[0], int(parts[2]))


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(PREFIX + name)
    if not value:
        raise WebhookError(f"the webhook has no header X-Fal-Webhook-{name.title()}")
    return value


def _recent(stamp: str, now: float) -> None:
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > MAX_SKEW:
        raise WebhookError("the webhook's timestamp is not within 300 s of this machine's clock")


def _signed(message: bytes, signature: str, key: str) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise MachineError(
            "verifying webhooks needs cryptography: pip install 'seedance_prep[webhook]'"
        ) from error
    try:
        public = Ed25519PublicKey.from_public_bytes(_decoded(key))
        public.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decoded(key: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _read(body: bytes, request_id: str, timestamp: int) -> Delivery:
    try:
        said = Json(json.loads(body), "webhook")
    except ValueError as error:
        raise WebhookError("the webhook's body is not JSON") from error
    if said.maybe_text("request_id") not in {None, request_id}:
        raise WebhookError("the webhook's body speaks of another request than its headers")
    return Delivery(
        request_id=request_id,
        timestamp=timestamp,
        ok=said.text("status") == "OK",
        payload=said.maybe_fields("payload"),
        error=said.maybe_text("error"),
    )
