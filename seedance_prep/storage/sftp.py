"""fsspec's SFTP, for servers that the user knows, and read in few round trips."""

from __future__ import annotations

import socket
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from .faults import StoreError
from .urls import Place

CONNECT, SILENCE = 10.0, 30.0
PORT = 22
REQUEST = 1 << 15
"""Bytes of one request of the protocol; many are on their way at once."""


class Sftp(SFTPFileSystem):  # type: ignore[misc] # fsspec has no types
    """A connection to one server, at an address that was judged before."""

    cachable = False

    def __init__(self, place: Place, address: str) -> None:
        """Connect. Raises ``OSError`` and errors of paramiko's."""
        self._place, self._address = place, address
        super().__init__(place.host)

    def _connect(self) -> None:
        """With a key of the user's, to a server of ``known_hosts``; no password is ever sent."""
        place = self._place
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(_Unknown())
        port = place.port or PORT
        self.client.connect(
            place.host,
            port,
            place.user,
            sock=socket.create_connection((self._address, port), CONNECT),
            banner_timeout=CONNECT,
            auth_timeout=CONNECT,
            channel_timeout=CONNECT,
            passphrase=None,
        )
        self.ftp = self.client.open_sftp()
        if channel := self.ftp.get_channel():
            channel.settimeout(SILENCE)

    def cat_file(self, path: str, start: int, end: int, **_: Any) -> bytes:  # noqa: ANN401
        """A range, asked for in many requests at once."""
        parts = [(at, min(REQUEST, end - at)) for at in range(start, end, REQUEST)]
        with self.ftp.open(path, "rb") as file:
            return b"".join(file.readv(parts))


class _Unknown(paramiko.MissingHostKeyPolicy):
    """Refuse a server that the user does not know."""

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Say how it becomes known."""
        del client, key
        raise StoreError(
            f"was not read: {hostname} is not in ~/.ssh/known_hosts",
            f"connect once with `sftp {hostname}`, and see that the key is its own",
        )
