"""Which service is meant, and which key it gets."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from ..core.key import Key, key_from, may_carry_key
from ..core.request import bare_address
from ..core.service import FAL, Service, at
from ..errors import UsageError

LOCAL = "local"
"""Name of a service that the client starts by itself."""
STAND_IN = "local-service"
"""What a service on this machine gets instead of a key; it takes any."""


def service_of(service: str | Service | None) -> Service:
    """The service of a name or base URL. Raises ``UsageError`` for what is neither."""
    if isinstance(service, Service):
        return service
    if service is None or service == FAL.name:
        return FAL
    try:
        parts = urlsplit(service)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment:
        raise UsageError(
            f"the service {bare_address(service)!r} is not fal, local or an http(s) URL without"
            " login and query"
        )
    return at(service)


def key_for(service: Service, given: Key | None) -> Key | None:
    """The key that goes to a service, if any may: ``given``, else the one of the environment.

    Raises ``UsageError`` when fal's is missing, or when ``given`` would travel in the open.
    """
    parts = urlsplit(service.queue)
    private = may_carry_key(parts.scheme, parts.hostname or "")
    if given and not private:
        raise UsageError(f"a key is sent over https or to this machine only, not to {service.name}")
    if given or not private:
        return given
    if service.name == LOCAL:
        return Key(STAND_IN)
    found = key_from(os.environ)
    if found is None and service.needs_key:
        raise UsageError(
            "no key: set FAL_KEY (fal.ai/dashboard/keys), or try it all with --service local"
        )
    return found or (Key(STAND_IN) if parts.scheme == "http" else None)
