"""Routes of what takes time or money: the fix, and the runs."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from .answers import body_of, json_answer
from .office import Office
from .refusal import Refusal


class WorkRoutes:
    """They begin or end work, and tell of it."""

    def __init__(self, office: Office) -> None:
        """``office`` does it."""
        self.mender, self.till = office.mender, office.till

    def routes(self) -> Sequence[Route]:
        """All of them."""
        return [
            Route("/api/fix", self.fix, methods=["POST"]),
            Route("/api/fix/stop", self.stop, methods=["POST"]),
            Route("/api/generate", self.generate, methods=["POST"]),
            Route("/api/generate/stop", self.stop_run, methods=["POST"]),
            Route("/api/runs", self.runs),
            Route("/api/runs/{id}", self.run),
            Route("/api/runs/{id}/resume", self.resume, methods=["POST"]),
            Route("/api/runs/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/api/runs/{id}/video", self.video),
        ]

    async def fix(self, _: Request) -> Response:
        """Begin a fix of the desk."""
        await run_in_threadpool(self.mender.start)
        return json_answer({"fix": self.mender.document()}, 202)

    async def stop(self, _: Request) -> Response:
        """End the fix that runs."""
        await run_in_threadpool(self.mender.stop)
        return json_answer({"fix": self.mender.document()})

    async def generate(self, request: Request) -> Response:
        """Pay for what is ready, once."""
        asked = await body_of(request)
        if asked.get("yes") is not True:
            raise Refusal(400, "this costs money: say yes to agree")
        again = asked.get("again") is True
        await run_in_threadpool(lambda: self.till.send(asked.get("max_cost"), again=again))
        return json_answer({"run": self.till.document()}, 202)

    async def stop_run(self, _: Request) -> Response:
        """Send nothing more, and follow no more."""
        await run_in_threadpool(self.till.stop)
        return json_answer({"run": self.till.document()})

    async def runs(self, _: Request) -> Response:
        """What was sent before."""
        return json_answer({"runs": await run_in_threadpool(self.till.runs)})

    async def run(self, request: Request) -> Response:
        """One of them."""
        return json_answer(await run_in_threadpool(self.till.row, _id(request)))

    async def resume(self, request: Request) -> Response:
        """Take one up again; nothing is paid."""
        await run_in_threadpool(self.till.resume, _id(request))
        return json_answer({"run": self.till.document()}, 202)

    async def cancel(self, request: Request) -> Response:
        """Ask for the end of one."""
        says = await run_in_threadpool(self.till.cancel, _id(request))
        return json_answer({"says": says, "run": self.till.document()})

    async def video(self, request: Request) -> Response:
        """The video that came of one; parts of it, too."""
        known = _id(request)
        path = await run_in_threadpool(self.till.video, known)
        if path is None:
            raise Refusal(404, "the video of that run is not on this machine; resume fetches it")
        kind = "inline" if "download" not in request.query_params else "attachment"
        return FileResponse(path, media_type="video/mp4", filename=f"{known}.mp4",
                            content_disposition_type=kind)  # fmt: skip


def _id(request: Request) -> str:
    return str(request.path_params["id"])
