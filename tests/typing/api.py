"""The public surface as callers write it. Never run: the type checker reads it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

import seedance_prep as prep


def library_call() -> None:
    request = prep.Request(
        prompt="The surfer of @Image1 moves like @Video1",
        images=["beach.heic", prep.Image("p.png", frame="crop")],
        videos=[prep.Clip("phone.mov", start=3, end=9.5), Path("b.mp4")],
        audio=[prep.Sound("voice.m4a", weight=2)],
        resolution="720p",
        duration="auto",
        aspect_ratio="16:9",
    )
    report = prep.check(request)
    assert_type(report, prep.Report)
    assert_type(report.ok, bool)
    assert_type(report.findings, tuple[prep.Finding, ...])
    ready = prep.fix(request, out="ready/", allow="inventive")
    assert_type(ready, prep.Ready)
    if ready.cost:
        assert_type(ready.cost.high, Decimal)
    with prep.Client() as client:
        assert_type(client.upload(ready), dict[str, Any])
        result = client.generate(ready, max_cost=4.00, on_event=print)
        assert_type(result, prep.Result)
        result.video.save("out.mp4")
        job = client.submit(ready, webhook="https://example.com/done")
        assert_type(job, prep.Job)
        assert_type(job.request_id, str)
        job.status(logs=True)
        job.cancel()
        client.job("request-id").result()


def numbers_of_ones_own(request: prep.Request) -> None:
    report = prep.check(request, profile="own.toml")
    if report.binding:
        assert_type(report.binding.sent, str)
    if report.cost:
        assert_type(report.cost.advice, str | None)
    prep.fix(request, profile=Path("own.toml"))


def what_can_go_wrong(request: prep.Request) -> prep.Report | None:
    try:
        prep.fix(request)
    except prep.UnfixableError as error:
        return error.report
    except prep.MachineError:
        return None
    return None


async def coroutine_call(request: prep.Request) -> None:
    report = await prep.aio.check(request)
    assert_type(report, prep.Report)
    ready = await prep.aio.fix(request, out="ready/")
    async with prep.aio.Client(service="local") as client:
        await client.generate(ready)


def one_line_before(picture: bytes, request: prep.Request) -> None:
    assert_type(
        prep.arguments("{hero}", images={"hero": picture}, videos=[Path("b.mp4")], max_cost=4),
        dict[str, Any],
    )
    prep.arguments(request, service="local")

    def subscribe(application: str, arguments: dict[str, Any], *, interval: float = 0.1) -> str:
        return application

    assert_type(prep.guard(subscribe, max_cost=4)("x", {}, interval=0.2), str)

    @prep.guard(allow="inventive")
    def decorated(application: str, arguments: dict[str, Any]) -> int:
        return 1

    assert_type(decorated("x", {}), int)


async def one_line_before_awaited(picture: bytes) -> None:
    assert_type(await prep.aio.arguments("@Image1", images=[picture]), dict[str, Any])
