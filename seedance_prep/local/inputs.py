"""Fetching what a request refers to: own files, loopback URLs, data URIs; nothing else."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from .answers import Detail
from .judge import Input
from .schema import KINDS, Arguments, urls_of
from .store import Store

FETCHED_MAX = 200_000_000
"""Bytes of one file; more than any kind may have."""


class FetchError(Exception):
    """An input cannot be had."""


def gather(
    arguments: Arguments, store: Store, port: int, folder: Path
) -> tuple[list[Input], list[Detail]]:
    """Every referenced file on disk, and a detail for each that cannot be had."""
    inputs, details, position = [], [], 0
    for field in KINDS:
        for index, url in enumerate(urls_of(arguments, field)):
            position += 1
            try:
                path = _fetch(url, store, port, folder / f"{position}")
            except FetchError:
                details.append(download_error((field, index), url))
                continue
            one = Input(field=field, index=index, position=position, url=url, path=path)
            inputs.append(one)
    return inputs, details


def download_error(loc: Sequence[str | int], url: str | None) -> Detail:
    """What the service says of an input that it cannot download."""
    msg = "Failed to download the file. Make sure that the URL can be reached from the service."
    return Detail(loc=loc, msg=msg, type="file_download_error", input=url and url[:200])


def _fetch(url: str, store: Store, port: int, target: Path) -> Path:
    if url.lower().startswith("data:"):
        target.write_bytes(_inline(url))
        return target
    host, its_port, path = _address(url)
    if not is_loopback(host):
        raise FetchError
    if its_port == port:
        stored = store.at(path)
        if stored is None:
            raise FetchError
        return stored.path
    _download(url, target)
    return target


def _address(url: str) -> tuple[str | None, int | None, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError from error
    if parts.scheme != "http":
        raise FetchError
    return parts.hostname, port, parts.path


def _inline(url: str) -> bytes:
    head, _, data = url.partition(",")
    raw = unquote_to_bytes(data)
    try:
        return base64.b64decode(raw, validate=True) if head.endswith(";base64") else raw
    except binascii.Error as error:
        raise FetchError from error


def is_loopback(host: str | None) -> bool:
    """Whether this host of a URL is this machine, without asking a name server."""
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _download(url: str, target: Path) -> None:
    import httpx

    try:
        with (
            httpx.Client(trust_env=False, timeout=30) as client,
            client.stream("GET", url) as got,
            target.open("wb") as file,
        ):
            if got.status_code != httpx.codes.OK:
                raise FetchError
            for chunk in got.iter_bytes():
                file.write(chunk)
                if file.tell() > FETCHED_MAX:
                    raise FetchError
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError from error
