"""Files in object stores and on SFTP servers, by fsspec: looked at, read by ranges, and put.

Credentials come from the stores' own places alone (environment, ``~/.aws``, ``~/.ssh``, an agent),
never from an address. What is not one of these stores is not opened, whatever else fsspec knows.
"""

from __future__ import annotations

from .faults import StoreError
from .parts import Parts
from .store import Seen, Store, opened, put_there, ready_for
from .urls import Place, is_store, place_of, refusal

__all__ = [
    "Parts",
    "Place",
    "Seen",
    "Store",
    "StoreError",
    "is_store",
    "opened",
    "place_of",
    "put_there",
    "ready_for",
    "refusal",
]
