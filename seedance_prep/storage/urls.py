"""Addresses in stores: which there are, and how they are read. Nothing is opened here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.request import STORES
from .faults import StoreError

EXTRAS = {"s3": "storage", "sftp": "storage", "memory": "storage", "gs": "gcs", "gcs": "gcs"}
EXTRAS |= {"az": "azure", "abfs": "azure", "abfss": "azure"}
"""Which extra of this package brings a store."""
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
ENVIRONMENT = "credentials come from the environment or the store's own files, never from a URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One object of a store."""

    protocol: str
    host: str
    """The bucket, the container, or the server with its port; empty for ``memory``."""
    user: str | None = None
    """Of a server."""
    port: int | None = None
    key: str = ""
    """Where it is there, as fsspec wants it."""

    @property
    def shown(self) -> str:
        """The store for people: ``s3://bucket``."""
        return f"{self.protocol}://{self.host}"

    @property
    def name(self) -> str:
        """The last part."""
        return self.key.rstrip("/").rpartition("/")[2]


def is_store(text: str) -> bool:
    """Whether this is an address in a store that is known here."""
    found = _URL.match(text)
    return found is not None and found[1].lower() in STORES


def refusal(text: str) -> StoreError | None:
    """Why an address that is neither a file, nor http(s), nor in a store is not opened."""
    found = _URL.match(text)
    if found is None:
        return None
    if found[1].lower() == "file":
        return StoreError("is a file: address", "give the path itself")
    known = ", ".join(f"{name}://" for name in STORES)
    return StoreError(
        f"is at {found[1][:20]}://, where nothing is read from",
        f"give a file, an http(s) address, or one of {known}",
    )


def place_of(url: str) -> Place:
    """Read an address. Raises ``StoreError`` for what is none, or holds a password."""
    found = _URL.match(url)
    protocol = found[1].lower() if found else ""
    if found is None or protocol not in STORES:
        raise refusal(url) or StoreError("is no address in a store")
    rest = found[2]
    if "::" in rest or "\0" in rest:
        raise StoreError("chains several addresses (::), which are not followed")
    if protocol == "memory":
        return Place(protocol=protocol, host="", key=f"/{rest.lstrip('/')}")
    host, _, path = rest.partition("/")
    if protocol == "sftp":
        return _server(protocol, host, path)
    if "@" in host and not protocol.startswith("abfs"):
        raise StoreError("holds a login", ENVIRONMENT)
    if not host or not path.strip("/"):
        raise StoreError("names no object", f"write it as {protocol}://bucket/path/of/the/file")
    return Place(protocol=protocol, host=host, key=f"{host}/{path}")


def _server(protocol: str, login: str, path: str) -> Place:
    user, _, host = login.rpartition("@")
    if ":" in user:
        raise StoreError("holds a password", "use a key of ~/.ssh or of an agent")
    name, _, port = host.partition(":")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,253}", name) or not re.fullmatch(r"\d{0,5}", port):
        raise StoreError("names no server", "write it as sftp://user@host:port/path")
    if not path.strip("/"):
        raise StoreError("names no file", "write it as sftp://user@host/path/of/the/file")
    number = int(port) if port else None
    return Place(protocol=protocol, host=name, user=user or None, port=number, key=f"/{path}")
