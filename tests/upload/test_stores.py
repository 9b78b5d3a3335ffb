"""What every store must do, and what the wire to fal's storage must survive."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seedance_prep.core.key import Key
from seedance_prep.core.service import at
from seedance_prep.errors import (
    AnswerError,
    LostAnswerError,
    MachineError,
    RefusedError,
    UsageError,
)
from seedance_prep.local import ALWAYS, Faults, LocalService, parse_faults
from seedance_prep.upload import MemoryStore, Store, parcel
from seedance_prep.upload.arrived import TAIL
from seedance_prep.upload.fal import FalStore
from seedance_prep.wire import Wire

from ..wire.rogue import QUICK, SECRET, SHORT, Action, Rogue, drops, says
from .ready import output

INITIATE = "/storage/upload/initiate"


@contextmanager
def local_store(faults: Faults | None = None) -> Iterator[tuple[FalStore, LocalService]]:
    """fal's storage, spoken by the local service."""
    with (
        LocalService(0, faults) as service,
        Wire(service=at(service.base), key=Key(SECRET), retry=QUICK, timeouts=SHORT) as wire,
    ):
        yield FalStore(wire=wire), service


@pytest.fixture(params=["fal", "memory"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Every implementation in turn."""
    if request.param == "memory":
        yield MemoryStore()
        return
    with local_store() as (one, _):
        yield one


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file of some hundred kilobytes with a name that must not go out."""
    path = tmp_path / "aunt Käthe.jpg"
    path.write_bytes(bytes(range(256)) * 2500)
    return path


def nothing(_sent: int) -> None:
    """Nobody wants to know."""


def test_a_file_is_stored_whole_under_a_url(store: Store, picture: Path) -> None:
    """The store holds as many bytes as the file has, and says so."""
    item = parcel(output(picture))
    upload = store.put(item, nothing)
    assert 640_000 == store.length(upload.url)
    assert (item.ref, item.sha256, 640_000) == (upload.ref, upload.sha256, upload.bytes)


def test_the_name_that_goes_out_is_not_the_user_s(store: Store, picture: Path) -> None:
    """Files go out as image1.jpg, whatever they are called here."""
    upload = store.put(parcel(output(picture)), nothing)
    assert ("image1.jpg", "image/jpeg") == (upload.file_name, upload.content_type)
    assert "image1.jpg" in upload.url
    assert "K" not in upload.url.rpartition("/")[2]


def test_progress_ends_at_all_bytes(store: Store, picture: Path) -> None:
    """Bytes are told as they go, growing, up to the size of the file."""
    told: list[int] = []
    store.put(parcel(output(picture)), told.append)
    assert 640_000 == told[-1]
    assert sorted(set(told)) == told
    assert len(told) > 1


def test_two_files_have_two_urls(store: Store, tmp_path: Path) -> None:
    """Nothing is overwritten by a file of the same name."""
    urls = set()
    for content in (b"a" * 500, b"b" * 500):
        path = tmp_path / "a.jpg"
        path.write_bytes(content)
        urls.add(store.put(parcel(output(path)), nothing).url)
    assert 2 == len(urls)


def test_a_url_of_nothing_has_no_length(store: Store, picture: Path) -> None:
    """What is not there is None, not 0."""
    url = store.put(parcel(output(picture)), nothing).url
    assert store.length(f"{url}.gone") is None


def test_a_file_that_changed_size_is_not_sent(store: Store, picture: Path) -> None:
    """What was checked is what goes out, or nothing does."""
    item = parcel(output(picture))
    picture.write_bytes(b"short")
    with pytest.raises(MachineError, match="@Image1 changed after it was checked"):
        store.put(item, nothing)


def test_a_file_that_changed_its_bytes_is_noticed(store: Store, picture: Path) -> None:
    """The same size is not enough."""
    item = parcel(output(picture))
    picture.write_bytes(b"x" * 640_000)
    with pytest.raises(MachineError, match="@Image1 changed"):
        store.put(item, nothing)


def test_a_file_that_is_gone_is_the_machine_s_fault(store: Store, picture: Path) -> None:
    """One sentence without the path of anybody's home."""
    item = parcel(output(picture))
    picture.unlink()
    with pytest.raises(MachineError, match="@Image1 cannot be read") as caught:
        store.put(item, nothing)
    assert str(picture.parent) not in str(caught.value)


def test_a_container_that_no_endpoint_takes_is_not_sent(picture: Path) -> None:
    """What fix did not make ready stops before the wire."""
    with pytest.raises(UsageError, match=r"@Image1 .* is heic"):
        parcel(output(picture, container="heic"))


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("initiate_500", 1),
        ("initiate_502_nginx", 2),
        ("upload_cut", 1),
        ("upload_dropped_after", 1),
        ("upload_429", 1),
        ("upload_500", 2),
        ("upload_502_nginx", 1),
    ],
)
def test_a_fault_on_the_way_is_got_over(fault: str, times: int, picture: Path) -> None:
    """Uploads may be repeated: what arrives in the end is whole."""
    with local_store(parse_faults([f"{fault}={times}"])) as (store, _):
        upload = store.put(parcel(output(picture)), nothing)
        assert 640_000 == store.length(upload.url)


def test_a_fault_that_stays_is_an_error(picture: Path) -> None:
    """After the attempts the upload has failed, and says which file."""
    with (
        local_store(Faults(upload_500=ALWAYS)) as (store, _),
        pytest.raises(RefusedError, match="upload of @Image1") as caught,
    ):
        store.put(parcel(output(picture)), nothing)
    assert 500 == caught.value.http_status
    assert caught.value.charged is False


def test_a_bad_key_is_said_in_plain_words(rogue: Rogue, wire: Wire, picture: Path) -> None:
    """401 names the key and where keys are made, never the key."""
    rogue.on("POST", INITIATE, says(401, {"detail": f"invalid {SECRET}"}))
    with pytest.raises(RefusedError) as caught:
        FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert "does not know this key; check FAL_KEY" in str(caught.value)
    assert SECRET not in str(caught.value)


def place(rogue: Rogue, **changed: str) -> Rogue:
    """A storage whose every file lies at ``/f``."""
    urls = {"upload_url": f"{rogue.base}/put?sig=1", "file_url": f"{rogue.base}/f"} | changed
    rogue.on("POST", INITIATE, says(200, urls)).on("PUT", "/put", says(200))
    return rogue.on("HEAD", "/f", says(200, b"x" * 640_000))


def test_only_the_first_step_carries_the_key(rogue: Rogue, wire: Wire, picture: Path) -> None:
    """The presigned PUT and the look at the result have no Authorization."""
    place(rogue)
    FalStore(wire=wire).put(parcel(output(picture)), nothing)
    carried = {seen.method: seen.authorization for seen in rogue.seen}
    assert {"POST": f"Key {SECRET}", "PUT": None, "HEAD": None, "GET": None} == carried
    assert picture.read_bytes() == next(s.body for s in rogue.seen if s.method == "PUT")
    assert not [seen for seen in rogue.seen if "transfer-encoding" in seen.headers]


def test_the_storage_is_told_type_and_name_only(rogue: Rogue, wire: Wire, picture: Path) -> None:
    """The initiate body holds nothing of the user's."""
    place(rogue)
    FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert b'{"file_name":"image1.jpg","content_type":"image/jpeg"}' == rogue.seen[0].body
    assert f"{INITIATE}?storage_type=fal-cdn-v3" == rogue.seen[0].path


def test_a_lifetime_goes_out_under_both_names(rogue: Rogue, wire: Wire, picture: Path) -> None:
    """Fal's clients differ in the header's name, so both are sent."""
    place(rogue)
    FalStore(wire=wire, lifetime=3600).put(parcel(output(picture)), nothing)
    sent = {n: v for n, v in rogue.seen[0].headers.items() if n.startswith("x-fal-object")}
    wish = '{"expiration_duration_seconds":3600}'
    names = ("x-fal-object-lifecycle", "x-fal-object-lifecycle-preference")
    assert dict.fromkeys(names, wish) == sent


def test_a_cut_file_in_the_store_is_noticed(rogue: Rogue, wire: Wire, picture: Path) -> None:
    """The PUT was answered 200, but the store holds fewer bytes: tried again, then an error."""
    place(rogue).on("HEAD", "/f", says(200, b"x" * 320_000))
    with pytest.raises(LostAnswerError, match="holds 320000 of the 640000 bytes of @Image1"):
        FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert 3 == rogue.count("PUT")


def test_where_head_is_not_taken_one_byte_tells_the_length(
    rogue: Rogue, wire: Wire, picture: Path
) -> None:
    """A ranged GET says the total."""
    place(rogue).on("HEAD", "/f", says(405))
    rogue.on("GET", "/f", says(206, b"x", content_range="bytes 0-0/640000"))
    assert 640_000 == FalStore(wire=wire).length(f"{rogue.base}/f")
    rogue.on("GET", "/f", says(403))
    assert FalStore(wire=wire).length(f"{rogue.base}/f") is None


@pytest.mark.parametrize("name", ["upload_url", "file_url"])
@pytest.mark.parametrize("url", ["http://192.0.2.1/put", "ftp://127.0.0.1/x", "put"])
def test_media_are_not_sent_in_the_open(
    rogue: Rogue, wire: Wire, name: str, url: str, picture: Path
) -> None:
    """A place without encryption on another machine gets nothing."""
    place(rogue, **{name: url})
    with pytest.raises(AnswerError, match=name):
        FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert 0 == rogue.count("PUT")


def test_a_refused_put_is_not_taken_for_a_changed_file(
    rogue: Rogue, wire: Wire, picture: Path
) -> None:
    """An early 403 is the storage's word, though not all bytes were read."""
    place(rogue).on("PUT", "/put", says(403, {"detail": "expired"}))
    with pytest.raises(RefusedError) as caught:
        FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert 403 == caught.value.http_status


def test_a_place_whose_time_has_passed_is_asked_for_anew(
    rogue: Rogue, wire: Wire, picture: Path
) -> None:
    """A 403 of a presigned URL is about that URL; one that stays does not blame the key."""
    place(rogue).on("PUT", "/put", says(403, b"<Error>Request has expired</Error>"), says(200))
    FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert (2, 2) == (rogue.count("POST"), rogue.count("PUT"))
    rogue.on("PUT", "/put", says(403))
    with pytest.raises(RefusedError) as caught:
        FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert "key" not in str(caught.value)


def test_a_redirected_put_is_not_followed(rogue: Rogue, wire: Wire, picture: Path) -> None:
    """The file goes where the service said, or nowhere."""
    place(rogue).on("PUT", "/put", says(307, location=f"{rogue.base}/other"))
    with pytest.raises(RefusedError, match="307"):
        FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert 0 == rogue.count("PUT", "/other")


def test_a_connection_that_always_drops_is_an_error(
    rogue: Rogue, wire: Wire, picture: Path
) -> None:
    """Three tries, each with a place of its own."""
    place(rogue).on("PUT", "/put", drops)
    with pytest.raises(LostAnswerError):
        FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert (3, 3) == (rogue.count("PUT"), rogue.count("POST"))


def test_each_kind_has_its_type_and_name(picture: Path) -> None:
    """MIME type and extension follow the bytes, the number follows the reference."""
    found = [
        (one.content_type, one.file_name)
        for one in (
            parcel(replace(output(picture, ref, container)))
            for ref, container in (
                ("@Image2", "png"),
                ("@Image1", "webp"),
                ("@Video3", "mov"),
                ("@Video1", "mp4"),
                ("@Audio1", "mp3"),
                ("@Audio2", "wav"),
            )
        )
    ]
    assert [
        ("image/png", "image2.png"),
        ("image/webp", "image1.webp"),
        ("video/quicktime", "video3.mov"),
        ("video/mp4", "video1.mp4"),
        ("audio/mpeg", "audio1.mp3"),
        ("audio/wav", "audio2.wav"),
    ] == found


def sha(content: bytes) -> str:
    """A digest as RFC 9530 writes it."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def md5(content: bytes) -> str:
    """A digest as Google's storage writes it."""
    return f"crc32c=AAAAAA==,md5={base64.b64encode(hashlib.md5(content).digest()).decode()}"


@pytest.mark.parametrize(
    ("header", "digest"),
    [("repr_digest", sha), ("digest", sha), ("content_digest", sha), ("x_goog_hash", md5)],
)
def test_a_digest_that_is_told_is_held_against_the_file(
    rogue: Rogue, wire: Wire, picture: Path, header: str, digest: Callable[[bytes], str]
) -> None:
    """The right one is enough, without a look at the end; another one is an error."""
    content = picture.read_bytes()
    place(rogue).on("HEAD", "/f", says(200, content, **{header: digest(content)}))
    FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert 0 == rogue.count("GET")
    rogue.on("HEAD", "/f", says(200, content, **{header: digest(b"other")}))
    with pytest.raises(LostAnswerError, match="holds other bytes than those of @Image1"):
        FalStore(wire=wire).put(parcel(output(picture)), nothing)


def test_without_a_digest_the_end_is_read_back(rogue: Rogue, wire: Wire, picture: Path) -> None:
    """The right length with nothing but zeros at its end is not the file."""
    content, start = picture.read_bytes(), 640_000 - TAIL
    ranged = {"content_range": f"bytes {start}-639999/640000"}
    place(rogue).on("GET", "/f", says(206, content[start:], **ranged))
    FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert f"bytes={start}-" == rogue.seen[-1].headers["range"]
    rogue.on("GET", "/f", says(206, bytes(TAIL), **ranged))
    with pytest.raises(LostAnswerError, match="other bytes"):
        FalStore(wire=wire).put(parcel(output(picture)), nothing)


@pytest.mark.parametrize("action", [drops, says(500), says(403)])
def test_a_store_that_cannot_be_asked_is_believed(
    rogue: Rogue, wire: Wire, picture: Path, action: Action
) -> None:
    """It said yes to the file, which is not sent again for a question that has no answer."""
    place(rogue).on("HEAD", "/f", action).on("GET", "/f", action)
    FalStore(wire=wire).put(parcel(output(picture)), nothing)
    assert 1 == rogue.count("PUT")


@pytest.mark.parametrize(("lifetime", "days"), [(None, 7.0), (86_400, 1.0)])
def test_an_upload_says_until_when_it_is_there(
    rogue: Rogue, wire: Wire, picture: Path, lifetime: int | None, days: float
) -> None:
    """As long as was asked for, else the seven days that fal promises."""
    place(rogue)
    upload = FalStore(wire=wire, lifetime=lifetime).put(parcel(output(picture)), nothing)
    assert upload.expires is not None
    left = (upload.expires - datetime.now(UTC)).total_seconds()
    assert days * 86_400 - 60 < left <= days * 86_400
