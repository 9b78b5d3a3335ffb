"""Facts and limits to findings. Pure: reads no file, asks no network."""

from __future__ import annotations

from .engine import as_asked, check, foretold
from .registry import RULES, rule_of

__all__ = ["RULES", "as_asked", "check", "foretold", "rule_of"]
