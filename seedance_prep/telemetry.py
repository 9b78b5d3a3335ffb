"""What is told to those who watch a program run: a log, and a span for each stage.

The log is ``logging``'s, under the name ``seedance_prep``; it says nothing until a program gives it
a handler. Spans are OpenTelemetry's, made when the program that runs has set that up; where nobody
has imported it, nothing of it is imported here either. Both hold counts, seconds, bytes and ids:
no name, path, URL, prompt or key, and of an error only its kind.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from functools import partial, wraps
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from .core.version import __version__
from .errors import kind_of

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

__all__ = ["Noted", "abroad", "carried", "noted", "span"]

P = ParamSpec("P")
Value = TypeVar("Value")
Plain = str | int | float | bool | None
"""What a span may be told; ``None`` is left out."""

NAME = "seedance_prep"
log = logging.getLogger(NAME)
log.addHandler(logging.NullHandler())


class Noted(Protocol):
    """A stage that runs: what is known of it only later is told here."""

    def __call__(self, **facts: Plain) -> None:
        """Add facts."""


@contextmanager
def span(stage: str, **facts: Plain) -> Iterator[Noted]:
    """Tell of a stage while the block runs; spans that begin inside belong to it.

    Not around a ``yield`` of a generator: whoever reads that would stand inside the span.
    """
    with noted(stage, **facts) as one, _current(one.span):
        yield one


@contextmanager
def noted(stage: str, **facts: Plain) -> Iterator[_Stage]:
    """The same for a block that yields: spans that begin inside do not belong to it."""
    tracer = _tracer()
    one = _Stage(stage, tracer.start_span(f"{NAME}.{stage}") if tracer else None)
    one(**facts)
    try:
        yield one
    except BaseException as error:
        one.failed(error)
        raise
    finally:
        one.end()


class _Stage:
    """A stage and its span, if anybody collects them."""

    __slots__ = ("_error", "_facts", "_since", "_stage", "span")

    def __init__(self, stage: str, span: Span | None) -> None:
        self.span = span
        self._stage = stage
        self._facts: dict[str, str | int | float | bool] = {}
        self._error = ""
        self._since = time.monotonic()

    def __call__(self, **facts: Plain) -> None:
        """Add facts."""
        known = {name: value for name, value in facts.items() if value is not None}
        self._facts |= known
        if self.span is not None and known:
            self.span.set_attributes(known)

    def failed(self, error: BaseException) -> None:
        """Keep the kind of an error; its words may hold the name of a file."""
        if isinstance(error, GeneratorExit):  # who reads has gone: nothing failed
            return
        self._error = kind_of(error)
        if self.span is not None:
            from opentelemetry.trace import Status, StatusCode

            self.span.set_attribute("error.type", self._error)
            self.span.set_status(Status(StatusCode.ERROR, self._error))

    def end(self) -> None:
        """Tell the log, and end the span."""
        level = logging.WARNING if self._error else logging.INFO
        if log.isEnabledFor(level):
            said = [f"{name}={value}" for name, value in self._facts.items()]
            end = f"failed ({self._error})" if self._error else "done"
            seconds = time.monotonic() - self._since
            log.log(level, "%s %s in %.3f s%s", self._stage, end, seconds, "".join(
                f", {one}" for one in said))  # fmt: skip
        if self.span is not None:
            self.span.end()


def _tracer() -> Tracer | None:
    """``None`` where nobody collects spans: who has set that up has imported it before."""
    api = sys.modules.get("opentelemetry.trace")
    tracer: Tracer | None = api.get_tracer(NAME, __version__) if api else None
    return tracer


def _current(span: Span | None) -> AbstractContextManager[object]:
    if span is None:
        return nullcontext()
    from opentelemetry.trace import use_span

    return use_span(span, record_exception=False, set_status_on_exception=False)


# Into other threads and processes ----------------------------------------------------------------


def carried(call: Callable[P, Value]) -> Callable[P, Value]:
    """A call that has, in whatever thread, the context of the one that asks for it here."""
    context = copy_context()

    @wraps(call)
    def inside(*args: P.args, **kwargs: P.kwargs) -> Value:
        return context.copy().run(call, *args, **kwargs)

    return inside


def abroad(call: Callable[P, Value]) -> Callable[P, Value]:
    """A call, which a module holds, whose spans belong to the current one in another process."""
    if "opentelemetry.trace" not in sys.modules:
        return call
    from opentelemetry.propagate import inject

    headers: dict[str, str] = {}
    inject(headers)
    return partial(_arrived, headers, call) if headers else call


def _arrived(
    headers: Mapping[str, str], call: Callable[P, Value], *args: P.args, **kwargs: P.kwargs
) -> Value:
    """Call in the context that ``headers`` came from, where this process collects spans."""
    if "opentelemetry.trace" not in sys.modules:
        return call(*args, **kwargs)
    from opentelemetry import context
    from opentelemetry.propagate import extract

    token = context.attach(extract(headers))
    try:
        return call(*args, **kwargs)
    finally:
        context.detach(token)
