"""Routes of what is seen and taken away: pictures, finished files, the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from ..core.media import Media
from ..core.outcome import Report
from ..errors import UsageError
from . import paper
from .answers import json_answer
from .office import Office
from .refusal import Refusal
from .views import FRAMES_MAX, POINTS_MAX

FOR_GOOD = {"cache-control": "private, max-age=3600"}
"""The bytes of a file on the desk never change."""
APART = {
    "content-security-policy": "sandbox allow-scripts allow-popups; frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
}
"""The report has scripts of its own: it may run them, but is no part of this origin."""
JOBS = 2


class ViewRoutes:
    """They change nothing."""

    def __init__(self, office: Office) -> None:
        """``office`` has the files."""
        self.bench, self.mender = office.bench, office.mender
        self.gallery, self.till = office.gallery, office.till

    def routes(self) -> Sequence[Route]:
        """All of them."""
        return [
            Route("/api/assets/{id}/thumb.jpg", self.thumb),
            Route("/api/assets/{id}/strip.jpg", self.strip),
            Route("/api/assets/{id}/wave.json", self.wave),
            Route("/api/outputs/{ref}/file", self.file),
            Route("/api/outputs/{ref}/frame.jpg", self.frame),
            Route("/api/set.zip", self.archive),
            Route("/api/report.html", self.report),
        ]

    async def thumb(self, request: Request) -> Response:
        """A picture of a file."""
        return await self._pictured(request, self.gallery.thumb)

    async def strip(self, request: Request) -> Response:
        """Frames of a whole clip, side by side."""
        count = _whole(request, "frames", 10, FRAMES_MAX)
        return await self._pictured(request, lambda media: self.gallery.strip(media, count))

    async def wave(self, request: Request) -> Response:
        """How loud a file is."""
        media, points = self._media(request), _whole(request, "points", 300, POINTS_MAX)
        heights = await run_in_threadpool(self.gallery.wave, media, points)
        duration = getattr(media.facts, "duration", None)
        return json_answer({"duration": duration, "heights": heights})

    async def file(self, request: Request) -> Response:
        """A finished file; parts of it, too."""
        made = self.mender.output(request.path_params["ref"])
        if not made.path.is_file():
            raise Refusal(404, f"{made.path.name} is gone; fix again")
        kind = "inline" if "download" not in request.query_params else "attachment"
        return FileResponse(made.path, filename=made.path.name, content_disposition_type=kind)

    async def frame(self, request: Request) -> Response:
        """The same instant before and after the fix."""
        made, at = self.mender.output(request.path_params["ref"]), _seconds(request)
        before, start = made.media, made.window.start if made.window else 0.0
        picture = partial(self.gallery.shot, close="close" in request.query_params)
        shot = partial(picture, made.facts, made.path, (made.sha256,), at)
        if request.query_params.get("side") == "before":
            shot = partial(picture, before.facts, before.path, before.stamp, start + at)
        return _picture(await run_in_threadpool(shot), {})

    async def archive(self, _: Request) -> Response:
        """All finished files."""
        outputs = self.mender.outputs()
        if not outputs:
            raise Refusal(404, "nothing is fixed yet; press fix first")
        try:
            held = await run_in_threadpool(paper.archive, outputs)
        except OSError as error:
            raise Refusal(507, f"the files cannot be packed: {error.strerror}") from None
        headers: dict[str, Any] = {"content-disposition": 'attachment; filename="seedance-set.zip"'}
        return StreamingResponse(paper.chunks(held), media_type="application/zip", headers=headers)

    async def report(self, _: Request) -> Response:
        """The page about the fix, or about the desk as it would be fixed."""
        page = await run_in_threadpool(self._page)
        return HTMLResponse(page, headers=APART)

    def _page(self) -> str:
        fix = self.mender.fix
        made = fix.report if fix and self.mender.fresh(fix) else None
        report: Report = made or self.bench.judged().report
        return paper.page(report, JOBS, self.till.run_of(report))

    async def _pictured(self, request: Request, make: Callable[[Media], bytes | None]) -> Response:
        try:
            media = self._media(request)
        except Refusal:  # taken away while the page drew it
            return _picture(None, {})
        return _picture(await run_in_threadpool(make, media), FOR_GOOD)

    def _media(self, request: Request) -> Media:
        piece = self.bench.desk.piece(request.path_params["id"])
        if piece.media is None or piece.media.facts is None:
            raise Refusal(404, "nothing is known of that file (yet)")
        return piece.media


def _picture(data: bytes | None, headers: dict[str, str]) -> Response:
    if data is None:  # no fault of the page, which asks before anybody has looked
        return Response(status_code=204)
    return Response(data, media_type="image/jpeg", headers=headers)


def _whole(request: Request, name: str, usual: int, most: int) -> int:
    given = request.query_params.get(name, str(usual))
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= most):
        raise UsageError(f"{name} is a whole number from 1 to {most}")
    return int(given)


def _seconds(request: Request) -> float:
    try:
        at = float(request.query_params.get("at", "0"))
    except ValueError:
        at = -1.0
    if not 0 <= at < 1e6:
        raise UsageError("at is a number of seconds")
    return at
