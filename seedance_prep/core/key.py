"""A key of the service: kept where it cannot be printed by accident."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from ..errors import UsageError

HIDDEN = "[key]"


class Key:
    """A secret whose text leaves only through ``header``; ``repr`` and ``str`` hide it."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        """Keep the secret. Raises ``UsageError`` for one that no HTTP header can carry."""
        secret = secret.strip()
        if not secret:
            raise UsageError("the key is empty; set FAL_KEY to a key of fal.ai/dashboard/keys")
        if not all("!" <= letter <= "~" for letter in secret):
            raise UsageError("the key holds a blank or a letter that no key has; copy it again")
        self._secret = secret

    def __repr__(self) -> str:
        """Never the secret."""
        return "Key(hidden)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        """Refuse to be pickled: a pickle would hold the secret in the open."""
        raise TypeError("a Key is not written to disk or sent to another process")

    def header(self) -> str:
        """The value of ``Authorization``."""
        return f"Key {self._secret}"

    def hidden_in(self, body: bytes) -> bytes:
        """``body`` without the secret and its halves, should a server send them back."""
        identifier, _, half = self._secret.partition(":")
        for part in (self._secret, half, identifier):
            if len(part) >= 8:
                body = body.replace(part.encode(), HIDDEN.encode())
        return body


def key_from(environment: Mapping[str, str]) -> Key | None:
    """The key of ``FAL_KEY``, or of ``FAL_KEY_ID`` and ``FAL_KEY_SECRET``; ``None`` without."""
    if whole := environment.get("FAL_KEY", "").strip():
        return Key(whole)
    halves = [environment.get(name, "").strip() for name in ("FAL_KEY_ID", "FAL_KEY_SECRET")]
    return Key(":".join(halves)) if all(halves) else None


def may_carry_key(scheme: str, host: str) -> bool:
    """Whether a key may travel there: encrypted, or without leaving this machine."""
    return scheme == "https" or (scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or number alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
