"""What has changed, told to every page that listens."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any

BEAT = 15.0
"""Seconds between signs of life, so that a page knows that it is still connected."""
WAITING_MAX = 1000
"""Messages that a page may be behind; one that sleeps asks for the whole desk when it wakes."""


class Hub:
    """Takes messages from any thread; each listener gets them in order."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._listeners: dict[asyncio.Queue[str | None], asyncio.AbstractEventLoop] = {}
        self._lock = threading.Lock()
        self._closed = False

    def tell(self, kind: str, message: Mapping[str, Any]) -> None:
        """Send it to all who listen now."""
        self._put(json.dumps({"type": kind, **message}))

    def close(self) -> None:
        """Let all listeners end."""
        self._closed = True
        self._put(None)

    def _put(self, text: str | None) -> None:
        with self._lock:
            for queue, loop in self._listeners.items():
                if text is None or queue.qsize() < WAITING_MAX:
                    loop.call_soon_threadsafe(queue.put_nowait, text)

    async def listen(self, first: Mapping[str, Any]) -> AsyncIterator[str]:
        """Server-sent events, ``first`` at once, until the hub is closed."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
        try:
            yield f"data: {json.dumps(first)}\n\n"
            while not self._closed:
                try:
                    text = await asyncio.wait_for(queue.get(), BEAT)
                except TimeoutError:
                    yield ": beat\n\n"
                    continue
                if text is None:
                    return
                yield f"data: {text}\n\n"
        finally:
            with self._lock:
                del self._listeners[queue]
