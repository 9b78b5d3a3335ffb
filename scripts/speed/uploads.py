"""Twelve files of 100 MB in all to the local service: ``Client.upload`` against fal-client.

Both send four files at a time from one process, to a service in a process of its own. fal-client
is called from four threads, which is faster than one file after the other.

uploads.py BASE FOLDER PAIRS           one JSON object: both sides in turns
uploads.py BASE FOLDER ours|theirs     one of them once, for its memory
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .measure import Side, turns
from .video import PREP, Settings

SIZES = {"mp4": (16, 16, 16), "jpg": (6, 6, 6, 6, 6, 6), "mp3": (6, 5, 5)}
"""Megabytes of each file by its kind: 100 in all."""
KINDS = {"mp4": "video", "jpg": "image", "mp3": "audio"}
CONTAINERS = {"jpg": "jpeg"}
JOBS = 4


def upload(settings: Settings) -> Iterator[dict[str, Any]]:
    """Uploads as ``Client.upload`` makes them, ledger and confirmation and all."""
    folder = settings.folder / "uploads"
    folder.mkdir(exist_ok=True)
    _make(folder)
    with _service() as base:
        words = [sys.executable, "-m", "scripts.speed.uploads", base, str(folder)]
        said = subprocess.run([*words, str(settings.pairs)], capture_output=True, check=True)
        record = json.loads(said.stdout)
        for side in ("ours", "theirs"):
            record[side]["peak_mb"] = Side([(*words, side)]).peak_mb()
    yield {"case": "upload", "files": 12, "bytes": 100_000_000, "clock_at_most": 1.0} | record


def _make(folder: Path) -> None:
    for extension, sizes in SIZES.items():
        for number, megabytes in enumerate(sizes, 1):
            path = folder / f"{KINDS[extension]}{number}.{extension}"
            if not path.exists():
                path.write_bytes(os.urandom(megabytes * 1_000_000))


@contextmanager
def _service() -> Iterator[str]:
    """A local service in a process of its own."""
    child = subprocess.Popen([*PREP, "local"], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield child.stdout.readline().strip()
    finally:
        child.terminate()
        child.communicate()


def _ours(base: str, folder: Path) -> Callable[[], object]:
    from seedance_prep.client import Client
    from seedance_prep.core.key import Key

    def work() -> None:
        # A ledger of its own: one that knew the files would not send them.
        with (
            tempfile.TemporaryDirectory() as home,
            Client(base, Key("id:secret"), Path(home)) as client,
        ):
            client.upload(ready)

    ready = _ready(folder)
    return work


def _ready(folder: Path) -> Any:  # noqa: ANN401
    from seedance_prep.core.outcome import Ready
    from seedance_prep.core.request import Request

    outputs = tuple(_output(path) for path in sorted(folder.iterdir()))
    assets = tuple(one.media for one in outputs)
    request = Request(prompt="x", assets=[one.asset for one in assets])
    return Ready(request=request, limits="bench", assets=assets, findings=(), outputs=outputs,
                 prompt="x")  # fmt: skip


def _output(path: Path) -> Any:  # noqa: ANN401
    """A file as a fix leaves it, as far as an upload looks at it."""
    from seedance_prep.core.media import ImageFacts, Media
    from seedance_prep.core.outcome import Output
    from seedance_prep.core.plan import Action
    from seedance_prep.core.request import Asset, Kind

    name, kind = path.suffix[1:], Kind(path.stem[:-1])
    facts = ImageFacts(container=CONTAINERS.get(name, name), bytes=path.stat().st_size)
    ref = f"@{path.stem.title()}"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    media = Media(asset=Asset(str(path)), ref=ref, kind=kind, facts=facts, path=path)
    return Output(media=media, ref=ref, kind=kind, path=path, shown=path.name, sha256=digest,
                  action=Action.UNTOUCHED, facts=facts)  # fmt: skip


def _theirs(base: str, folder: Path) -> Callable[[], object]:
    import fal_client

    target = fal_client.client
    target.REST_URL = target.CDN_URL = base
    files = sorted(folder.iterdir())
    client = fal_client.SyncClient(key="id:secret")  # once: it reads certificates for each upload

    def work() -> None:
        with ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(client.upload_file, files))

    return work


def main(base: str, folder: str, what: str) -> None:
    sides = {"ours": _ours, "theirs": _theirs}
    if what in sides:
        sides[what](base, Path(folder))()
        return
    ours, theirs = (side(base, Path(folder)) for side in (_ours, _theirs))
    ours(), theirs()
    print(json.dumps(turns(ours, theirs, int(what))))


if __name__ == "__main__":
    main(*sys.argv[1:])
