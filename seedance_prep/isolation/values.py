"""Read what a fork answers, as values alone: whoever took it over must not reach further."""

from __future__ import annotations

import builtins
import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from pickle import UnpicklingError
from pickletools import genops

from ..errors import ToolFailedError
from .call import Answer, Raised

OTHERS = frozenset(
    {("fractions", "Fraction"), ("pathlib", "PosixPath"), ("pathlib._local", "PosixPath"),
     ("builtins", "frozenset"), ("builtins", "set"), ("decimal", "Decimal")}
)  # fmt: skip
"""Values of Python's own library; nothing that acts when it is made."""

SWELLING = frozenset({"PUT", "LONG_BINPUT"})
"""Steps of old protocols, which make room for as many values as they name: gigabytes at once."""
BROKEN = (UnpicklingError, EOFError, ImportError, AttributeError, TypeError, ValueError,
          OverflowError, MemoryError, LookupError)  # fmt: skip
"""What comes of bytes that are no pickle, or a wrong one."""


class _Values(pickle.Unpickler):
    """Makes records, enumerations and exceptions, and never calls a function."""

    def find_class(self, module: str, name: str) -> type:
        """The class of a value. Raises ``UnpicklingError`` for whatever else is named."""
        if "." not in name and (module == "builtins" or module.split(".")[0] == "seedance_prep"):
            found = getattr(builtins if module == "builtins" else import_module(module), name, None)
            if isinstance(found, type) and _is_value(found):
                return found
        if (module, name) in OTHERS:
            found = getattr(import_module(module), name)
            assert isinstance(found, type)
            return found
        raise UnpicklingError(f"{module}.{name} is no value")


def _is_value(found: type) -> bool:
    return is_dataclass(found) or issubclass(found, Enum | BaseException)


def loaded(data: bytes) -> Answer:
    """The answer in ``data``. Raises ``ToolFailedError`` when it holds anything but values."""
    try:
        if any(step.name in SWELLING for step, _, _ in genops(data)):
            raise UnpicklingError("it numbers its values itself")
        answer = _Values(io.BytesIO(data)).load()
    except BROKEN as error:
        raise ToolFailedError(("reader",), "answered what is no value") from error
    if not isinstance(answer, Answer) or not _is_told_well(answer):
        raise ToolFailedError(("reader",), "answered what is no value")
    return answer


def _is_told_well(answer: Answer) -> bool:
    """Whether what stands beside the value is what it should be: it is used, whoever wrote it."""
    named = isinstance(answer.imported, tuple) and all(isinstance(x, str) for x in answer.imported)
    counted = isinstance(answer.peak, int) and isinstance(answer.cut, bool)
    return named and counted and (answer.error is None or _is_raised(answer.error))


def _is_raised(error: Raised) -> bool:
    return (
        isinstance(error, Raised)
        and isinstance(error.kind, type)
        and isinstance(error.args, tuple)
        and isinstance(error.state, dict)
    )
