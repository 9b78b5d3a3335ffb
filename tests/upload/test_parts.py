"""Large files go out in parts, and go on with those that are missing."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.core.key import Key
from seedance_prep.core.service import at
from seedance_prep.errors import AnswerError, LostAnswerError, MachineError, RefusedError
from seedance_prep.local import LocalService, parse_faults
from seedance_prep.submit.ledger import Ledger, open_ledger
from seedance_prep.upload import Parcel, parcel, upload_all
from seedance_prep.upload.fal import FalStore
from seedance_prep.upload.parts import part_digests
from seedance_prep.wire import Wire

from ..wire.rogue import QUICK, SECRET, SHORT, Rogue, says
from .ready import output

ROOT = Path(__file__).resolve().parents[2]
PART = 100_000
SIZE = 950_000
"""Ten parts, the last one shorter."""


@pytest.fixture
def service() -> Iterator[LocalService]:
    """A service that does as it is told later."""
    with LocalService() as one:
        yield one


@pytest.fixture
def store(service: LocalService) -> Iterator[FalStore]:
    """Its storage, with small parts."""
    with Wire(service=at(service.base), key=Key(SECRET), retry=QUICK, timeouts=SHORT) as wire:
        yield FalStore(wire=wire, threshold=PART, part=PART)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """What outlives a process."""
    return open_ledger(tmp_path / "home")


@pytest.fixture
def item(tmp_path: Path) -> Parcel:
    """A clip of which no two parts are alike."""
    path = tmp_path / "private name.mp4"
    path.write_bytes(b"".join(hashlib.sha512(b"%d" % n).digest() for n in range(SIZE // 64 + 1)))
    with path.open("r+b") as file:
        file.truncate(SIZE)
    return parcel(output(path, "@Video1", "mp4"))


def nothing(_sent: int) -> None:
    """Nobody wants to know."""


def parts(service: LocalService) -> list[str]:
    """Numbers of the parts that came in, in order."""
    puts = (one.path for one in service.received if "/multipart/" in one.path)
    return [path.rpartition("/")[2] for path in puts]


def test_the_parts_make_the_file(service: LocalService, store: FalStore, item: Parcel) -> None:
    """Each once, in any order; what is stored is the file with its type and without its name."""
    upload = store.put(item, nothing)
    (stored,) = service.uploads
    assert item.sha256 == stored.sha256
    assert ("video/mp4", "video1.mp4") == (stored.content_type, stored.name)
    assert sorted(map(str, range(1, 11))) == sorted(parts(service)[:-1])
    assert "complete" == parts(service)[-1]
    assert SIZE == store.length(upload.url)
    assert upload.expires is not None


def test_small_files_go_whole(service: LocalService, store: FalStore, tmp_path: Path) -> None:
    """Up to the threshold, one PUT."""
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(PART))
    store.put(parcel(output(path)), nothing)
    assert [] == parts(service)


def test_no_key_goes_along_with_the_parts(
    service: LocalService, store: FalStore, item: Parcel
) -> None:
    """The key buys a token; begin, parts and complete carry the token, the look at it nothing."""
    store.put(item, nothing)
    carried = {
        (one.method, one.path.partition("?")[0].rpartition("/")[2]): one.auth
        for one in service.received
    }
    assert "Key" == carried.pop(("POST", "token"))
    assert {"", "Bearer"} == set(carried.values())
    assert {""} == {auth for (method, _), auth in carried.items() if method in {"GET", "HEAD"}}


def test_progress_rises_to_the_size(store: FalStore, item: Parcel) -> None:
    """However many parts are on their way at once."""
    told: list[int] = []
    store.put(item, told.append)
    assert sorted(told) == told
    assert SIZE == told[-1]


FAULTS = (
    "token_500", "token_502_nginx", "begin_500", "begin_dropped", "upload_cut", "upload_500",
    "upload_dropped", "upload_dropped_after", "upload_401", "upload_429_bare", "complete_500",
    "complete_dropped", "complete_dropped_after", "complete_cut", "media_500", "media_dropped",
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_the_way_is_got_over(
    service: LocalService, store: FalStore, item: Parcel, fault: str
) -> None:
    """What arrives in the end is whole; the other parts are not sent again."""
    service.misbehave(parse_faults([f"{fault}=1"]))
    store.put(item, nothing)
    assert [item.sha256] == [one.sha256 for one in service.uploads]
    assert 11 >= len([number for number in parts(service) if number.isdigit()])


@pytest.mark.parametrize("status", ["404", "405", "501"])
def test_a_store_without_parts_gets_the_file_whole(
    rogue: Rogue, wire: Wire, item: Parcel, status: str
) -> None:
    """A begin that is not known is no reason to fail."""
    token_of(rogue).on("POST", "/files/upload/multipart", says(int(status)))
    places = {"upload_url": f"{rogue.base}/put", "file_url": f"{rogue.base}/f"}
    rogue.on("POST", "/storage/upload/initiate", says(200, places)).on("PUT", "/put", says(200))
    FalStore(wire=wire, threshold=PART, part=PART).put(item, nothing)
    assert item.path.read_bytes() == next(one.body for one in rogue.seen if one.method == "PUT")


def token_of(rogue: Rogue, base: str | None = None, **changed: Any) -> Rogue:
    """A service that hands out a token."""
    token = {
        "token": "t0k3n",
        "token_type": "Bearer",
        "base_url": base or rogue.base,
        "expires_at": "2099-01-01T00:00:00+00:00",
    }
    return rogue.on("POST", "/storage/auth/token", says(200, token | changed))


def test_a_second_process_sends_only_what_is_missing(
    service: LocalService, store: FalStore, ledger: Ledger, item: Parcel
) -> None:
    """The parts that arrived are in the ledger; another store and another ledger take them up."""
    # The fifth part is refused: by then others have arrived.
    service.misbehave(parse_faults(["upload_403=3", "chance=0.3", "seed=35"]))
    with pytest.raises(RefusedError, match="@Video1"):
        store.put(item, nothing, ledger)
    kept = open_ledger(ledger.path.parent).find_parts(store.name, item.sha256)
    assert kept is not None
    assert 0 < len(kept.tags) < 10
    service.misbehave()
    before = len(service.received)
    told: list[int] = []
    with Wire(service=at(service.base), key=Key(SECRET), retry=QUICK, timeouts=SHORT) as wire:
        other = FalStore(wire=wire, threshold=PART, part=PART)
        upload = other.put(item, told.append, open_ledger(ledger.path.parent))
    sent = {one.path.rpartition("/")[2] for one in service.received[before:] if one.method == "PUT"}
    assert set(map(str, range(1, 11))) - set(map(str, kept.tags)) == sent
    assert kept.url == upload.url
    assert sum(item.bytes // 10 for _ in kept.tags) <= told[0] + PART
    assert [item.sha256] == [one.sha256 for one in service.uploads]


def test_a_whole_file_leaves_no_parts_behind(store: FalStore, ledger: Ledger, item: Parcel) -> None:
    """Once the upload is known, its parts are forgotten, and it is not sent again."""
    files = [output(item.path, "@Video1", "mp4")]
    (first,) = upload_all(store, files, cache=ledger)
    assert ledger.find_parts(store.name, item.sha256) is None
    assert [first.url] == [one.url for one in upload_all(store, files, cache=ledger)]


def test_an_upload_that_the_store_forgot_begins_anew(
    service: LocalService, store: FalStore, ledger: Ledger, item: Parcel
) -> None:
    """Parts are kept for a while only: the file arrives all the same."""
    service.misbehave(parse_faults(["upload_403=1"]))
    with pytest.raises(RefusedError):
        store.put(item, nothing, ledger)
    service.misbehave(parse_faults(["parts_forgotten=1"]))
    kept = ledger.find_parts(store.name, item.sha256)
    upload = store.put(item, nothing, ledger)
    assert kept is not None
    assert kept.url != upload.url
    assert [item.sha256] == [one.sha256 for one in service.uploads]


def test_a_refused_part_ends_the_others(
    service: LocalService, store: FalStore, item: Parcel
) -> None:
    """The refusal is the error, not the stops that it led to; no thread is left."""
    service.misbehave(parse_faults(["upload_403"]))
    with pytest.raises(RefusedError, match="refused the upload of @Video1") as caught:
        store.put(item, nothing)
    assert (403, False) == (caught.value.http_status, caught.value.charged)
    assert not [one for one in threading.enumerate() if one.name.startswith("upload-part")]


@pytest.mark.parametrize("place", ["token", "begin", "upload", "complete"])
def test_a_fault_that_stays_is_an_error(
    service: LocalService, store: FalStore, item: Parcel, place: str
) -> None:
    """After the attempts, with the name of the file."""
    service.misbehave(parse_faults([f"{place}_500"]))
    with pytest.raises(RefusedError, match="@Video1"):
        store.put(item, nothing)
    service.misbehave(parse_faults([f"{place}_dropped"]))
    with pytest.raises(LostAnswerError, match="@Video1"):
        store.put(item, nothing)


def test_a_file_that_changed_is_not_sent(
    service: LocalService, store: FalStore, item: Parcel
) -> None:
    """Its digest is looked at before the first part leaves."""
    with item.path.open("r+b") as file:
        file.seek(500_000)
        file.write(b"another")
    with pytest.raises(MachineError, match="@Video1 changed"):
        store.put(item, nothing)
    assert [] == parts(service)


def test_a_file_that_changes_on_the_way_is_noticed(
    service: LocalService, store: FalStore, item: Parcel
) -> None:
    """Each part has a digest of its own."""
    once = itertools.count()

    def change(sent: int) -> None:
        if sent and next(once) == 0:
            with item.path.open("r+b") as file:
                file.seek(SIZE - 10)
                file.write(b"changed..")

    with pytest.raises(MachineError, match="changed after it was checked"):
        store.put(item, change)
    assert () == service.uploads


@pytest.mark.parametrize("size", [1, 64, 1 << 18, PART, SIZE, SIZE * 2])
def test_digests_are_those_of_the_parts(item: Parcel, size: int) -> None:
    """Whatever the size of a part has to do with that of a read."""
    whole = item.path.read_bytes()[: 50 * max(size, 1000)]
    item.path.write_bytes(whole)
    short = parcel(output(item.path, "@Video1", "mp4"))
    size = max(size, len(whole) // 100)
    expected = [
        hashlib.sha256(whole[at : at + size]).hexdigest() for at in range(0, len(whole), size)
    ]
    assert expected == list(part_digests(short, size))


@pytest.mark.parametrize(
    "access", ["http://192.0.2.1/f", "https://elsewhere.invalid/f", "http://localhost.invalid/f"]
)
def test_a_token_goes_only_where_it_belongs(
    rogue: Rogue, wire: Wire, item: Parcel, access: str
) -> None:
    """A place in the open, or of somebody else, gets neither a part nor the token."""
    token_of(rogue)
    rogue.on("POST", "/files/upload/multipart", says(200, {"access_url": access, "uploadId": "1"}))
    with pytest.raises(AnswerError):
        FalStore(wire=wire, threshold=PART, part=PART).put(item, nothing)
    assert 0 == rogue.count("PUT")


def test_a_redirected_part_takes_no_token_along(rogue: Rogue, wire: Wire, item: Parcel) -> None:
    """No redirect is followed with something to lose."""
    token_of(rogue)
    begun = {"access_url": f"{rogue.base}/f", "uploadId": "1"}
    rogue.on("POST", "/files/upload/multipart", says(200, begun))
    for number in range(1, 11):
        rogue.on("PUT", f"/f/multipart/1/{number}", says(307, location=f"{rogue.base}/other"))
    with pytest.raises(RefusedError, match="307"):
        FalStore(wire=wire, threshold=PART, part=PART).put(item, nothing)
    assert 0 == rogue.count("PUT", "/other")


@pytest.mark.parametrize(
    "changed", [{"expires_at": "soon"}, {"token": "a\nb"}, {"base_url": "http://192.0.2.1"}]
)
def test_an_odd_token_is_an_error(
    rogue: Rogue, wire: Wire, item: Parcel, changed: dict[str, str]
) -> None:
    """Its text names the place inside the answer, never the token."""
    token_of(rogue, **changed)
    with pytest.raises(AnswerError, match=r"token\.") as caught:
        FalStore(wire=wire, threshold=PART, part=PART).put(item, nothing)
    assert "a\nb" not in str(caught.value)


def test_a_token_is_used_until_it_ends(rogue: Rogue, wire: Wire, item: Parcel) -> None:
    """One that has ended is replaced; a naive time is UTC."""
    token_of(rogue, expires_at="2020-01-01T00:00:00")
    begun = {"access_url": f"{rogue.base}/f", "uploadId": "1"}
    rogue.on("POST", "/files/upload/multipart", says(200, begun))
    for number in range(1, 11):
        rogue.on("PUT", f"/f/multipart/1/{number}", says(200, etag=f'"{number}"'))
    rogue.on("POST", "/f/multipart/1/complete", says(200, {}))
    FalStore(wire=wire, threshold=PART, part=PART).put(item, nothing)
    assert 12 == rogue.count("POST", "/storage/auth/token")


KILLED = """
import sys
from pathlib import Path
from seedance_prep.core.key import Key
from seedance_prep.core.service import at
from seedance_prep.submit.ledger import open_ledger
from seedance_prep.upload import Parcel
from seedance_prep.upload.fal import FalStore
from seedance_prep.wire import Wire

base, home, path, size, sha256, part = sys.argv[1:]
item = Parcel(ref="@Video1", path=Path(path), file_name="video1.mp4", content_type="video/mp4",
              bytes=int(size), sha256=sha256)
with Wire(service=at(base), key=Key("id:secret")) as wire:
    store = FalStore(wire=wire, threshold=int(part), part=int(part))
    store.put(item, lambda _: None, open_ledger(Path(home)))
"""


def test_a_killed_upload_is_gone_on_with(
    service: LocalService, store: FalStore, ledger: Ledger, item: Parcel
) -> None:
    """SIGKILL when some parts have arrived: this process sends the others, and those only."""
    service.misbehave(parse_faults(["upload_late", "late_seconds=0.2"]))
    told = [service.base, ledger.path.parent, item.path, SIZE, item.sha256, PART]
    call = subprocess.Popen(
        [sys.executable, "-c", KILLED, *map(str, told)], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        while not (kept := ledger.find_parts(store.name, item.sha256)) or len(kept.tags) < 3:
            assert call.poll() is None
            time.sleep(0.01)
    finally:
        call.kill()
        call.wait()
    kept = ledger.find_parts(store.name, item.sha256)
    assert kept is not None
    service.misbehave()
    before = len(service.received)
    upload = store.put(item, nothing, ledger)
    sent = {one.path.rpartition("/")[2] for one in service.received[before:] if one.method == "PUT"}
    assert {str(number) for number in range(1, 11) if number not in kept.tags} == sent
    assert kept.url == upload.url
    assert [item.sha256] == [one.sha256 for one in service.uploads]
