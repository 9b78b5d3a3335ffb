"""The application: all routes, the page itself, and every fault as one sentence."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import PrepError
from .answers import Words, refused
from .desk_routes import DeskRoutes
from .office import Office
from .refusal import Refusal
from .view_routes import ViewRoutes
from .work_routes import WorkRoutes

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What the page is made of."""


def application(office: Office, words: Words) -> Starlette:
    """What is behind the guard; ``words`` keeps this machine's places out of the errors."""

    async def prep_error(_: Request, error: PrepError) -> Response:
        return words.refused(error)

    async def refusal(_: Request, error: Refusal) -> Response:
        return refused(error)

    handlers: Any = {PrepError: prep_error, Refusal: refusal, 404: _missing, 405: _missing,
                     500: _fault}  # fmt: skip
    groups = (DeskRoutes(office), ViewRoutes(office), WorkRoutes(office))
    routes = [route for group in groups for route in group.routes()]
    page = [Route("/", partial(_page, "index.html")), Route("/{name}", _static)]
    return Starlette(routes=[*routes, *page], exception_handlers=handlers)


async def _missing(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    says = "there is nothing here" if status == 404 else f"{request.method} is not taken here"
    return JSONResponse({"error": says}, status_code=status)


async def _fault(_: Request, error: Exception) -> Response:
    says = f"internal error ({type(error).__name__}); nothing was sent. Please report it"
    return JSONResponse({"error": says}, status_code=500)


async def _static(request: Request) -> Response:
    return await _page(request.path_params["name"], request)


async def _page(name: str, _: Request) -> Response:
    """A file of the page, by a name that it has; nothing else can be named."""
    suffix = f".{name.rpartition('.')[2]}"
    for one in files(__package__).joinpath("page").iterdir():
        if one.name == name and suffix in TYPES:
            return Response(one.read_bytes(), media_type=TYPES[suffix])
    raise Refusal(404, "there is nothing here")
