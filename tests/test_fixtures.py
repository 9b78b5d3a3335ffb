"""The committed media are those that the manifest describes."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from seedance_prep import samples

LIMIT = 3_000_000
SAMPLES_LIMIT = 1_500_000


def rows(folder: Path) -> list[dict[str, Any]]:
    document = tomllib.loads((folder / "MANIFEST.toml").read_text(encoding="utf-8"))
    return list(document["file"])


def test_every_file_has_the_bytes_of_the_manifest(fixtures_dir: Path) -> None:
    """Length and digest of each listed file agree with what is on disk."""
    for row in rows(fixtures_dir):
        data = (fixtures_dir.parent / row["path"]).read_bytes()
        assert (row["path"], row["bytes"]) == (row["path"], len(data))
        assert (row["path"], row["sha256"]) == (row["path"], hashlib.sha256(data).hexdigest())


def test_every_medium_is_in_the_manifest(fixtures_dir: Path) -> None:
    """No medium of the fixtures or the demo is committed without saying how it was made."""
    listed = {row["path"] for row in rows(fixtures_dir) if row["how"]}
    media = [path for path in fixtures_dir.iterdir() if path.is_file() and path.suffix != ".toml"]
    for path in (*media, *samples.paths()):
        assert path.relative_to(fixtures_dir.parent).as_posix() in listed


def test_media_stay_small(fixtures_dir: Path) -> None:
    """Fixtures stay under 3 MB together, the demo's samples under 1.5 MB."""
    sizes = {row["path"]: row["bytes"] for row in rows(fixtures_dir)}
    demo = sum(size for path, size in sizes.items() if path.startswith("seedance_prep/"))
    assert demo < SAMPLES_LIMIT
    assert sum(sizes.values()) - demo < LIMIT
