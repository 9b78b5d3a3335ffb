"""The server as a program of its own: waits for calls, and forks for each. It has one thread."""

from __future__ import annotations

import gc
import importlib
import io
import os
import pickle
import resource
import selectors
import signal
import socket
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .. import process, sandbox
from .call import LENGTH, NUMBER, Answer, Call, Raised, end

NEEDED = ("PIL.Image", "pymediainfo", "seedance_prep.probe.pillow", "seedance_prep.probe.video")
"""Imported by the server, so that no fork needs to."""
ROOTS = frozenset({"seedance_prep", "PIL", "pillow_heif", "pymediainfo", "imageio_ffmpeg"})
MESSAGE = 1 << 16
SILENCE = (
    b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\2\0\0\0\0\0"
)
"""The smallest sound there is."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A process that is at work."""

    number: int
    answer: int
    """Where its status is written when it has ended."""


def serve(number: int) -> None:
    """Until the other end is closed; then nothing of this is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    door = socket.socket(fileno=number)
    gc.disable()  # what a fork throws away goes with it
    _import(NEEDED)
    _load()
    _home()
    chooser = selectors.DefaultSelector()
    chooser.register(door, selectors.EVENT_READ)
    while True:
        for key, _ in chooser.select():
            if key.fileobj is not door:
                chooser.unregister(key.fileobj)
                _ended(key.fd, key.data)
            elif not _begun(door, chooser):
                return _left(chooser)


def _begun(door: socket.socket, chooser: selectors.BaseSelector) -> bool:
    """Fork for a call; whether there was one."""
    message, held, _, _ = socket.recv_fds(door, MESSAGE, 2)
    if not message:
        return False
    _import(message.decode().split()[1:])
    told, answer = held
    child = os.fork()
    if not child:
        door.close()
        others = [key.data.answer for key in chooser.get_map().values() if key.data]
        for descriptor in others:
            os.close(descriptor)
        _work(told, answer)
    os.close(told)
    chooser.register(os.pidfd_open(child), selectors.EVENT_READ, Fork(child, answer))
    return True


def _load() -> None:
    """MediaInfo's library and its tables, once for all forks."""
    from pymediainfo import MediaInfo

    if MediaInfo.can_parse():
        MediaInfo.parse(io.BytesIO(SILENCE), output="JSON")


def _import(modules: Iterable[str]) -> None:
    """Those of this package and its readers; a fork that fell into wrong hands may name others."""
    for name in (name for name in modules if name.partition(".")[0] in ROOTS):
        with suppress(ImportError):
            importlib.import_module(name)


def _ended(descriptor: int, fork: Fork) -> None:
    os.close(descriptor)
    end(fork.number)  # with whatever it had started, while its number is still its own
    _, status = os.waitpid(fork.number, 0)
    with suppress(BrokenPipeError):
        os.write(fork.answer, NUMBER.pack(status))
    os.close(fork.answer)


def _left(chooser: selectors.BaseSelector) -> None:
    for key in chooser.get_map().values():
        if key.data:
            end(key.data.number)


def _work(told: int, answer: int) -> None:
    """Never returns: the fork ends here."""
    try:
        os.setsid()
        with open(answer, "wb") as out:
            out.write(NUMBER.pack(os.getpid()))
            out.flush()
            with open(told, "rb") as file:
                call: Call = pickle.load(file)  # noqa: S301 - of the program that started this
            data = _answer(call)
            out.write(LENGTH.pack(len(data)) + data)
    finally:
        os._exit(0)


def _shut(call: Call) -> None:
    gc.freeze()
    os.chdir(call.folder)
    sandbox.limited(call.limits)
    process.inherit()
    tempfile.tempdir = call.room
    rooms = [call.room] if call.room else []
    sandbox.layers([*call.reads, *modules()], [*call.writes, *rooms])


def _answer(call: Call) -> bytes:
    known = set(sys.modules)
    with process.whole() as cut:
        try:
            _shut(call)
            value, raised = call.function(*call.args), None
        except BaseException as error:  # noqa: BLE001 - travels, and is raised again there
            value, raised = None, Raised(kind=type(error), args=error.args, state=error.__dict__)
    imported = tuple(sorted(set(sys.modules) - known))
    return pickle.dumps(
        Answer(value=value, error=raised, cut=cut.is_set(), imported=imported, peak=_peak())
    )


def _peak() -> int:
    whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return max(resource.getrusage(one).ru_maxrss for one in whose) << 10


@cache
def _home() -> tuple[Path, ...]:
    """Asked for once, and before any fork: who asks without ``HOME`` reads the list of accounts."""
    try:
        return (Path.home(),)
    except RuntimeError:  # a user without a home
        return ()


def modules() -> list[str]:
    """Where modules may still be imported from: not from folders that people keep files in."""
    kept = {Path("/"), Path.cwd(), *_home()}
    package = Path(__file__).resolve().parents[1]
    found = [Path(place) for place in sys.path if place]
    fit = [place for place in found if not any(place in (one, *one.parents) for one in kept)]
    return [str(package), *map(str, fit), sys.prefix, sys.base_prefix]
