"""Bodies in, JSON out: bounded, and every fault as one sentence without a path of this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..errors import (
    CostError,
    MachineError,
    PrepError,
    ServiceError,
    TwiceError,
    UncertainError,
    UsageError,
)
from .refusal import Refusal
from .words import told

JSON_MAX = 1_000_000
"""Bytes of a body that is no file."""
SILENCE = 60.0
"""Seconds that a body may be silent."""
STATUS: tuple[tuple[type[PrepError], int], ...] = (
    (TwiceError, 409),
    (CostError, 409),
    (UsageError, 400),
    (MachineError, 507),
    (UncertainError, 502),
    (ServiceError, 502),
    (PrepError, 500),
)
"""HTTP status of each error, the most specific first."""

Endpoint = Callable[[Request], Awaitable[Response]]


async def body_of(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent; an empty one for an empty body. Raises ``Refusal``."""
    data = bytearray()
    try:
        async with asyncio.timeout(SILENCE):
            async for chunk in request.stream():
                data += chunk
                if len(data) > JSON_MAX:
                    raise Refusal(413, f"the body is larger than {JSON_MAX // 1000} kB")
    except TimeoutError:
        raise Refusal(408, "the body did not arrive in time") from None
    try:
        found = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is no JSON") from None
    if not isinstance(found, dict):
        raise Refusal(400, "the body is no JSON object")
    return found


def json_answer(document: object, status: int = 200) -> Response:
    """A document as JSON, its sentences in the words of the page."""
    return JSONResponse(told(document), status_code=status)


class Words:
    """Takes the places of this machine out of what is said."""

    def __init__(self, *places: Path) -> None:
        """``places`` are folders that nobody needs to know."""
        whole = {str(one) for place in places for one in (place, place.absolute())}
        self._places = sorted(whole - {".", "/"}, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The sentence, with names of files alone."""
        for place in self._places:
            text = text.replace(f"{place}/", "").replace(place, "the studio's folder")
        return text

    def refused(self, error: PrepError) -> Response:
        """The answer for an error that was raised on purpose."""
        status = next(code for kind, code in STATUS if isinstance(error, kind))
        return json_answer({"error": self.clean(str(error))}, status)


def refused(error: Refusal) -> Response:
    """The answer of a refusal."""
    return json_answer({"error": str(error), **error.more}, error.status)
