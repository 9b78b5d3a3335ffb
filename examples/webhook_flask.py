"""A webhook for Flask. Run it with ``flask --app examples.webhook_flask run``, then submit with

seedance-prep generate … --webhook https://your.host/fal
"""

from __future__ import annotations

import os
from collections.abc import Callable

import flask

import seedance_prep as prep

Take = Callable[[prep.webhook.Delivery], None]


def application(take: Take, service: str | None = None) -> flask.Flask:
    """An app that hands every genuine delivery to ``take``."""
    app = flask.Flask(__name__)

    @app.post("/fal")
    def delivered() -> tuple[str, int]:
        # The body as it came in: the signature is over these very bytes.
        body = flask.request.get_data()
        try:
            delivery = prep.webhook.verify(flask.request.headers, body, service=service)
        except prep.webhook.WebhookError as error:
            return str(error), 401
        take(delivery)
        return "", 204

    return app


done: dict[str, prep.webhook.Delivery] = {}


def once(delivery: prep.webhook.Delivery) -> None:
    """The service delivers at least once: a request counts the first time only.

    A dict forgets with the process; a table with a unique ``request_id`` does not.
    """
    if done.setdefault(delivery.request_id, delivery) is delivery and delivery.ok:
        print(delivery.request_id, delivery.payload["video"]["url"])  # noqa: T201


app = application(once, os.environ.get("FAL_SERVICE"))
