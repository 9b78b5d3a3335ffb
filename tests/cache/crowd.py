"""A program that uses a small cache hard, beside others that do the same."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from seedance_prep.cache import Cache


def main(folder: Path, seed: int, turns: int) -> None:
    """Keep, take out and throw out files; whatever is taken out is what was kept."""
    chance = random.Random(seed)
    own = folder / f"own-{seed}"
    with Cache(folder / "cache", 40_000) as cache:
        for turn in range(turns):
            number = chance.randrange(12)
            content = bytes([number]) * 5000
            key = cache.key(f"{number}", "crowd")
            digest = cache.value(key)
            if isinstance(digest, str) and (file := cache.file(digest)):
                with file:
                    assert content == file.read()
                continue
            own.write_bytes(content)
            cache.keep(key, own, str)
            if turn % 50 == 49:
                cache.clear()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
