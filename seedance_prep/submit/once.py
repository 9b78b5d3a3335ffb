"""The one step that costs money: on the ledger before it begins, sent exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from ..core.job import USUAL, Handle, State, Terms
from ..core.request import bare_address
from ..errors import (
    AnswerError,
    LostAnswerError,
    MachineError,
    PendingError,
    PrepError,
    RefusedError,
    StoppedError,
    TwiceError,
    UncertainError,
    UnreachableError,
    UsageError,
    kind_of,
)
from ..patience import pause
from ..telemetry import span
from .advice import Sources
from .ledger import Ledger
from .queue import Queue

DAY = 86_400.0
"""Seconds."""


def submit_once(
    queue: Queue,
    ledger: Ledger,
    run: str,
    endpoint: str,
    payload: Mapping[str, Any],
    *,
    terms: Terms = USUAL,
    sources: Sources | None = None,
    delays: Iterable[float] = (),
) -> Handle:
    """Send the paid request of a run and write down what came of it.

    ``delays`` are seconds between tries to connect; once a byte may have left there is no other
    try. Raises ``UnreachableError`` or ``RefusedError`` when nothing is pending,
    ``UncertainError`` when the service may have the job, ``UsageError`` when the run was sent
    before, the very same request is on its way, or the terms make no sense.
    """
    check_terms(terms)
    try:
        ledger.claim(run, payload, again=terms.again)
    except TwiceError as error:
        ledger.ended(run, State.FAILED, str(error), kind=kind_of(error), charged=False)
        raise

    def send() -> Handle:
        pause(0)  # who has stopped meanwhile does not pay
        ledger.sending(run)
        return queue.submit(endpoint, payload, terms=terms, sources=sources)

    try:
        with span("submit", run=run) as noted:
            handle = _connected(send, delays)
            noted(request_id=handle.request_id)
    except (UnreachableError, RefusedError, StoppedError, MachineError) as error:
        _not_taken(ledger, run, error)
        raise
    except (LostAnswerError, AnswerError) as error:
        raise _uncertain(ledger, run, error) from error
    _written(ledger, run, handle)
    return handle


def _connected(send: Callable[[], Handle], delays: Iterable[float]) -> Handle:
    """Try again only while not a single byte could leave."""
    for delay in delays:
        try:
            return send()
        except UnreachableError:
            pause(delay)
    return send()


def _not_taken(ledger: Ledger, run: str, error: PrepError) -> None:
    """Nothing is pending, which stays true on a disk that is full."""
    charged = error.charged if isinstance(error, RefusedError) else False
    said = f"{error}; nothing is pending"
    with suppress(MachineError):
        ledger.ended(run, State.FAILED, said, kind=kind_of(error), charged=charged)


def _uncertain(ledger: Ledger, run: str, error: Exception) -> UncertainError:
    """The row stays at ``submitting`` when even this cannot be written: that says as much."""
    with suppress(MachineError):
        ledger.ended(run, State.UNCERTAIN, str(error), kind=kind_of(error))
    return UncertainError(
        f"it is unknown whether the service took the job ({error}); do not send it again:"
        f" `seedance-prep resume {run}` looks for it, `seedance-prep runs {run}` shows what was"
        " sent",
        run,
    )


def _written(ledger: Ledger, run: str, handle: Handle) -> None:
    try:
        ledger.submitted(run, handle)
    except MachineError as error:
        raise PendingError(
            f"the service took the job as {handle.request_id}, but that could not be written down"
            f" ({error}); keep the id",
            run,
        ) from error


def check_terms(terms: Terms) -> None:
    """Raise ``UsageError`` for a webhook that is no http(s) URL, or a deadline that is none."""
    seconds, url = terms.start_timeout, terms.webhook
    if seconds is not None and not 1 < seconds < DAY:
        raise UsageError(f"a start timeout is more than 1 s and less than a day, not {seconds:g} s")
    if url is None:
        return
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"the webhook {bare_address(url)!r} is not an http(s) URL")
