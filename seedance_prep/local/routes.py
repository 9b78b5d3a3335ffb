"""Which path does what. One base carries what fal spreads over queue, rest, cdn and api hosts.

Paths of a job are cut to owner and alias, as the service's own URLs are; a job path under the
full endpoint id answers 405, as live reports say. A trailing slash is accepted everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Concatenate

from ..errors import UsageError
from . import platform_routes, queue_routes, storage_routes
from .answers import Outcome, not_found, plain
from .call import Call
from .faults import parse_faults
from .house import House

WISH = "x-local-fault"
"""A header that makes a request go wrong: names of faults, once each."""

Route = Callable[Concatenate[House, Call, ...], Outcome]

ROUTES: tuple[tuple[str, str, str, Route], ...] = (
    ("POST", r"/storage/auth/token", "token", storage_routes.token),
    ("POST", r"/storage/upload/initiate", "initiate", storage_routes.initiate),
    ("POST", r"/storage/upload/initiate-multipart", "initiate", storage_routes.initiate),
    ("POST", r"/files/upload", "upload", storage_routes.upload),
    ("POST", r"/files/upload/multipart", "begin", storage_routes.begin_multipart),
    ("PUT", r"/files/b/(\w+)/[^/]+/multipart/(\w+)/(\d+)", "upload", storage_routes.put_cdn_part),
    (
        "POST",
        r"/files/b/(\w+)/[^/]+/multipart/(\w+)/complete",
        "complete",
        storage_routes.complete_cdn,
    ),
    ("PUT", r"/files/b/(\w+)/[^/]+/(\d+)", "upload", storage_routes.put_slot_part),
    ("POST", r"/files/b/(\w+)/[^/]+/complete", "complete", storage_routes.complete_slot),
    ("PUT", r"/files/b/(\w+)/[^/]+", "upload", storage_routes.put_slot),
    ("GET", r"/files/b/\w+/[^/]+", "media", storage_routes.download),
    ("HEAD", r"/files/b/\w+/[^/]+", "media", storage_routes.download),
    ("GET", r"/\.well-known/jwks\.json", "keys", platform_routes.jwks),
    ("GET", r"/v1/models/requests/by-endpoint", "listing", platform_routes.listing),
    ("GET", r"/v1/models/pricing", "pricing", platform_routes.pricing),
    ("GET", r"/_local", "record", platform_routes.record),
    ("GET", r"/([^/]+/[^/]+)/requests/([^/]+)/status", "status", queue_routes.status),
    ("GET", r"/([^/]+/[^/]+)/requests/([^/]+)/status/stream", "stream", queue_routes.stream),
    ("GET", r"/([^/]+/[^/]+)/requests/([^/]+)(?:/response)?", "result", queue_routes.result),
    ("PUT", r"/([^/]+/[^/]+)/requests/([^/]+)/cancel", "cancel", queue_routes.cancel),
    ("POST", r"/([^/]+/[^/]+/.+)", "submit", queue_routes.submit),
)
"""Method, path, place of its faults, and what answers."""
LATER = frozenset({"submit"})
"""Places whose faults come when the request has been counted."""


def dispatch(house: House, call: Call) -> Outcome:
    """The outcome of the first route that fits; 405 where only the method does not."""
    allowed = []
    for method, pattern, place, route in ROUTES:
        match = re.fullmatch(pattern, call.path)
        if match and method == call.method:
            return _answered(house, call, place, partial(route, house, call, *match.groups()))
        if match:
            allowed.append(method)
    if allowed or re.fullmatch(r"/[^/]+/[^/]+/.+/requests/.+", call.path):
        return plain(405, "Method Not Allowed", {"Allow": ", ".join(allowed) or "POST"})
    return not_found()


def _answered(house: House, call: Call, place: str, answer: Callable[[], Outcome]) -> Outcome:
    """With the faults of the place, and those that the request itself asks for."""
    if wished := call.headers.get(WISH):
        try:
            house.mischief.ask(parse_faults(f"{one}=1" for one in re.split(r"[,\s]+", wished)))
        except UsageError as error:
            return plain(400, str(error))
    if place not in LATER:
        house.may_fail(place)
    return house.spoiled(place, answer())
