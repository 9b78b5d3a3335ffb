"""Which addresses a URL of the caller's may lead to, and which a host has."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from ..core.media import Fault
from .faults import UnfetchableError

SWITCH = "--allow-private-addresses"

# RFC 6890 and IANA's two registries of special-purpose addresses (as of 2025-01): what Python's
# own ``is_global`` holds depends on its version, and IPv6 has more that is no host than that is.
_NAT64 = ip_network("64:ff9b::/96")
_UNICAST = ip_network("2000::/3")
_SPECIAL = tuple(
    ip_network(block)
    for block in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: holds any IPv4 address
        "3fff::/20",  # documentation
    )
)


def public(address: str) -> bool:
    """Whether an address is a host of the open internet; IPv4 inside IPv6 is judged as IPv4."""
    found = ip_address(address.partition("%")[0])
    inner = _inner(found) if isinstance(found, IPv6Address) else found
    if inner is None:
        return found in _UNICAST and not _special(found)
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or _special(inner))


def anywhere(_: str) -> bool:
    """Every address: for callers who asked for private ones."""
    return True


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


def _special(address: IPv4Address | IPv6Address) -> bool:
    return any(address in block for block in _SPECIAL)


def vetted(host: str, allowed: Callable[[str], bool]) -> list[str]:
    """Addresses of a host in the order to try them. Raises ``UnfetchableError``.

    One address that is not allowed refuses the host: honest names do not mix them.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is no host name"
        says = f"cannot be fetched: {host or 'a URL without host'} cannot be looked up ({why})"
        raise UnfetchableError(Fault.MISSING, says) from error
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    for address in addresses:
        if not allowed(address):
            found_at = address if host == address else f"{host} is at {address}, which"
            says = f"was not fetched: {found_at} is no public address"
            raise UnfetchableError(Fault.MISSING, says, f"{SWITCH} lets you fetch from there")
    return addresses
