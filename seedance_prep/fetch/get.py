"""One file over http(s): every hop judged, every byte counted."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from io import FileIO
from pathlib import Path

from ..core.media import Fault, Problem
from ..core.units import MB, megabytes
from ..errors import LostAnswerError, MachineError, UnreachableError
from ..patience import Timeouts, pause
from ..visit import Place, place, visit
from ..wire import Incoming
from .addresses import vetted
from .faults import UnfetchableError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
YOURSELF = "download it yourself and give the file"
ADDRESSES = 4
"""Addresses of one host that are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one URL may use up."""

    bytes: int = 200 * MB
    redirects: int = 5
    timeouts: Timeouts = field(default_factory=lambda: Timeouts(connect=10, read=20, total=300))
    """``total`` is for all hops together; looking up names is bounded by the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Getter:
    """How URLs are fetched: within which bounds, and from which addresses."""

    allowed: Callable[[str], bool]
    bounds: Bounds = field(default_factory=Bounds)

    def get(self, url: str, folder: Path) -> Path | Problem:
        """The bytes of a URL in a private file in ``folder``; on a problem nothing is left there.

        Raises ``MachineError`` when the file cannot be written, ``StoppedError`` when told to stop.
        """
        with ExitStack() as undo:
            with _disk():
                handle, name = tempfile.mkstemp(prefix="fetched-", dir=folder)
            path = Path(name)
            undo.callback(path.unlink)
            try:
                self._fill(handle, url)
            except UnfetchableError as error:
                return error.problem
            except LostAnswerError as error:
                return Problem(fault=Fault.DAMAGED, says=f"was not fetched whole: {error}")
            undo.pop_all()
            return path

    def _fill(self, handle: int, url: str) -> None:
        have = 0
        with os.fdopen(handle, "wb", buffering=0) as file, ExitStack() as open_hop:
            for chunk in self._arrived(url, open_hop).chunks():
                pause(0)
                have += len(chunk)
                if have > self.bounds.bytes:
                    raise self._too_large()
                _write(file, chunk)

    def _arrived(self, url: str, open_hop: ExitStack) -> Incoming:
        """The answer at the end of all redirects."""
        end = time.monotonic() + self.bounds.timeouts.total
        try:
            here = _judged(place(url))
            for _ in range(self.bounds.redirects + 1):
                incoming = self._opened(here, end, open_hop)
                if incoming.status not in REDIRECTS:
                    return self._accepted(incoming, here)
                here = _onward(incoming, here)
                open_hop.close()
        except (UnreachableError, LostAnswerError) as error:
            raise UnfetchableError(Fault.MISSING, f"cannot be fetched: {error}") from error
        says = f"cannot be fetched: it is redirected more than {self.bounds.redirects} times"
        raise UnfetchableError(Fault.MISSING, says)

    def _opened(self, here: Place, end: float, open_hop: ExitStack) -> Incoming:
        """The answer from the first address that can be reached."""
        addresses = vetted(here.host, self.allowed)[:ADDRESSES]
        for address in addresses[:-1]:
            with suppress(UnreachableError):
                return open_hop.enter_context(visit(here, address, self._left(end)))
        return open_hop.enter_context(visit(here, addresses[-1], self._left(end)))

    def _left(self, end: float) -> Timeouts:
        whole, left = self.bounds.timeouts, end - time.monotonic()
        if left <= 0:
            raise LostAnswerError(f"it took longer than {whole.total:g} s")
        return replace(whole, connect=min(whole.connect, left), total=left)

    def _accepted(self, incoming: Incoming, here: Place) -> Incoming:
        if incoming.status != HTTPStatus.OK:
            says = f"cannot be fetched: {here.shown} answers {_status(incoming.status)}"
            raise UnfetchableError(Fault.MISSING, says, _remedy(incoming.status))
        if incoming.headers.get("content-encoding", "identity").lower() != "identity":
            says = f"was not fetched: {here.shown} sends it compressed, which nobody asked for"
            raise UnfetchableError(Fault.DAMAGED, says, YOURSELF)
        if (incoming.length or 0) > self.bounds.bytes:
            raise self._too_large()
        return incoming

    def _too_large(self) -> UnfetchableError:
        most = megabytes(self.bounds.bytes)
        return UnfetchableError(Fault.TOO_LARGE, f"was not fetched: it has more than {most}")


def _judged(here: Place) -> Place:
    if here.scheme not in {"http", "https"}:
        says = f"was not fetched: it leads to {here.scheme}:, and only http and https are followed"
        raise UnfetchableError(Fault.MISSING, says)
    if here.login:
        says = f"was not fetched: the URL holds a login for {here.shown}, and none is ever sent"
        raise UnfetchableError(Fault.MISSING, says, YOURSELF)
    return here


def _onward(incoming: Incoming, here: Place) -> Place:
    location = incoming.headers.get("location")
    if not location:
        says = f"cannot be fetched: {here.shown} redirects without saying where to"
        raise UnfetchableError(Fault.MISSING, says)
    onward = _judged(place(location, here.url))
    if here.scheme == "https" and onward.scheme != "https":
        says = f"was not fetched: {here.shown} leads to a place without encryption"
        raise UnfetchableError(Fault.MISSING, says)
    return onward


def _status(status: int) -> str:
    """``404 (Not Found)``."""
    known = {one.value: f"{one.value} ({one.phrase})" for one in HTTPStatus}
    return known.get(status, str(status))


def _remedy(status: int) -> str | None:
    """What else than a correct address helps."""
    if status in {401, 403}:
        return f"give a URL that needs no login, or {YOURSELF}"
    return f"try again later, or {YOURSELF}" if status >= 500 or status == 429 else None


def _write(file: FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    with _disk():
        while rest:
            rest = rest[file.write(rest) :]


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"what is fetched cannot be written: {error.strerror}") from error
