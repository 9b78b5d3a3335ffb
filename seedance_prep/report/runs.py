"""Runs of the ledger, for people and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PureWindowsPath
from typing import Any

from ..core.job import State
from ..core.request import PARAMETERS, without_secrets
from ..core.run import Run, Sent
from ..core.units import usd
from .text import shown

CHARGED = {True: "yes", False: "no", None: "unknown"}
_ON_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
NEXT = {
    State.SUBMITTING: "`seedance-prep resume {}` looks whether the service has it",
    State.UNCERTAIN: "`seedance-prep resume {}` looks whether the service has it",
    State.SUBMITTED: "`seedance-prep resume {}` follows it and fetches its video",
    State.CANCELLED: "`seedance-prep resume {}` says whether it ended before it heard of that",
}
"""What to do about a run whose end is not known."""


def listing(runs: Sequence[Run]) -> str:
    """One line each, newest first."""
    if not runs:
        return "no runs yet; `seedance-prep generate` makes one"
    return "\n".join(_line(run) for run in runs)


def _line(run: Run) -> str:
    price = f"{usd(run.low)} to {usd(run.high)}" if run.low and run.high else "price unknown"
    made = f"  {shown(bare_name(run.saved))}" if run.saved else ""
    return f"{run.id:18} {run.created:%Y-%m-%d %H:%M}  {run.state.value:10} {price}{made}"


def page(run: Run, near: Callable[[str], str]) -> str:
    """Everything about one run; ``near`` says a path from where the reader stands."""
    rows = [f"{name:9} {text}" for name, text in _rows(run, near)]
    files = [line for sent in run.assets for line in _sent(sent)]
    return "\n".join([_line(run), *rows, *files])


def _rows(run: Run, near: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    yield "endpoint", run.endpoint
    yield "service", shown(run.service)
    if asked := _asked(run.request):
        yield "asked", asked
    if prompt := run.request.get("prompt"):
        yield "prompt", shown(str(prompt))
    if run.terms.webhook:
        yield "webhook", shown(without_secrets(run.terms.webhook))
    if run.sent_at:
        yield "sent", f"{run.sent_at:%Y-%m-%d %H:%M:%S} UTC"
    if run.handle:
        yield "request", run.handle.request_id
    yield "charged", CHARGED[run.charged if run.sent_at else False]
    if run.error:
        yield "error", shown(run.error) + (f" [{shown(run.kind)}]" if run.kind else "")
    if url := _video(run.result):
        yield "video", shown(url)
    if run.saved:
        yield "saved", shown(near(run.saved))
    if run.state in NEXT and (run.sent_at or run.state is not State.CANCELLED):
        yield "next", NEXT[run.state].format(run.id)


def _asked(request: Mapping[str, Any]) -> str:
    """The parameters; a ledger's older rows hold them one level deeper."""
    held = {**request, **request.get("parameters", {})}
    return ", ".join(f"{name} {shown(str(held[name]))}" for name in PARAMETERS if name in held)


def _video(result: Mapping[str, Any] | None) -> str | None:
    video = result.get("video") if result else None
    url = video.get("url") if isinstance(video, dict) else None
    return url if isinstance(url, str) else None


def _sent(sent: Sent) -> Iterator[str]:
    yield f"{sent.ref:9} {shown(bare_name(sent.source))} ({sent.action}, {sent.bytes} bytes)"
    if sent.operations:
        yield f"{'':9} {shown('; '.join(sent.operations))}"
    if sent.source_sha256 and sent.source_sha256 != sent.sent_sha256:
        yield f"{'':9} sha256 {sent.source_sha256} before"
    yield f"{'':9} sha256 {sent.sent_sha256} as sent"
    if sent.url:
        until = f" (until {sent.expires:%Y-%m-%d %H:%M} UTC)" if sent.expires else ""
        yield f"{'':9} {shown(sent.url)}{until}"


def document(run: Run) -> dict[str, Any]:
    """A run for JSON. Paths stay in the ledger: only the names of the files go out."""
    return {
        "run": run.id,
        "created": run.created.isoformat(),
        "updated": run.updated.isoformat(),
        "state": run.state.value,
        "endpoint": run.endpoint,
        "service": run.service,
        "request": _request(run.request),
        "request_id": run.handle.request_id if run.handle else None,
        "low": float(run.low) if run.low is not None else None,
        "high": float(run.high) if run.high is not None else None,
        "sent_at": _time(run.sent_at),
        "charged": run.charged,
        "webhook": without_secrets(run.terms.webhook) if run.terms.webhook else None,
        "payload": dict(run.payload) if run.payload else None,
        "output": dict(run.result) if run.result else None,
        "saved": bare_name(run.saved) if run.saved else None,
        "error": run.error,
        "kind": run.kind,
        "assets": [_asset(sent) for sent in run.assets],
    }


def _asset(sent: Sent) -> dict[str, Any]:
    return {
        "ref": sent.ref,
        "source": bare_name(sent.source),
        "sha256": sent.source_sha256,
        "sent_sha256": sent.sent_sha256,
        "action": sent.action,
        "operations": list(sent.operations),
        "bytes": sent.bytes,
        "url": sent.url,
        "expires": _time(sent.expires),
    }


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request document with the names of its files only."""
    assets = [
        one if isinstance(one, dict) else {"source": one} for one in request.get("assets", [])
    ]
    named = [one | {"source": bare_name(str(one["source"]))} for one in assets]
    return {**request, "assets": named}


def bare_name(path: str) -> str:
    """The last part of a path, or of a URL without its query, which may hold a secret."""
    if "://" in path:
        return path.partition("?")[0].rsplit("/", 1)[-1]
    return PureWindowsPath(path).name if _ON_WINDOWS.match(path) else path.rsplit("/", 1)[-1]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
