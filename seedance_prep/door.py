"""Where httpx's errors end.

What failed before a byte could leave is an ``UnreachableError``, everything after it a
``LostAnswerError``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from .errors import LostAnswerError, UnreachableError

if TYPE_CHECKING:
    import ssl


@cache
def trusted() -> ssl.SSLContext:
    """Certificates are read once: it takes longer than a request on this machine."""
    import httpx

    return httpx.create_ssl_context()


def before() -> tuple[type[Exception], ...]:
    """Errors of httpx that come before any byte of the request could leave."""
    import httpx

    return (
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ConnectError,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    )


def after() -> tuple[type[Exception], ...]:
    """Errors of httpx after which bytes may have left."""
    import httpx

    return (
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.LocalProtocolError,
        httpx.DecodingError,
        httpx.TooManyRedirects,
        httpx.HTTPError,
    )


@contextmanager
def door(host: str) -> Iterator[None]:
    """Turn httpx's errors into ours, most specific first; ``host`` is named in the text."""
    try:
        yield
    except before() as error:
        raise UnreachableError(f"{host} cannot be reached: {_reason(error)}") from error
    except after() as error:
        raise LostAnswerError(f"the connection to {host} broke: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """The foreign reason on one line; some have no text at all."""
    words = {
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "no answer in time",
        "WriteTimeout": "it stopped taking bytes",
    }
    name = type(error).__name__
    return words.get(name) or " ".join(str(error).split())[:200] or name


def host_of(url: str) -> str:
    """Host and port for people: no path, no query, no user."""
    rest = url.partition("://")[2] or url
    return rest.partition("/")[0].partition("?")[0].rpartition("@")[2] or "the service"
