"""The numbers of each endpoint, as data. ``load`` turns one TOML file into typed limits.

A file of one's own has the same shape, whole or as what differs from a shipped one
(``extends = "fast"``). Every mistake in it is named by its path.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..core.limits import Limits
from ..errors import UsageError
from .reading import limits_of
from .schema import mistakes

__all__ = ["endpoints", "load", "names", "profile"]

_FILES = ("fast", "standard", "mini", "byteplus")
_SHOWN = 20
"""Mistakes of a file that are told at once."""


@cache
def load(endpoint: str, *, tolerant: bool = False) -> Limits:
    """Limits of ``endpoint``. Raises ``UsageError`` for one that has no limits here."""
    name = endpoints().get(endpoint)
    if name is None:
        raise UsageError(
            f"no limits are known for the endpoint {endpoint!r}{_hint(endpoint, endpoints())}"
        )
    return limits_of(_document(name), tolerant)


@cache
def endpoints() -> Mapping[str, str]:
    """Every endpoint id that has limits, with the name of its file."""
    return {str(_shipped(name)["endpoint"]): name for name in _FILES}


def names() -> tuple[str, ...]:
    """The names of the shipped profiles."""
    return _FILES


def profile(name: str | Path) -> Limits:
    """A shipped profile by its name or endpoint, or one of a TOML file.

    Raises ``UsageError``: for a file, with every mistake in it and its path.
    """
    known = {one: one for one in _FILES} | dict(endpoints())
    if str(name) in known:
        return limits_of(_document(known[str(name)]), tolerant=False)
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"there is no profile or file {str(name)!r}{_hint(str(name), _FILES)}")
    return limits_of(_checked(path), tolerant=False)


def _hint(given: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(given, known, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"


def _checked(path: Path) -> dict[str, Any]:
    """The document of a file without mistakes."""
    try:
        read = tomllib.loads(path.read_text("utf-8-sig"))
        document = _based({"name": path.stem, "profile": path.stem} | read)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML: {error or 'nested too deep'}") from None
    if found := mistakes(document):
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        listed = "\n  ".join([*found[:_SHOWN], *more])
        noun = "a mistake" if len(found) == 1 else f"{len(found)} mistakes"
        raise UsageError(f"the profile {path} has {noun}:\n  {listed}")
    return document


def _document(name: str) -> dict[str, Any]:
    return _based(_shipped(name))


@cache
def _shipped(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def _based(read: Mapping[str, Any]) -> dict[str, Any]:
    """The document on top of the one that it extends; ``unknown`` is its own alone."""
    document = dict(read)
    base = document.pop("extends", None)
    if base is None:
        return document
    if base not in _FILES:
        raise UsageError(f"extends: there is no profile {base!r}{_hint(str(base), _FILES)}")
    below = _document(base)
    below.pop("unknown", None)
    if "described" not in document and document.get("service", "fal") != below.get("service"):
        below.pop("described", None)
    return _merged(below, document)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge key by key, a bound (a table with ``value``) replaces the one before."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        deeper = isinstance(old, dict) and isinstance(value, dict) and "value" not in value
        merged[key] = _merged(old, value) if deeper and old is not None else value
    return merged
