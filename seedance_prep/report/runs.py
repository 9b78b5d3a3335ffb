"""Runs of the ledger, for people and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.run import Run, Sent
from ..core.units import usd
from .text import shown


def listing(runs: Sequence[Run]) -> str:
    """One line each, newest first."""
    if not runs:
        return "no runs yet; `seedance-prep generate` makes one"
    return "\n".join(_line(run) for run in runs)


def _line(run: Run) -> str:
    price = f"{usd(run.low)} to {usd(run.high)}" if run.low and run.high else "price unknown"
    made = f"  {shown(run.saved.rsplit('/', 1)[-1])}" if run.saved else ""
    return f"{run.id:18} {run.created:%Y-%m-%d %H:%M}  {run.state.value:10} {price}{made}"


def page(run: Run, near: Callable[[str], str]) -> str:
    """Everything about one run; ``near`` says a path from where the reader stands."""
    lines = [_line(run), f"endpoint  {run.endpoint}", f"service   {shown(run.service)}"]
    if run.handle:
        lines.append(f"request   {run.handle.request_id}")
    if run.error:
        lines.append(f"error     {shown(run.error)}")
    lines += [line for sent in run.assets for line in _sent(sent)]
    if run.saved:
        lines.append(f"saved     {shown(near(run.saved))}")
    return "\n".join(lines)


def _sent(sent: Sent) -> list[str]:
    name = shown(sent.source.rsplit("/", 1)[-1])
    lines = [f"{sent.ref:9} {name} ({sent.action}, {sent.bytes} bytes)"]
    lines.append(f"{'':9} sha256 {sent.sent_sha256}")
    return lines + ([f"{'':9} {sent.url}"] if sent.url else [])


def document(run: Run) -> dict[str, Any]:
    """A run for JSON. Paths stay in the ledger: only the names of the files go out."""
    return {
        "run": run.id,
        "created": run.created.isoformat(),
        "updated": run.updated.isoformat(),
        "state": run.state.value,
        "endpoint": run.endpoint,
        "service": run.service,
        "request_id": run.handle.request_id if run.handle else None,
        "low": float(run.low) if run.low is not None else None,
        "high": float(run.high) if run.high is not None else None,
        "payload": dict(run.payload) if run.payload else None,
        "output": dict(run.result) if run.result else None,
        "saved": run.saved.rsplit("/", 1)[-1] if run.saved else None,
        "error": run.error,
        "assets": [
            {
                "ref": sent.ref,
                "sha256": sent.source_sha256,
                "sent_sha256": sent.sent_sha256,
                "action": sent.action,
                "bytes": sent.bytes,
                "url": sent.url,
            }
            for sent in run.assets
        ],
    }
