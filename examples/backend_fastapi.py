"""A back end that checks and mends what strangers send. Run it with

uvicorn examples.backend_fastapi:app

POST /check (files, prompt) says what the endpoint would refuse, and what a video would cost;
POST /fix (one file) gives back a copy that complies. Nothing is sent anywhere, and nothing kept.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Form, HTTPException, UploadFile
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

import seedance_prep as prep

FILE_MAX = 200 << 20
"""Bytes of one upload: a stranger's disk is larger than yours."""
FILES_MAX = 15
AT_ONCE = asyncio.Semaphore(2)
"""Requests worked on at a time: each may keep every processor busy. The others wait."""


def application(file_max: int = FILE_MAX) -> FastAPI:
    """An app that takes files of so many bytes."""
    app = FastAPI()

    @app.post("/check")
    async def check(files: list[UploadFile], prompt: Annotated[str | None, Form()] = None) -> Any:  # noqa: ANN401
        """What is wrong, in words for the sender; the price of what ``fix`` would make of it."""
        with tempfile.TemporaryDirectory() as folder:
            assets = await laid(files, Path(folder), file_max)
            async with turn():
                report = await prep.aio.check(prep.Request(prompt=prompt, assets=assets))
        cost = report.cost
        usd = [float(cost.low), float(cost.high)] if cost else None
        return {"ok": report.ok, "findings": told(report), "usd": usd}

    @app.post("/fix")
    async def fix(file: UploadFile) -> FileResponse:
        """The file as the endpoint takes it; 422 with the findings when it cannot be mended."""
        kept = tempfile.TemporaryDirectory()  # until the answer has gone out
        try:
            assets = await laid([file], Path(kept.name), file_max)
            async with turn():
                ready = await prep.aio.fix(prep.Request(assets=assets), Path(kept.name) / "ready")
        except prep.UnfixableError as error:
            kept.cleanup()
            raise HTTPException(422, told(error.report)) from error
        except BaseException:
            kept.cleanup()
            raise
        made = ready.outputs[0].path
        return FileResponse(made, filename=made.name, background=BackgroundTask(kept.cleanup))

    return app


async def laid(files: list[UploadFile], folder: Path, file_max: int) -> list[prep.Asset]:
    """Uploads as assets: names are taken for the prompt only, never for a path."""
    if len(files) > FILES_MAX:
        raise HTTPException(413, f"at most {FILES_MAX} files")
    assets = []
    for number, file in enumerate(files):
        place = folder / f"{number}"
        with place.open("xb") as target:
            while chunk := await file.read(1 << 20):
                if target.tell() + len(chunk) > file_max:
                    raise HTTPException(413, f"at most {file_max:,} bytes a file")
                target.write(chunk)
        assets.append(prep.Asset(str(place), f"file{number + 1}"))
    return assets


def told(report: prep.Report) -> list[dict[str, str | None]]:
    """The findings without the paths of this machine."""
    return [
        {"level": one.level.value, "code": one.code, "ref": one.ref, "message": one.message}
        for one in report.findings
    ]


@asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """Wait for a turn, and answer 503 rather than keep a sender waiting for ever."""
    try:
        await asyncio.wait_for(AT_ONCE.acquire(), 30)
    except TimeoutError:
        raise HTTPException(503, "busy; try again in a minute") from None
    try:
        yield
    finally:
        AT_ONCE.release()


app = application()
