"""A webhook for FastAPI. Run it with ``uvicorn examples.webhook_fastapi:app``, then submit with

seedance-prep generate … --webhook https://your.host/fal
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request

import seedance_prep as prep

Take = Callable[[prep.webhook.Delivery], None]


async def raw(request: Request) -> bytes:
    """The body as it came in: the signature is over these very bytes."""
    return await request.body()


def application(take: Take, service: str | None = None) -> FastAPI:
    """An app that hands every genuine delivery to ``take``."""
    app = FastAPI()

    # A plain function: FastAPI runs it in a thread, and the first delivery fetches the keys.
    @app.post("/fal", status_code=204)
    def delivered(request: Request, body: Annotated[bytes, Depends(raw)]) -> None:
        try:
            delivery = prep.webhook.verify(request.headers, body, service=service)
        except prep.webhook.WebhookError as error:
            raise HTTPException(401, str(error)) from error
        take(delivery)

    return app


done: dict[str, prep.webhook.Delivery] = {}


def once(delivery: prep.webhook.Delivery) -> None:
    """The service delivers at least once: a request counts the first time only.

    A dict forgets with the process; a table with a unique ``request_id`` does not.
    """
    if done.setdefault(delivery.request_id, delivery) is delivery and delivery.ok:
        print(delivery.request_id, delivery.payload["video"]["url"])  # noqa: T201


app = application(once, os.environ.get("FAL_SERVICE"))
