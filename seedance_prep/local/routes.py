"""Which path does what. One base carries what fal spreads over queue, rest, cdn and api hosts.

Paths of a job are cut to owner and alias, as the service's own URLs are; a job path under the
full endpoint id answers 405, as live reports say. A trailing slash is accepted everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Concatenate

from . import platform_routes, queue_routes, storage_routes
from .answers import Outcome, not_found, plain
from .call import Call
from .house import House

Route = Callable[Concatenate[House, Call, ...], Outcome]

ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("POST", r"/storage/auth/token", storage_routes.token),
    ("POST", r"/storage/upload/initiate", storage_routes.initiate),
    ("POST", r"/storage/upload/initiate-multipart", storage_routes.initiate),
    ("POST", r"/files/upload", storage_routes.upload),
    ("POST", r"/files/upload/multipart", storage_routes.begin_multipart),
    ("PUT", r"/files/b/(\w+)/[^/]+/multipart/(\w+)/(\d+)", storage_routes.put_cdn_part),
    ("POST", r"/files/b/(\w+)/[^/]+/multipart/(\w+)/complete", storage_routes.complete_cdn),
    ("PUT", r"/files/b/(\w+)/[^/]+/(\d+)", storage_routes.put_slot_part),
    ("POST", r"/files/b/(\w+)/[^/]+/complete", storage_routes.complete_slot),
    ("PUT", r"/files/b/(\w+)/[^/]+", storage_routes.put_slot),
    ("GET", r"/files/b/\w+/[^/]+", storage_routes.download),
    ("HEAD", r"/files/b/\w+/[^/]+", storage_routes.download),
    ("GET", r"/\.well-known/jwks\.json", platform_routes.jwks),
    ("GET", r"/v1/models/requests/by-endpoint", platform_routes.listing),
    ("GET", r"/v1/models/pricing", platform_routes.pricing),
    ("GET", r"/([^/]+/[^/]+)/requests/([^/]+)/status", queue_routes.status),
    ("GET", r"/([^/]+/[^/]+)/requests/([^/]+)/status/stream", queue_routes.stream),
    ("GET", r"/([^/]+/[^/]+)/requests/([^/]+)(?:/response)?", queue_routes.result),
    ("PUT", r"/([^/]+/[^/]+)/requests/([^/]+)/cancel", queue_routes.cancel),
    ("POST", r"/([^/]+/[^/]+/.+)", queue_routes.submit),
)


def dispatch(house: House, call: Call) -> Outcome:
    """The outcome of the first route that fits; 405 where only the method does not."""
    allowed = []
    for method, pattern, route in ROUTES:
        match = re.fullmatch(pattern, call.path)
        if match and method == call.method:
            return route(house, call, *match.groups())
        if match:
            allowed.append(method)
    if allowed or re.fullmatch(r"/[^/]+/[^/]+/.+/requests/.+", call.path):
        return plain(405, "Method Not Allowed", {"Allow": ", ".join(allowed) or "POST"})
    return not_found()
