"""All that one studio has: the desk, its fix, its runs, its pictures."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..core.key import key_from
from ..errors import UsageError
from .bench import FILE_MAX, Bench
from .desk import PIECES_MAX
from .mending import Mender
from .paying import Till
from .store import Store
from .stream import Hub
from .views import Gallery


class Office:
    """Put together once, for as long as the studio is open."""

    def __init__(
        self, store: Store, hub: Hub, *, service: str | None = None, out: Path | None = None
    ) -> None:
        """``out``: where outputs and videos go; else they stay in the studio's folder."""
        self.bench = Bench(store, hub, service)
        self.mender = Mender(self.bench, out)
        self.till = Till(self.bench, self.mender, out or store.root / "videos")
        self.gallery = Gallery()

    def close(self) -> None:
        """End all work. The desk is kept, and what the service has goes on there."""
        self.gallery.close()
        self.mender.stop()
        self.till.close()
        self.bench.close()

    def document(self) -> dict[str, Any]:
        """All that the page shows."""
        return self.bench.document() | {
            "fix": self.mender.document(),
            "run": self.till.document(),
            "has_key": _has_key(),
            "services": list(self.bench.services),
            "bounds": {"file": FILE_MAX, "pieces": PIECES_MAX},
        }

    def remove(self, known: str) -> None:
        """A file goes; a fix that works on it ends. Raises ``Refusal``."""
        self.bench.desk.piece(known)
        self.mender.stop()
        self.bench.remove(known)

    def clear(self) -> None:
        """All files go, and what was made of them."""
        self.mender.forget()
        self.bench.clear()


def _has_key() -> bool:
    """Whether there is a key; one that cannot be one is told of when it is needed."""
    with suppress(UsageError):
        return key_from(os.environ) is not None
    return False
