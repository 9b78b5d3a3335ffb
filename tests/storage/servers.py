"""Real servers of stores on loopback, and a count of what they send."""

from __future__ import annotations

import importlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL
from paramiko.sftp import SFTP_OK

USER = "surfer"


@dataclass
class Traffic:
    """Bytes that came from a server."""

    port: int
    received: int = 0
    held: list[socket.socket] = field(default_factory=list)


@contextmanager
def counted(port: int) -> Iterator[Traffic]:
    """A way to a server on loopback that counts what comes back."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        traffic = Traffic(door.getsockname()[1])
        threading.Thread(target=_accept, args=(door, port, traffic), daemon=True).start()
        try:
            yield traffic
        finally:
            for one in traffic.held:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()


def _accept(door: socket.socket, port: int, traffic: Traffic) -> None:
    with suppress(OSError):
        while True:
            near, _ = door.accept()
            far = socket.create_connection(("127.0.0.1", port))
            traffic.held += [near, far]
            threading.Thread(target=_pump, args=(near, far, None), daemon=True).start()
            threading.Thread(target=_pump, args=(far, near, traffic), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, traffic: Traffic | None) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            if traffic:
                traffic.received += len(data)
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class _Files(paramiko.SFTPServerInterface):
    """The files of one folder."""

    def __init__(self, server: paramiko.ServerInterface, *args: Any, **kwargs: Any) -> None:
        super().__init__(server, *args, **kwargs)
        assert isinstance(server, _Door)
        self._root = server.root

    def _at(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:  # noqa: ARG002
        try:
            file = os.fdopen(os.open(self._at(path), flags, 0o600), "r+b" if flags & 3 else "rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = handle.writefile = file  # type: ignore[attr-defined]
        return handle

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        self._at(oldpath).replace(self._at(newpath))
        return SFTP_OK

    def remove(self, path: str) -> int:
        self._at(path).unlink()
        return SFTP_OK

    def mkdir(self, path: str, attr: Any) -> int:  # noqa: ARG002
        self._at(path).mkdir()
        return SFTP_OK


class _Door(paramiko.ServerInterface):
    """Lets one user with one key in."""

    def __init__(self, root: Path, key: paramiko.PKey) -> None:
        self.root, self._key = root, key

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = username == USER and key == self._key
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002
        return 0  # opened


@contextmanager
def sftp(root: Path, home: Path) -> Iterator[Traffic]:
    """An SFTP server for the files of a folder, known to the user whose home this is."""
    ours, theirs = paramiko.RSAKey.generate(2048), paramiko.RSAKey.generate(2048)
    (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
    ours.write_private_key_file(str(home / ".ssh" / "id_rsa"))
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        threading.Thread(target=_serve, args=(door, root, ours, theirs), daemon=True).start()
        with counted(door.getsockname()[1]) as traffic:
            line = f"[127.0.0.1]:{traffic.port} {theirs.get_name()} {theirs.get_base64()}\n"
            (home / ".ssh" / "known_hosts").write_text(line)
            yield traffic


def _serve(door: socket.socket, root: Path, ours: paramiko.PKey, theirs: paramiko.PKey) -> None:
    with suppress(OSError):
        while True:
            connection, _ = door.accept()
            transport = paramiko.Transport(connection)
            transport.add_server_key(theirs)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
            with suppress(paramiko.SSHException, EOFError):
                transport.start_server(server=_Door(root, ours))


@contextmanager
def s3() -> Iterator[Traffic]:
    """A server that speaks S3, with one bucket, ``media``."""
    boto3 = importlib.import_module("boto3")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        login = {"aws_access_key_id": "id", "aws_secret_access_key": "key"}
        client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **login
        )
        client.create_bucket(Bucket="media")
        client.close()
        with counted(port) as traffic:
            yield traffic
    finally:
        server.stop()
