"""Where the cache is and how large it may grow."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..core.units import MB
from ..errors import UsageError
from ..submit.database import home

VARIABLE = "SEEDANCE_PREP_CACHE_MAX"
USUAL = 2000 * MB
UNITS = {"": 1, "B": 1, "KB": 1000, "MB": MB, "GB": 1000 * MB, "TB": 1_000_000 * MB}
UNITS |= {"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}
_SIZE = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)\s*")


def folder_of() -> Path:
    """The cache's folder, beside the ledger."""
    return home() / "cache"


def max_bytes() -> int:
    """Bytes that the cache may hold; 0 turns it off. Raises ``UsageError`` for what is no size."""
    return size_of(os.environ.get(VARIABLE) or str(USUAL))


def size_of(text: str) -> int:
    """``500 MB`` -> 500,000,000; a bare number is bytes. Raises ``UsageError``."""
    found = _SIZE.fullmatch(text)
    unit = UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None:
        raise UsageError(f"{VARIABLE}={text} is no size; give one as 500MB or 2GB, or 0 for none")
    return int(float(found[1]) * unit)
