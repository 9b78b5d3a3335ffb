"""A batch from its manifest to its summary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..choices import Options, need_sendable
from ..client import Client
from ..core.foreign import compact
from ..core.version import __version__
from ..errors import UsageError
from ..executors import Kind
from ..executors import opened as executor
from ..storage import is_store
from ..submit.ledger import home
from . import manifest
from .flow import Flow
from .job import Wishes
from .journal import Journal
from .line import Action, Line, Outcome
from .results import Tally, record
from .sender import Sender

JOURNAL = "batch.sqlite"
Written = Callable[[dict[str, Any]], None]
"""Takes one object of the results."""
Seen = Callable[[Tally], None]
"""Hears of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What shall be done, with what, and how."""

    manifest: str
    action: Action
    out: str | None = None
    """Folder of outputs and journal; a check keeps its journal among the user's data."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What a line asks for that does not say so itself: prompt, endpoint, parameters."""
    options: Options = field(default_factory=Options)
    kind: Kind = Kind.THREADS
    jobs: int | None = None
    scheduler: str | None = None
    workers: int | None = None
    again: bool = False
    """Do every line anew; what was paid stays paid."""
    cached: bool = True
    max_failures: int | None = None
    max_cost: Decimal | None = None
    gap: float = 0.0
    """Seconds between two lines that are sent."""


def run(
    batch: Batch, written: Written, seen: Seen, client: Client | None = None
) -> tuple[Tally, Outcome | None]:
    """Do a batch, or go on with it; its counts, and why it ended early, if it did.

    ``client`` sends. Raises ``UsageError`` for a manifest that cannot be read, or a batch that
    another process works on.
    """
    with ExitStack() as stack:
        lines = stack.enter_context(manifest.opened(batch.manifest))
        journal = Journal(_journal(batch))
        stack.callback(journal.close)
        journal.begin()
        if batch.again:
            journal.forget()
        crew = stack.enter_context(
            executor(batch.kind, batch.jobs, scheduler=batch.scheduler, workers=batch.workers)
        )
        tally = Tally(batch.action, manifest.counted(batch.manifest))

        def told(line: Line, outcome: Outcome, kept: bool) -> None:
            tally.count(line, outcome, kept)
            written(record(line, outcome, kept))
            seen(tally)

        flow = Flow(_wishes(batch), journal, crew, told, _sender(batch, client, journal))
        flow.run(_whole(lines, batch.defaults))
        written(tally.document(flow.halted))
        return tally, flow.halted


def _whole(lines: manifest.Coming, defaults: Mapping[str, Any]) -> manifest.Coming:
    """The lines with what they leave to the batch."""
    for line in lines:
        yield line and replace(line, document={**defaults, **line.document})


def _sender(batch: Batch, client: Client | None, journal: Journal) -> Sender | None:
    if not batch.action.sends:
        return None
    assert client is not None
    need_sendable(batch.options.profile)
    client.need_key()
    client.ledger.need_room()
    return Sender(client, journal.batch, batch.action, most=batch.max_cost, gap=batch.gap)


def _journal(batch: Batch) -> Path:
    if batch.out is not None:
        if is_store(batch.out):
            raise UsageError(f"--out {batch.out} is in a store; a batch needs a folder")
        return Path(batch.out) / JOURNAL
    if batch.action is not Action.CHECK:
        raise UsageError("--out DIR is needed: there the files go")
    name = hashlib.sha256(str(Path(batch.manifest).absolute()).encode()).hexdigest()[:16]
    return home() / "batches" / f"{name}.sqlite"


def _wishes(batch: Batch) -> Wishes:
    options = replace(batch.options, jobs=1)  # lines are worked on side by side instead
    name = batch.manifest
    return Wishes(
        action=batch.action,
        options=options,
        how=_how(batch.action, options),
        beside=Path() if name == "-" else Path(name).parent,
        out=Path(batch.out or ".").absolute(),
        shown=batch.out or ".",
        cached=batch.cached,
        max_failures=batch.max_failures,
    )


def _how(action: Action, options: Options) -> str:
    """The same for the same rules, whoever runs them."""
    said = {
        "action": action.value,
        "version": __version__,
        "allow": options.allow.label,
        "mend": options.mend.value,
        "tolerant": options.tolerant,
        "verify": options.verify and options.verify.value,
        "profile": repr(options.profile) if options.profile else None,
    }
    return hashlib.sha256(compact(said)).hexdigest()[:16]
