"""What a store refuses, and the door where foreign errors become that."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from ..core.media import Fault

FOREIGN = {
    "s3": (
        ("botocore.exceptions", "BotoCoreError"),
        ("botocore.exceptions", "ClientError"),
        ("aiohttp", "ClientError"),
    ),
    "sftp": (("paramiko", "SSHException"),),
    "gs": (("gcsfs.retry", "HttpError"), ("google.auth.exceptions", "GoogleAuthError")),
    "az": (("azure.core.exceptions", "AzureError"),),
}
"""Errors of the stores' own libraries that are none of Python's, by protocol."""
ALIKE = {"gcs": "gs", "abfs": "az", "abfss": "az"}
LOGIN = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "AuthenticationException", "GoogleAuthError"}
    | {"PasswordRequiredException", "DefaultCredentialsError", "TokenRetrievalError"}
)
"""Names of errors that say that nobody has logged in."""
WORDS = {
    "EndpointConnectionError": "no connection",
    "ConnectTimeoutError": "no connection in time",
    "ReadTimeoutError": "no answer in time",
    "TimeoutError": "no answer in time",
    "BadHostKeyException": "its key is another one than known_hosts has",
    "gaierror": "its name cannot be looked up",
}


class StoreError(Exception):
    """There will be no file; who asked turns it into a finding or an error of the machine."""

    def __init__(self, says: str, remedy: str | None = None, fault: Fault = Fault.MISSING) -> None:
        """``says`` is a sentence without subject."""
        super().__init__(says)
        self.says = says
        self.remedy = remedy
        self.fault = fault


def foreign(protocol: str) -> tuple[type[Exception], ...]:
    """Errors that a store of this protocol may raise, besides ``OSError``."""
    return (*_named(ALIKE.get(protocol, protocol)), OSError, EOFError, ValueError)


@cache
def _named(protocol: str) -> tuple[type[Exception], ...]:
    return tuple(
        getattr(importlib.import_module(module), name)
        for module, name in FOREIGN.get(protocol, ())
        if importlib.util.find_spec(module.partition(".")[0])
    )


@contextmanager
def door(protocol: str, where: str, verb: str = "read") -> Iterator[None]:
    """Turn a store's errors into ours; ``where`` is the store and ``verb`` the deed, for people."""
    try:
        yield
    except foreign(protocol) as error:
        raise _told(error, where, verb) from error


def _told(error: Exception, where: str, verb: str) -> StoreError:
    name = type(error).__name__
    if isinstance(error, FileNotFoundError | NotADirectoryError) and verb != "read":
        return StoreError(f"cannot be {verb}: {where} has no such bucket or folder")
    if isinstance(error, FileNotFoundError):
        return StoreError(f"is not there: {where} has no such bucket or file")
    if isinstance(error, IsADirectoryError):
        return StoreError("is a folder; name the files in it", fault=Fault.NOT_A_FILE)
    if name in LOGIN:
        says = f"cannot be {verb}: nobody is logged in to {where}"
        return StoreError(says, _logged_in(where), Fault.NO_PERMISSION)
    if isinstance(error, PermissionError):
        says = f"may not be {verb}: {where} refuses this login"
        return StoreError(says, _logged_in(where), Fault.NO_PERMISSION)
    reason = WORDS.get(name) or getattr(error, "strerror", None) or name
    return StoreError(f"cannot be {verb}: {where} cannot be reached ({reason})")


def _logged_in(where: str) -> str:
    if where.startswith("sftp"):
        return "give ~/.ssh or an agent a key that the server knows"
    return "log in as the store's own tools do (for S3: AWS_PROFILE or `aws configure`)"
