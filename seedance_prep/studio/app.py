"""The routes: each takes a request apart, calls the bench, and answers with JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..errors import PrepError
from .answers import Refusal, Words, body_of, refused
from .arriving import arrive
from .bench import Bench

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What the page is made of."""
EVENTS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Studio:
    """What the routes work on."""

    def __init__(self, bench: Bench, words: Words) -> None:
        """``words`` keeps this machine's places out of the answers."""
        self.bench, self.words = bench, words

    def app(self) -> Starlette:
        """All routes; every fault is answered as one sentence."""
        handlers: Any = {PrepError: self._prep_error, Refusal: self._refusal, 404: _missing,
                         405: _missing}  # fmt: skip
        return Starlette(routes=self._routes(), exception_handlers=handlers)

    def _routes(self) -> Sequence[Route]:
        return [
            Route("/", partial(_page, "index.html")),
            Route("/{name}", _static),
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

    async def _prep_error(self, _: Request, error: PrepError) -> Response:
        return self.words.refused(error)

    async def _refusal(self, _: Request, error: Refusal) -> Response:
        return refused(error)

    async def _told(self) -> Response:
        """The desk as it is now."""
        return JSONResponse(await run_in_threadpool(self.bench.document))

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
        return JSONResponse({"id": await arrive(self.bench, request)}, status_code=201)

    async def patch_asset(self, request: Request) -> Response:
        """Other wishes for a file."""
        patch = await body_of(request)
        return await self._done(partial(self.bench.wish, _id(request), patch))

    async def delete_asset(self, request: Request) -> Response:
        """A file goes."""
        return await self._done(partial(self.bench.remove, _id(request)))

    async def order(self, request: Request) -> Response:
        """Files change places."""
        ids = (await body_of(request)).get("ids")
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise Refusal(400, "ids is not a list of ids")
        return await self._done(partial(self.bench.order, ids))

    async def clear(self, _: Request) -> Response:
        """All files go."""
        return await self._done(self.bench.clear)

    async def patch_request(self, request: Request) -> Response:
        """Other wishes for the request."""
        patch = await body_of(request)
        return await self._done(partial(self.bench.ask, patch))

    async def weigh(self, request: Request) -> Response:
        """What other windows would come to; nothing is kept."""
        windows = (await body_of(request)).get("windows")
        if not isinstance(windows, dict):
            raise Refusal(400, "windows is no object of ids and [start, end]")
        return JSONResponse(await run_in_threadpool(self.bench.weigh, windows))


def _id(request: Request) -> str:
    return str(request.path_params["id"])


async def _missing(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    says = "there is nothing here" if status == 404 else f"{request.method} is not taken here"
    return JSONResponse({"error": says}, status_code=status)


async def _static(request: Request) -> Response:
    return await _page(request.path_params["name"], request)


async def _page(name: str, _: Request) -> Response:
    """A file of the page, by a name that it has; nothing else can be named."""
    for one in files(__package__).joinpath("page").iterdir():
        suffix = f".{name.rpartition('.')[2]}"
        if one.name == name and suffix in TYPES:
            return Response(one.read_bytes(), media_type=TYPES[suffix])
    raise Refusal(404, "there is nothing here")
