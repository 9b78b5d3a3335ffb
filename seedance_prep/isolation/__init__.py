"""Run a function in a process of its own: what falls, hangs or swells there is only told here.

Readers of pictures and containers are C and C++ behind Python, and are fed by strangers. Each call
runs in a fork of a small server that has one thread: that is quick (a few milliseconds), and safe
where forking a caller with threads would not be. The fork has limits on memory and time, opens only
the files that it was given, reaches no network, and is gone afterwards with all that it held. Where
there can be no such server (outside Linux), or with ``SEEDANCE_PREP_SANDBOX=off``, the function
runs in this process.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn, TypeVar

from ..core.decoders import REFUSALS
from ..errors import PrepError, ToolFailedError
from ..private import workroom
from ..process import Bounds, cut, ending
from . import values
from .call import LENGTH, NUMBER, Call, Raised, end
from .parent import Parent

__all__ = ["apart", "largest", "ready"]

T = TypeVar("T")
WHO = ("reader",)
"""What stands for a command in the errors of this room."""
CHUNK = 1 << 16
ANSWER_MAX = 1 << 28
STUMBLES = tuple(kind for kind in REFUSALS if kind is not OSError)
"""What code raises that did not foresee a file."""
GRACE = 5.0
"""Seconds in which a process that was ended is gone."""
FAULTS = frozenset(
    {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)


def ready() -> None:
    """Start the server, which imports for a moment, while the caller does other things."""
    Parent.here()


def largest() -> int:
    """Bytes that the largest fork has held so far, or a child of one; 0 where there are none."""
    server = Parent.here()
    return server.peak if server else 0


def apart(
    function: Callable[..., T],
    *args: object,
    reads: Sequence[Path] = (),
    writes: Sequence[Path] = (),
    bounds: Bounds | None = None,
) -> T:
    """What ``function(*args)``, of a module of this package, returns or raises.

    It may open ``reads``, make and change files in ``writes``, and make temporary files. Raises
    ``ToolFailedError`` when its process fell or hit a bound, and for every exception but those of
    this package and of files.
    """
    server = Parent.here()
    if server is None:
        return _here(function, *args)
    bounds = bounds or Bounds()
    with ExitStack() as stack:
        call = Call(
            function=function,
            args=args,
            folder=str(Path.cwd()),
            limits=bounds.limits(),
            room=_room(stack),
            reads=tuple(str(path.absolute()) for path in reads),
            writes=tuple(str(path.absolute()) for path in writes),
        )
        answer, status = _answered(server, pickle.dumps(call), bounds.seconds)
    if not answer:
        _fallen(status)
    told = values.loaded(answer)
    server.learn(told.imported)
    if told.cut:
        cut()
    server.held(told.peak)
    if told.error:
        raise _rebuilt(told.error)
    value: T = told.value
    return value


def _here(function: Callable[..., T], *args: object) -> T:
    try:
        return function(*args)
    except STUMBLES as error:
        raise _stumbled(type(error), error.args) from error


def _stumbled(kind: type[BaseException], args: Sequence[object]) -> ToolFailedError:
    """A fault of the reader's own, which these bytes have brought to light."""
    if issubclass(kind, MemoryError):
        return ToolFailedError(WHO, "needs more memory than one file may take")
    says = "".join(f": {one}" for one in args[:1] if isinstance(one, str))
    return ToolFailedError(WHO, f"fell over it ({kind.__name__}{says})")


def _room(stack: ExitStack) -> str | None:
    """A folder for temporary files; most work needs none, and some machines have none to give."""
    try:
        return str(stack.enter_context(workroom()))
    except OSError:
        return None


def _answered(server: Parent, call: bytes, seconds: float) -> tuple[bytes, int]:
    """What the fork wrote, or the status that it ended with instead, as of ``waitpid``.

    Raises ``ToolFailedError`` when it took too long.
    """
    with server.forked(call) as answers:
        number = _number(os.read(answers, NUMBER.size))
        with ending(lambda: end(number)):
            data = _whole(answers, time.monotonic() + seconds)
            if data is None:
                end(number)
                _whole(answers, time.monotonic() + GRACE)
                raise ToolFailedError(WHO, f"was ended after {seconds:g} s")
    if len(data) >= LENGTH.size and len(data) >= (whole := _end(data)):
        return data[LENGTH.size : whole], 0
    return b"", _number(data[-NUMBER.size :])


def _end(data: bytes | bytearray) -> int:
    """Where the answer ends that begins with its length."""
    count: int = LENGTH.unpack_from(data)[0]
    return LENGTH.size + count


def _number(data: bytes) -> int:
    """A whole number; the server is gone when there is none."""
    if len(data) < NUMBER.size:
        raise ToolFailedError(WHO, "was ended")
    found: int = NUMBER.unpack(data)[0]
    return found


def _whole(answers: int, until: float) -> bytes | None:
    """All of an answer, or all up to the end of what is none; ``None`` when neither is in time.

    A fork that has answered may take its time to go.
    """
    poll = select.poll()
    poll.register(answers, select.POLLIN)
    data = bytearray()
    while poll.poll(max(0.0, until - time.monotonic()) * 1000):
        part = os.read(answers, CHUNK)
        data += part
        if len(data) > ANSWER_MAX:
            raise ToolFailedError(WHO, f"answered more than {ANSWER_MAX} bytes")
        if not part or (len(data) >= LENGTH.size and len(data) >= _end(data)):
            return bytes(data)
    return None


def _fallen(status: int) -> NoReturn:
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number in FAULTS:
        raise ToolFailedError(WHO, f"fell over it ({signal.Signals(number).name})")
    raise ToolFailedError(WHO, "was ended")


def _rebuilt(raised: Raised) -> BaseException:
    """The exception; its own ``__init__`` may take other arguments than those that it keeps."""
    if not issubclass(raised.kind, PrepError | OSError):
        return _stumbled(raised.kind, raised.args)
    error: BaseException = raised.kind.__new__(raised.kind)
    error.args = raised.args
    error.__dict__.update(raised.state)
    return error
