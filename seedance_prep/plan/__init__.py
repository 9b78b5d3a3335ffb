"""Findings to a plan: what shall be done to each asset, decided before anything is done. Pure."""

from __future__ import annotations

from .order import plan

__all__ = ["plan"]
