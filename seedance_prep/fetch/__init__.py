"""Stage 0: an http(s) URL becomes a private file, bounded. What it holds, the probe will see."""

from __future__ import annotations

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

from ..core.media import Problem
from ..patience import stopping
from .addresses import anywhere, public
from .get import Bounds, Getter

__all__ = ["Bounds", "fetch", "fetch_all"]

JOBS = 4
"""URLs that are fetched at a time."""


def fetch(
    url: str, folder: Path, *, private_addresses: bool = False, bounds: Bounds | None = None
) -> Path | Problem:
    """GET a URL into a private file (mode 0600) in ``folder``.

    No key, cookie or proxy is used. Addresses that are not public are refused, at every redirect,
    unless ``private_addresses``. What the server does wrong is a ``Problem``, and no file is left.
    Raises ``MachineError`` when the file cannot be written, ``StoppedError`` when told to stop.
    """
    allowed = anywhere if private_addresses else public
    return Getter(allowed=allowed, bounds=bounds or Bounds()).get(url, folder)


def fetch_all(
    urls: Collection[str], folder: Path, *, private_addresses: bool = False
) -> dict[str, Path | Problem]:
    """Fetch several at a time; what each URL became. Raises as ``fetch``, and then stops all."""
    stop = stopping.get() or threading.Event()
    context = copy_context()
    context.run(stopping.set, stop)
    with ThreadPoolExecutor(JOBS, thread_name_prefix="fetch") as pool:
        try:
            futures = {
                url: pool.submit(
                    context.copy().run, fetch, url, folder, private_addresses=private_addresses
                )
                for url in urls
            }
            return {url: future.result() for url, future in futures.items()}
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
