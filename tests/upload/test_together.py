"""Several uploads at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seedance_prep.core.job import Parts, Upload
from seedance_prep.core.outcome import Output
from seedance_prep.errors import MachineError, ServiceError, StoppedError
from seedance_prep.patience import stopping
from seedance_prep.upload import MemoryStore, Parcel, Progress, upload_all, uploading
from seedance_prep.upload.store import OnBytes, UploadCache

from .ready import output


@pytest.fixture
def outputs(tmp_path: Path) -> list[Output]:
    """Five pictures of different sizes."""
    return [made(tmp_path, number) for number in range(1, 6)]


def made(folder: Path, number: int) -> Output:
    """A picture of its own content."""
    path = folder / f"{number}.jpg"
    path.write_bytes(bytes([number]) * (300_000 * number))
    return output(path, f"@Image{number}")


@dataclass
class Memory:
    """A cache in a dict."""

    kept: dict[tuple[str, str], Upload] = field(default_factory=dict)
    parts: dict[tuple[str, str], Parts] = field(default_factory=dict)

    def find_upload(self, store: str, sha256: str) -> Upload | None:
        """What was kept."""
        return self.kept.get((store, sha256))

    def keep_upload(self, store: str, upload: Upload) -> None:
        """Keep it."""
        self.kept[store, upload.sha256] = upload

    def find_parts(self, store: str, sha256: str) -> Parts | None:
        """How far it had come."""
        return self.parts.get((store, sha256))

    def keep_parts(self, store: str, parts: Parts) -> None:
        """Keep it."""
        self.parts[store, parts.sha256] = parts


@dataclass
class Meeting(MemoryStore):
    """A store in which all files must be on their way before the first one is done."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(4, timeout=10))

    def put(self, item: Parcel, on_bytes: OnBytes, memory: UploadCache | None = None) -> Upload:
        """Wait for the others."""
        self.barrier.wait()
        return super().put(item, on_bytes, memory)


@dataclass
class Failing(MemoryStore):
    """A store that refuses one file once another is on its way, and counts what it took."""

    begun: threading.Event = field(default_factory=threading.Event)

    def put(self, item: Parcel, on_bytes: OnBytes, memory: UploadCache | None = None) -> Upload:
        """Refuse @Image1; take the others for as long as nobody stops them."""
        assert memory is None
        if item.ref == "@Image1":
            self.begun.wait(10)
            raise ServiceError("no room for @Image1")
        self.begun.set()
        while True:
            on_bytes(1)


def test_uploads_come_back_in_the_order_of_the_outputs(outputs: list[Output]) -> None:
    """However long each of them took."""
    uploads = upload_all(MemoryStore(), outputs)
    assert [f"@Image{n}" for n in range(1, 6)] == [upload.ref for upload in uploads]
    assert [one.sha256 for one in outputs] == [upload.sha256 for upload in uploads]


def test_files_go_out_side_by_side(outputs: list[Output]) -> None:
    """Four at a time: each waits for the three others."""
    assert 4 == len(upload_all(Meeting(), outputs[:4], jobs=4))


def test_progress_is_told_in_the_caller_s_thread(outputs: list[Output]) -> None:
    """Callbacks need no locks; every file is told from 0 to its size, then done."""
    threads: set[int] = set()
    told: list[Progress] = []
    done: list[Upload] = []

    def on_progress(one: Progress) -> None:
        threads.add(threading.get_ident())
        told.append(one)

    upload_all(MemoryStore(), outputs, on_progress=on_progress, on_done=done.append)
    assert {threading.get_ident()} == threads
    assert {one.ref for one in outputs} == {one.ref for one in done}
    for one in outputs:
        own = [progress.bytes for progress in told if progress.ref == one.ref]
        assert (0, one.facts.bytes) == (own[0], own[-1])
        assert sorted(own) == own


def test_one_failure_stops_the_others(outputs: list[Output]) -> None:
    """The cause comes out, not the stops that it led to."""
    with pytest.raises(ServiceError, match="no room for @Image1"):
        upload_all(Failing(), outputs[:2])


def test_what_had_not_begun_is_not_sent(outputs: list[Output]) -> None:
    """With one at a time, a failing first file is the only one that was touched."""
    outputs[0].path.unlink()
    store = MemoryStore()
    with pytest.raises(MachineError, match="@Image1"):
        upload_all(store, outputs, jobs=1)
    assert {} == store.files


def test_no_files_is_no_work() -> None:
    """A request of words alone uploads nothing."""
    assert () == upload_all(MemoryStore(), [])


def test_known_bytes_are_not_sent_again(outputs: list[Output]) -> None:
    """The same bytes go out once, under the reference that they have now."""
    store, cache = MemoryStore(), Memory()
    first = upload_all(store, outputs[:1], cache=cache)
    store.put = pytest.fail  # type: ignore[method-assign, assignment]
    moved = output(outputs[0].path, "@Image3")
    again = upload_all(store, [moved], cache=cache)
    assert first[0].url == again[0].url
    assert "@Image3" == again[0].ref


def test_an_upload_that_has_expired_is_sent_again(outputs: list[Output]) -> None:
    """A known URL is used only while the store holds all of its bytes."""
    store, cache = MemoryStore(), Memory()
    first = upload_all(store, outputs[:1], cache=cache)
    store.files.clear()
    again = upload_all(store, outputs[:1], cache=cache)
    assert first[0].sha256 == again[0].sha256
    assert [again[0].url] == list(store.files)


def test_a_converted_file_does_not_get_the_old_url(outputs: list[Output], tmp_path: Path) -> None:
    """The cache knows bytes, not names (palmier-pro#393)."""
    store, cache = MemoryStore(), Memory()
    before = upload_all(store, outputs[:1], cache=cache)
    outputs[0].path.write_bytes(b"converted")
    after = upload_all(store, [output(outputs[0].path)], cache=cache)
    assert before[0].url != after[0].url
    assert b"converted" == store.files[after[0].url]


def test_another_store_knows_nothing_of_it(outputs: list[Output]) -> None:
    """An upload is known for the store that has it."""
    cache = Memory()
    upload_all(MemoryStore(name="one"), outputs[:1], cache=cache)
    two = MemoryStore(name="two")
    upload_all(two, outputs[:1], cache=cache)
    assert 1 == len(two.files)


def test_a_caller_that_stops_ends_all_uploads(outputs: list[Output]) -> None:
    """The stop reaches every thread, and nothing more is sent."""
    stop = threading.Event()
    stop.set()
    token = stopping.set(stop)
    try:
        with pytest.raises(StoppedError):
            upload_all(MemoryStore(), outputs)
    finally:
        stopping.reset(token)


def test_a_stream_that_is_dropped_leaves_no_threads(outputs: list[Output]) -> None:
    """Closing the stream in the middle ends the uploads."""
    store = Failing()
    events = uploading(store, outputs[1:3])
    next(events)
    events.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("upload")]
