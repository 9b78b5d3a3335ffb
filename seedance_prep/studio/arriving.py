"""A file on its way from the browser to the desk: bounded, hashed as it comes, whole or broken."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from io import BufferedWriter
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from .answers import SILENCE
from .bench import Bench
from .refusal import Refusal

TELL_EVERY = 0.2
"""Seconds between two words about how far it is."""
WRITE = 1 << 20
"""Bytes that are written at once."""


async def arrive(bench: Bench, request: Request) -> str:
    """Take a file; gives its id. Raises ``Refusal`` and what ``expect`` raises."""
    name, count = request.query_params.get("name", ""), _announced(request)
    known = await run_in_threadpool(bench.expect, name, count)
    try:
        digest = await _taken(bench, request, known, count)
        await run_in_threadpool(bench.arrived, known, digest)
    except BaseException as error:
        await asyncio.shield(run_in_threadpool(bench.broke_off, known))
        if isinstance(error, TimeoutError):
            raise Refusal(408, f"nothing came for {SILENCE:g} s; drop the file again") from None
        if isinstance(error, ClientDisconnect):
            raise Refusal(400, "the upload broke off; drop the file again") from None
        if isinstance(error, OSError):
            raise Refusal(507, f"it cannot be written: {error.strerror}") from None
        raise
    return known


def _announced(request: Request) -> int:
    """Bytes that will come."""
    said = request.headers.get("content-length", "")
    if not (said.isascii() and said.isdigit()):
        raise Refusal(411, "say how long the file is (Content-Length)")
    return int(said[:20])


async def _taken(bench: Bench, request: Request, known: str, count: int) -> str:
    """The digest of all that came, which is in the draft."""
    chunks, told, received = request.stream(), 0.0, 0
    digest, waiting = hashlib.sha256(), bytearray()
    with _private(bench.store.draft(known)) as file:
        while received < count:
            async with asyncio.timeout(SILENCE):
                chunk = await anext(chunks, b"")
            waiting += chunk
            if not chunk and received + len(waiting) < count:
                raise ClientDisconnect
            if len(waiting) < WRITE and received + len(waiting) < count:
                continue
            await run_in_threadpool(_put, file, digest, bytes(waiting))
            if not received and len(waiting) < count:
                await run_in_threadpool(bench.begun, known, bytes(waiting))
            received, waiting = received + len(waiting), bytearray()
            late = time.monotonic() - told > TELL_EVERY
            told = time.monotonic() if late else told
            if not bench.arriving(known, received, tell=late):
                raise Refusal(404, "the file was taken off the desk meanwhile")
    return digest.hexdigest()


def _private(path: Path) -> BufferedWriter:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _put(file: BufferedWriter, digest: hashlib._Hash, data: bytes) -> None:
    digest.update(data)
    file.write(data)
