"""Routes of the desk: what lies on it, what changes, what it would come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from .answers import body_of, json_answer
from .arriving import arrive
from .office import Office
from .refusal import Refusal

EVENTS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class DeskRoutes:
    """They answer a change with the whole new desk."""

    def __init__(self, office: Office) -> None:
        """``office`` has the desk."""
        self.office, self.bench = office, office.bench

    def routes(self) -> Sequence[Route]:
        """All of them."""
        return [
            Route("/api/desk", self.desk),
            Route("/api/events", self.events),
            Route("/api/files", self.put_file, methods=["PUT"]),
            Route("/api/assets/{id}", self.patch_asset, methods=["PATCH"]),
            Route("/api/assets/{id}", self.delete_asset, methods=["DELETE"]),
            Route("/api/order", self.order, methods=["POST"]),
            Route("/api/clear", self.clear, methods=["POST"]),
            Route("/api/request", self.patch_request, methods=["PATCH"]),
            Route("/api/weigh", self.weigh, methods=["POST"]),
        ]

    async def _told(self) -> Response:
        """The desk as it is now."""
        return json_answer(await run_in_threadpool(self.office.document))

    async def _done(self, work: Callable[[], object]) -> Response:
        """Do something to the desk, then tell it."""
        await run_in_threadpool(work)
        return await self._told()

    async def desk(self, _: Request) -> Response:
        """All that lies on the desk."""
        return await self._told()

    async def events(self, _: Request) -> Response:
        """What changes, as it changes."""
        first = {"type": "desk", "version": self.bench.version}
        lines = self.bench.hub.listen(first)
        return StreamingResponse(lines, media_type="text/event-stream", headers=EVENTS)

    async def put_file(self, request: Request) -> Response:
        """A file is dropped."""
        return json_answer({"id": await arrive(self.bench, request)}, status=201)

    async def patch_asset(self, request: Request) -> Response:
        """Other wishes for a file."""
        patch = await body_of(request)
        return await self._done(partial(self.bench.wish, _id(request), patch))

    async def delete_asset(self, request: Request) -> Response:
        """A file goes."""
        return await self._done(partial(self.office.remove, _id(request)))

    async def order(self, request: Request) -> Response:
        """Files change places."""
        ids = (await body_of(request)).get("ids")
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise Refusal(400, "ids is not a list of ids")
        return await self._done(partial(self.bench.order, ids))

    async def clear(self, _: Request) -> Response:
        """All files go."""
        return await self._done(self.office.clear)

    async def patch_request(self, request: Request) -> Response:
        """Other wishes for the request."""
        patch = await body_of(request)
        return await self._done(partial(self.bench.ask, patch))

    async def weigh(self, request: Request) -> Response:
        """What other windows would come to; nothing is kept."""
        windows = (await body_of(request)).get("windows")
        if not isinstance(windows, dict):
            raise Refusal(400, "windows is no object of ids and [start, end]")
        return json_answer(await run_in_threadpool(self.bench.weigh, windows))


def _id(request: Request) -> str:
    return str(request.path_params["id"])
